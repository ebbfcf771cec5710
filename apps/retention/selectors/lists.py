"""Versions, holds, passes and tombstones within the viewer's cities."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotFound
from apps.matters.models import Tombstone
from apps.retention import permissions
from apps.retention.models import Hold, Run, Schedule


def tenants_for(viewer: User, *rights: str) -> QuerySet[Tenant]:
    """Will give the cities in which the viewer holds one of the rights, by name."""
    reach = Q(pk__in=[])
    for right in rights:
        scope = scope_for(viewer, right)
        if scope.everything:
            return Tenant.objects.order_by("name")
        reach |= Q(pk__in=scope.tenant_ids)
    return Tenant.objects.filter(reach).order_by("name")


def list_schedules(viewer: User) -> QuerySet[Schedule]:
    """Will list the versions, the newest first."""
    found = Schedule.objects.filter(tenant__in=_seen_by(viewer))
    return found.select_related("author", "agreed_by", "tenant").order_by("-pk")


def get_schedule(viewer: User, pk: int) -> Schedule:
    """Raises: NotFound (none, or in no city of the viewer)."""
    found = list_schedules(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份保存期限表"))
    return found


def list_holds(viewer: User, *, number: str = "", is_open: bool = False) -> QuerySet[Hold]:
    """Will list the holds, the newest first."""
    found = Hold.objects.filter(tenant__in=_seen_by(viewer))
    if number:
        found = found.filter(case__number__startswith=number)
    if is_open:
        found = found.filter(lifted_at=None)
    return found.select_related("case", "placed_by", "lifted_by")


def list_runs(viewer: User) -> QuerySet[Run]:
    """Will list the passes, the newest first."""
    return Run.objects.filter(tenant__in=_seen_by(viewer)).select_related("schedule")


def list_tombstones(viewer: User, *, number: str = "", depth: str = "") -> QuerySet[Tombstone]:
    """Will list the tombstones, the newest first."""
    asked: dict[str, Any] = {"number__startswith": number} if number else {}
    if depth:
        asked["depth"] = depth
    found = Tombstone.objects.filter(case__tenant__in=_seen_by(viewer), **asked)
    return found.order_by("-at", "-pk")


def _seen_by(viewer: User) -> QuerySet[Tenant]:
    return tenants_for(viewer, *permissions.READERS).order_by()
