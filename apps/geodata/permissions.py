"""Who brings map data, who publishes it, who switches the way back from shifted systems."""

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.reach import admin_reach
from apps.accounts.selectors import list_organizations, scope_of
from apps.audit.services import Actor, SystemActor
from apps.common.errors import NotAllowed
from apps.geodata.enums import Visibility
from apps.geodata.models import CityModel, Dataset, SpatialView

KEEP = "geodata.keep_datasets"
PUBLISH = "geodata.publish_datasets"
UNSHIFT = "geodata.allow_unshift"
ANALYSE = "geodata.analyse"


def can_keep(actor: Actor, unit: Organization) -> bool:
    """Will tell whether the actor brings and changes data of this unit."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and admin_reach(actor, KEEP).covers(unit)


def require_keep(actor: Actor, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor, unit):
        raise NotAllowed(_("需要在该单位任职并持有“导入和维护地图数据”权限"))


def can_register_views(actor: Actor, unit: Organization) -> bool:
    """Will tell whether the actor puts views of base libraries on the map. Their rows are the
    whole city's, so it takes who keeps map data of the whole body."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and admin_reach(actor, KEEP).covers_whole(unit.tenant_id)


def require_register_views(actor: Actor, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_register_views(actor, unit):
        raise NotAllowed(_("需要在管理全市的机构任职并持有“导入和维护地图数据”权限"))


def can_register_anywhere(user: User) -> bool:
    """Will tell whether the person registers views for any body."""
    reach = admin_reach(user, KEEP)
    return user.is_active and (reach.everything or bool(reach.tenant_ids))


def units_registered_by(user: User) -> list[Organization]:
    """Will give the units for which the person registers views, in tree order."""
    reach = admin_reach(user, KEEP)
    return [u for u in list_organizations(user) if reach.covers_whole(u.tenant_id)]


def units_kept_by(user: User) -> list[Organization]:
    """Will give the units whose data the person keeps, in tree order."""
    reach = admin_reach(user, KEEP)
    return [unit for unit in list_organizations(user) if reach.covers(unit)]


def can_keep_anywhere(user: User) -> bool:
    """Will tell whether the person brings data of any unit."""
    return user.is_active and user.has_perm(KEEP)


def can_see(viewer: User, dataset: Dataset | SpatialView) -> bool:
    """Will tell whether a person on the staff sees a dataset or view by their posts."""
    if dataset.is_public:
        return True
    scope = scope_of(viewer)
    if dataset.visibility == Visibility.TENANT:
        return scope.covers_tenant(dataset.tenant_id)
    path = dataset.unit.path
    below = any(own.startswith(path) for own in scope.organization_paths)
    return below or scope.covers_organization(path)


def can_see_model(viewer: User, model: CityModel) -> bool:
    """Will tell whether a person on the staff sees a 3D model: all of its body do."""
    return scope_of(viewer).covers_tenant(model.tenant_id)


def require_unshift(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if isinstance(actor, User) and not (actor.is_active and actor.has_perm(UNSHIFT)):
        raise NotAllowed(_("需要“开关偏移坐标还原”权限"))


def can_analyse(actor: User) -> bool:
    """Will tell whether the person runs analyses."""
    return actor.is_active and actor.has_perm(ANALYSE) and bool(scope_of(actor).tenant_ids)


def require_analyse(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_analyse(actor):
        raise NotAllowed(_("需要“运行空间分析”权限"))
