"""Who keeps products, who finds them, who reads them."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import appointments_in_force, scope_for
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.places.models import Area
from apps.products.enums import GrantState
from apps.products.models import DataProduct

VIEW = "products.view_products"
KEEP = "products.keep_products"
READERS = (VIEW, KEEP)
READ = "products.read"  # the scope of API clients


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看数据产品目录的权限"))


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps products at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护数据产品的权限"))


def can_keep_of(actor: Any, unit: Organization) -> bool:
    """Will tell whether the actor keeps the products of this unit."""
    return actor is SYSTEM or (
        can_keep(actor) and scope_for(actor, KEEP).covers_organization(unit.path)
    )


def require_keep_of(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_keep_of(actor, unit):
        raise NotAllowed(_("需要在提供单位持有“维护数据产品并审批申请”权限"))


def require_keep_in(actor: Any, unit: Organization, area: Area) -> None:
    """Raises: NotAllowed (not a unit, or not an area of the actor)."""
    require_keep_of(actor, unit)
    if actor is not SYSTEM and not scope_for(actor, KEEP).covers_area(area.path):
        raise NotAllowed(_("该区域不在您的管辖范围内"))


def units_of(viewer: User) -> list[Organization]:
    """Will give the units the viewer holds a post in today, that of the main post first."""
    units = {held.post.organization_id: held.post.organization for held in _held(viewer)}
    return list(units.values())


def reading_unit(viewer: User, product: DataProduct) -> Organization | None:
    """Will give the unit of the viewer a reading counts for: the one the grant reaches, else
    that of the main post; None for somebody without a post."""
    units = units_of(viewer)
    granted = list(product.grants.filter(granted_q(viewer)).values_list("unit__path", flat=True))
    reached = [unit for unit in units if any(unit.path.startswith(path) for path in granted)]
    return next(iter(reached or units), None)


def granted_q(viewer: User, prefix: str = "") -> Q:
    """Will give the condition "granted today to a unit of the viewer or one above it"."""
    paths = {above for unit in units_of(viewer) for above in _upwards(unit.path)}
    today = clock.today()
    return Q(**{f"{prefix}state": GrantState.GRANTED, f"{prefix}unit__path__in": paths}) & (
        Q(**{f"{prefix}until": None}) | Q(**{f"{prefix}until__gte": today})
    )


def can_read(viewer: User, product: DataProduct) -> bool:
    """Will tell whether the viewer reads the rows: as keeper, freely, or under a grant."""
    if can_keep_of(viewer, product.unit):
        return True
    if not product.is_published or not viewer.has_perm(VIEW):
        return False
    return product.is_open or product.grants.filter(granted_q(viewer)).exists()


def require_read(viewer: User, product: DataProduct) -> None:
    """Raises: NotAllowed."""
    if not can_read(viewer, product):
        raise NotAllowed(_("您所在单位没有该数据产品的授权，请先申请"))


def _held(viewer: User) -> Any:
    return appointments_in_force(viewer).select_related("post__organization")


def _upwards(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return [f"/{'/'.join(parts[:count])}/" for count in range(1, len(parts) + 1)]
