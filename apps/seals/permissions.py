"""Who sees, applies for, approves, keeps and uses seals. Pure questions.

A right reaches as far as the post it comes from: a centre for its whole body, anybody else for
the own unit and what lies below. It never passes to a deputy: whoever owns a seal answers for
it (国办发〔2025〕33号).
"""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, User
from apps.accounts.reach import AdminReach, admin_reach
from apps.accounts.selectors import in_force_q
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.seals.models import Seal, SealGrant, SealUse

VIEW, APPLY, APPROVE = "seals.view_seals", "seals.apply_seals", "seals.approve_seals"
KEEP, USE = "seals.keep_seals", "seals.use_seals"
ALL = frozenset({VIEW, APPLY, APPROVE, KEEP, USE})
READERS = (VIEW, APPLY, APPROVE, KEEP)


def reach_q(reach: AdminReach, field: str = "unit") -> Q:
    """Will give the condition "this row's unit is within the reach"."""
    if reach.everything:
        return Q()
    found = Q(**{f"{field}__tenant_id__in": reach.tenant_ids})
    for path in reach.paths:
        found |= Q(**{f"{field}__path__startswith": path})
    return found


def seals_q(viewer: User) -> Q:
    """Will give the condition "a seal of my reach, or one my post may use"."""
    return reach_q(admin_reach(viewer, *READERS)) | Q(
        Exists(grants_in_force(viewer).filter(seal=OuterRef("pk")))
    )


def uses_q(viewer: User) -> Q:
    """Will give the condition "a request of mine, or of my reach"."""
    mine = Q(requested_by=viewer)
    near = admin_reach(viewer, VIEW, APPROVE, KEEP)
    if near.everything:
        return Q()
    sealed_here = Exists(Seal.objects.filter(reach_q(near), placements__use=OuterRef("pk")))
    return mine | reach_q(near) | Q(sealed_here)


def grants_in_force(person: User) -> QuerySet[SealGrant]:
    """Will give what today's posts of a person may use; a used-up one is among them."""
    today = clock.today()
    held = Appointment.objects.filter(in_force_q(), user=person, post=OuterRef("post"))
    open_end = Q(to_on__isnull=True) | Q(to_on__gte=today)
    return SealGrant.objects.filter(
        open_end, Exists(held), ended_at__isnull=True, from_on__lte=today
    )


def may_over(actor: User, right: str, unit: Organization) -> bool:
    """Will tell whether a post of the actor carries the right over this unit."""
    return actor.is_active and admin_reach(actor, right).covers(unit)


def require_over(actor: User, right: str, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not may_over(actor, right, unit):
        raise NotAllowed(_("您在该单位没有这项印章权限"))


def can_approve_use(actor: User, use: SealUse) -> bool:
    """Will tell whether the actor may decide on a request: all its seals, and never one's own."""
    if actor.pk == use.requested_by_id:
        return False
    units = Organization.objects.filter(seals__placements__use=use)
    return bool(units) and all(may_over(actor, APPROVE, unit) for unit in units)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed (no right about seals at all)."""
    if not any(viewer.has_perm(right) for right in ALL):
        raise NotAllowed(_("您没有查看电子印章的权限"))


def require_right(viewer: User, *rights: str) -> None:
    """Raises: NotAllowed (none of the rights)."""
    if not any(viewer.has_perm(right) for right in rights):
        raise NotAllowed(_("您没有这项印章权限"))
