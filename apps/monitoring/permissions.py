"""Who sees how the equipment stands, who has it checked, who says what is watched."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.assets.models import Asset
from apps.assets.selectors import asset_scope_q
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.places.models import Area

VIEW, RUN, KEEP = (
    "monitoring.view_monitoring",
    "monitoring.run_checks",
    "monitoring.keep_targets",
)
READERS = (VIEW, RUN, KEEP)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看运维监控的权限"))


def reach_q(viewer: User, prefix: str = "asset__") -> Q:
    """Will give the condition "this thing lies where the viewer watches, or is my units'".

    prefix: the way from the row to the asset.
    """
    return asset_scope_q(scope_for(viewer, *READERS), prefix)


def ground_q(viewer: User, *rights: str, field: str = "area__path") -> Q:
    """Will give the condition "this area is, or lies in, one the viewer has a right over"."""
    return area_scope_q(scope_for(viewer, *(rights or READERS)), field)


def can_run_in(actor: Actor, area: Area) -> bool:
    """Will tell whether the actor may have everything in this area checked."""
    return _covers(actor, RUN, area)


def can_keep(actor: User) -> bool:
    """Will tell whether the actor says what is watched, somewhere."""
    return bool(actor.has_perm(KEEP))


def can_keep_asset(actor: Actor, asset: Asset) -> bool:
    """Will tell whether the actor says how this thing is watched, and why it was out."""
    return _covers(actor, KEEP, asset.area)


def require_run_in(actor: Actor, area: Area) -> None:
    """Raises: NotAllowed."""
    if not can_run_in(actor, area):
        raise NotAllowed(_("您没有检查该区域的权限"))


def require_keep(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有登记监控对象的权限"))


def require_keep_asset(actor: Actor, asset: Asset) -> None:
    """Raises: NotAllowed."""
    if not can_keep_asset(actor, asset):
        raise NotAllowed(_("该部件不在您的管理范围内"))


def _covers(actor: Actor, right: str, area: Area | None) -> bool:
    if not isinstance(actor, User):
        return actor.pk is None
    scope = scope_for(actor, right)
    near = area is not None and scope.covers_area(area.path)
    return bool(actor.has_perm(right)) and (scope.everything or near)
