"""Who collects, keeps, sees and takes along which files. Pure predicates."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import Scope, area_scope_q, scope_for
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.registry.registry import cell_paths

VIEW, COLLECT, KEEP = "registry.view_files", "registry.collect_files", "registry.keep_files"
REVEAL, EXPORT = "registry.reveal_files", "registry.export_files"
SHARE, DEFINE = "registry.share_files", "registry.define_files"
SEE_CARE, VISIT_CARE = "registry.view_enrolments", "registry.visit_enrolments"
KEEP_CARE, BREAK_GLASS = "registry.keep_enrolments", "registry.break_glass"
READERS = (VIEW, COLLECT, KEEP)
WRITERS = (COLLECT, KEEP)
#: Rights of workers: they hold in the cells somebody works in, not in a whole district.
BY_CELL = frozenset({COLLECT, VISIT_CARE})


def within_reach(viewer: User, *rights: str, prefix: str = "") -> Q:
    """Will give the condition "of the viewer's bodies and areas" for rows with an area path."""
    found = Q(pk__in=[])
    for right in rights:
        found |= _reach_of(viewer, right, prefix)
    return found


def reaches(actor: Actor, *rights: str, tenant_id: int, area_path: str) -> bool:
    """Will tell whether a post of the actor carries one of the rights for this body and area."""
    if not isinstance(actor, User):
        return actor.pk is None
    return any(_holds(actor, right, tenant_id, area_path) for right in rights)


def require(actor: Actor, *rights: str, tenant_id: int, area_path: str) -> None:
    """Raises: NotAllowed."""
    if not reaches(actor, *rights, tenant_id=tenant_id, area_path=area_path):
        raise NotAllowed(_("您没有执行该操作的权限"))


def can_open_registry(viewer: User) -> bool:
    """Will tell whether the pages of the registry are for this viewer at all."""
    return any(viewer.has_perm(right) for right in READERS)


def can_visit(viewer: User) -> bool:
    """Will tell whether this viewer writes down visits at all."""
    return any(viewer.has_perm(right) for right in (*WRITERS, VISIT_CARE, KEEP_CARE))


def can_see_visits(viewer: User) -> bool:
    """Will tell whether this viewer reads of visits at all."""
    return can_open_registry(viewer) or can_open_care(viewer)


def can_open_care(viewer: User) -> bool:
    """Will tell whether the pages of special groups are for this viewer at all."""
    return any(viewer.has_perm(right) for right in (SEE_CARE, VISIT_CARE, KEEP_CARE, BREAK_GLASS))


def _reach_of(viewer: User, right: str, prefix: str) -> Q:
    scope = scope_for(viewer, right)
    if scope.everything:
        return Q()
    if not scope.tenant_ids:
        return Q(pk__in=[])
    tenants = Q(**{f"{prefix}tenant_id__in": scope.tenant_ids})
    paths = _cells(viewer, right)
    if paths is None:
        return tenants & area_scope_q(scope, f"{prefix}area_path")
    within = Q(pk__in=[])
    for path in paths:
        within |= Q(**{f"{prefix}area_path__startswith": path})
    return tenants & within


def _holds(actor: User, right: str, tenant_id: int, area_path: str) -> bool:
    scope: Scope = scope_for(actor, right)
    if scope.everything:
        return True
    if not scope.covers_tenant(tenant_id):
        return False
    paths = _cells(actor, right)
    if paths is None:
        return scope.covers_area(area_path)
    return any(area_path.startswith(path) for path in paths)


def _cells(viewer: User, right: str) -> tuple[str, ...] | None:
    """The cells a worker's right is bound to; None: the duty areas of the posts count."""
    return cell_paths(viewer, clock.today()) if right in BY_CELL else None
