"""Who sees, writes, publishes, appeals and rules. Pure predicates over loaded rows."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_for
from apps.common.errors import NotAllowed

VIEW = "appraisal.view_appraisal"
OWN = "appraisal.view_own_vendor"
KEEP = "appraisal.keep_schemes"
PUBLISH = "appraisal.publish_appraisal"
FILE = "appraisal.file_ops_appeals"
RULE = "appraisal.rule_ops_appeals"
TARGETS = "appraisal.keep_targets"
#: Whoever sees what lies in the own area.
WATCHERS = (VIEW, KEEP, PUBLISH, RULE, TARGETS)
READERS = (*WATCHERS, OWN, FILE)
#: Whoever repairs sees the own rating, and may appeal against rows of it.
REPAIR = "ops.repair_orders"
STAFF_READERS = (*READERS, REPAIR)


def require(allowed: bool, message: str = "") -> None:
    """Raises: NotAllowed (with the message, or a plain one)."""
    if not allowed:
        raise NotAllowed(message or _("您没有执行该操作的权限"))


def is_watcher(viewer: User) -> bool:
    """Will tell whether the viewer sees more than the figures of one vendor."""
    return any(viewer.has_perm(right) for right in WATCHERS)


def vendors_of(viewer: User) -> frozenset[str]:
    """Will give the vendors whose own figures the viewer may see: the units of the posts held.

    A vendor is named on the card of a thing as its organisation is called.
    """
    if not viewer.has_perm(OWN):
        return frozenset()
    paths = scope_for(viewer, OWN).organization_paths
    if not paths:
        return frozenset()
    below = Q()
    for path in paths:
        below |= Q(path__startswith=path)
    return frozenset(Organization.objects.filter(below).values_list("name", flat=True))


def reach_q(viewer: User, *, area: str = "area_path", vendor: str = "vendor") -> Q:
    """Will give the condition "in an area I watch, or of my own vendor", over these fields."""
    scope = scope_for(viewer, *WATCHERS) if is_watcher(viewer) else None
    if scope is not None and scope.everything:
        return Q()
    seen = Q(**{f"{vendor}__in": vendors_of(viewer)})
    return seen | area_scope_q(scope, field=area) if scope is not None else seen


def staff_q(viewer: User, tenant: Tenant) -> Q:
    """Will give the condition "one of the people I may see rated", over ``StaffLine``.

    Everybody of the body for whoever watches all of it; else those of the own units and what lies
    below; always oneself.
    """
    mine = Q(person=viewer)
    if is_watcher(viewer):
        scope = scope_for(viewer, *WATCHERS)
        everywhere = tenant.area is None or scope.covers_area(tenant.area.path)
        if scope.everything or (scope.covers_tenant(tenant.pk) and everywhere):
            return Q()
        mine |= organization_scope_q(scope)
    return mine | organization_scope_q(scope_for(viewer, OWN)) if viewer.has_perm(OWN) else mine


def covers(viewer: User, *, area_path: str, vendor: str) -> bool:
    """Will tell whether the viewer may open one point that lay there and was kept by them."""
    inside = is_watcher(viewer) and scope_for(viewer, *WATCHERS).covers_area(area_path)
    return inside or (bool(vendor) and vendor in vendors_of(viewer))


def may_file(viewer: User, *, area_path: str, vendor: str) -> bool:
    """Will tell whether the viewer may appeal against a row of such a point."""
    if not viewer.has_perm(FILE):
        return False
    inside = is_watcher(viewer) and scope_for(viewer, FILE).covers_area(area_path)
    return inside or (bool(vendor) and vendor in vendors_of(viewer))
