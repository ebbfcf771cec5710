"""Who may change the areas, the grid and the gazetteer. Everybody on the staff may read them."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.places.models import Area
from apps.places.registry import reach_of

MANAGE = "places.manage_areas"
DRAW = "places.draw_cells"


def can_manage_areas(actor: Any) -> bool:
    """Will tell whether the actor may import, merge, split and close areas."""
    return actor is SYSTEM or actor.has_perm(MANAGE)


def can_add_alias(actor: Any) -> bool:
    """Will tell whether the actor may teach the gazetteer another name: any signed-in person."""
    return actor is SYSTEM or bool(actor.is_authenticated and actor.is_active)


def require_manage_areas(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_manage_areas(actor):
        raise NotAllowed(_("您没有管理区划与地名的权限"))


def managed_paths(actor: Any) -> tuple[str, ...] | None:
    """Will give the path prefixes of the areas whose names the actor keeps; None: all."""
    if actor is SYSTEM:
        return None
    return reach_of(actor, MANAGE) if can_manage_areas(actor) else ()


def can_keep_names_in(actor: Any, area: Area | None) -> bool:
    """Will tell whether the actor may add, correct and close names in an area.

    A name without an area (a road that runs through several) may be kept by all of them.
    """
    paths = managed_paths(actor)
    if paths is None:
        return True
    if area is None:
        return can_manage_areas(actor) and bool(paths)
    return any(area.path.startswith(path) for path in paths)


def require_keep_names_in(actor: Any, area: Area | None) -> None:
    """Raises: NotAllowed."""
    require_manage_areas(actor)
    if not can_keep_names_in(actor, area):
        raise NotAllowed(_("该位置不在您负责的区域内"))


def can_draw_cells(actor: Any) -> bool:
    """Will tell whether the actor draws and checks grid cells anywhere."""
    return actor is SYSTEM or actor.has_perm(DRAW)


def drawn_paths(actor: Any) -> tuple[str, ...] | None:
    """Will give the path prefixes of the areas whose cells the actor draws; None: all."""
    if actor is SYSTEM:
        return None
    return reach_of(actor, DRAW) if can_draw_cells(actor) else ()


def can_draw_in(actor: Any, area: Area) -> bool:
    """Will tell whether the actor draws and checks the cells of this area."""
    paths = drawn_paths(actor)
    return paths is None or any(area.path.startswith(path) for path in paths)


def require_draw(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_draw_cells(actor):
        raise NotAllowed(_("您没有绘制和核对网格的权限"))


def require_draw_in(actor: Any, area: Area) -> None:
    """Raises: NotAllowed."""
    require_draw(actor)
    if not can_draw_in(actor, area):
        raise NotAllowed(_("该区域不在您负责的范围内"))
