"""Special grids (专属网格): places with a contact of their own over the base cells."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import MultiPolygon
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places import permissions
from apps.places.enums import SpecialKind
from apps.places.models import Area, SpecialGrid
from apps.places.services import drawing
from apps.places.services.areas import touch_map
from apps.places.services.redrawings import is_above_cells
from apps.places.services.succession import TOLERATED_SHARE

_STATED = ("name", "kind", "boundary", "contact_name", "contact_phone", "valid_to")
_MASKED = ("contact_name",)


@dataclass(frozen=True)
class SpecialData:
    """What is said of a special grid. boundary: SRID 4326, within the community."""

    name: str
    kind: str
    boundary: Any
    contact_name: str = ""
    contact_phone: str = ""


@transaction.atomic
def add_special_grid(
    actor: Any, *, community_id: int, data: SpecialData, valid_from: date, source: str = ""
) -> SpecialGrid:
    """Will lay a special grid over the cells of one community, with the next code there.

    Locks the community, so that two get different codes.
    Raises: NotAllowed; NotFound; InvalidInput (fields "community", "name", "kind", "boundary").
    Source: GR-01, DB6101/T 3185-2024.
    """
    community = (
        Area.objects.valid_on(clock.today())
        .select_for_update(of=("self",))
        .select_related("level")
        .filter(pk=community_id)
        .first()
    )
    if community is None:
        raise NotFound(_("区域不存在"))
    permissions.require_draw_in(actor, community)
    if not is_above_cells(community):
        raise InvalidInput(_("专属网格须属于一个社区"), field="community")
    boundary = _checked(data, community)
    number = SpecialGrid.objects.filter(code__startswith=f"{community.code}Z").count() + 1
    grid = SpecialGrid.objects.create(
        code=f"{community.code}Z{number:03d}",
        name=data.name.strip(),
        kind=data.kind,
        community=community,
        boundary=boundary,
        contact_name=data.contact_name.strip(),
        contact_phone=data.contact_phone.strip(),
        valid_from=valid_from,
        source=source,
    )
    _record(actor, "special_grid.added", grid)
    return grid


@transaction.atomic
def change_special_grid(actor: Any, *, grid_id: int, data: SpecialData) -> SpecialGrid:
    """Will correct what is said of a special grid in force; code and community stay.

    Raises: NotAllowed; NotFound; Refused (closed); InvalidInput (as when it is added).
    """
    grid = _lock(actor, grid_id)
    boundary = _checked(data, grid.community, but=grid)
    before = audit.snapshot(grid, *_STATED)
    grid.name, grid.kind, grid.boundary = data.name.strip(), data.kind, boundary
    grid.contact_name = data.contact_name.strip()
    grid.contact_phone = data.contact_phone.strip()
    grid.save(update_fields=["name", "kind", "boundary", "contact_name", "contact_phone"])
    told = _masked_changes(before, audit.snapshot(grid, *_STATED))
    _record(actor, "special_grid.changed", grid, **told)
    return grid


@transaction.atomic
def close_special_grid(actor: Any, *, grid_id: int, on: date) -> SpecialGrid:
    """Will end a special grid on a day, which is the first without it.

    Raises: NotAllowed; NotFound; Refused (closed); InvalidInput (field "on").
    """
    grid = _lock(actor, grid_id)
    if on <= grid.valid_from or on < clock.today():
        raise InvalidInput(_("失效日期须晚于生效日期，且不早于今天"), field="on")
    before = audit.snapshot(grid, *_STATED)
    grid.valid_to = on
    grid.save(update_fields=["valid_to"])
    _record(
        actor,
        "special_grid.closed",
        grid,
        **_masked_changes(before, audit.snapshot(grid, *_STATED)),
    )
    return grid


def _masked_changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """A telephone number goes by the name the log masks."""
    for row in (before, after):
        row["phone"] = row.pop("contact_phone", "")
    return audit.changes(before, after, names=_MASKED)


def _checked(data: SpecialData, community: Area, *, but: SpecialGrid | None = None) -> MultiPolygon:
    if not data.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if data.kind not in SpecialKind.values:
        raise InvalidInput(_("请选择类型"), field="kind")
    if community.boundary is None:
        raise Refused(_("“%(name)s”没有边界") % {"name": community.name}, code="no_boundary")
    shape = drawing.outline(data.boundary, within=community.boundary)
    others = SpecialGrid.objects.valid_on(clock.today()).filter(boundary__intersects=shape)
    for other in others.exclude(pk=but.pk if but else 0).order_by("code"):
        smaller = min(shape.area, other.boundary.area)
        if shape.intersection(other.boundary).area > smaller * TOLERATED_SHARE:
            raise InvalidInput(
                _("与专属网格“%(name)s”重叠") % {"name": other.name}, field="boundary"
            )
    return shape


def _lock(actor: Any, grid_id: int) -> SpecialGrid:
    permissions.require_draw(actor)
    grid = (
        SpecialGrid.objects.select_for_update(of=("self",))
        .select_related("community")
        .filter(pk=grid_id)
        .first()
    )
    if grid is None:
        raise NotFound(_("没有这个专属网格"))
    permissions.require_draw_in(actor, grid.community)
    if grid.valid_to is not None:
        raise Refused(_("“%(name)s”已失效") % {"name": grid.name}, code="special_grid_closed")
    return grid


def _record(actor: Any, action: str, grid: SpecialGrid, **data: Any) -> None:
    touch_map()
    audit.record(
        actor,
        action,
        object_type="special_grid",
        object_id=grid.pk,
        object_label=grid.name,
        data={"code": grid.code, **data},
    )
