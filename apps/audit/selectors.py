"""Reading the log, for those with ``audit.read_audit`` (checked by the view)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.audit.models import AuditEntry


@dataclass(frozen=True)
class Search:
    """What to look for; empty: anything. Days are the city's and both included.

    action: a whole code (``case.dispatched``) or the part before the dot (``case``).
    """

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    from_on: date | None = None
    to_on: date | None = None


def list_entries(search: Search) -> QuerySet[AuditEntry]:
    """Will give the entries found, newest first."""
    found = AuditEntry.objects.order_by("-id")
    if search.actor:
        deputy = Q(actor_name__startswith=f"{search.actor}（代")  # 孙丽（代王强）
        found = found.filter(Q(actor_name=search.actor) | deputy)
    if search.action:
        exact = "." in search.action
        found = found.filter(**{"action" if exact else "action__startswith": search.action})
    if search.object_type:
        found = found.filter(object_type=search.object_type)
    if search.object_id:
        found = found.filter(object_id=search.object_id)
    if search.from_on:
        found = found.filter(at__gte=_midnight(search.from_on))
    if search.to_on:
        found = found.filter(at__lt=_midnight(search.to_on + timedelta(days=1)))
    return found


def list_history(*, object_type: str, object_id: str) -> QuerySet[AuditEntry]:
    """Will give what was done to one object, newest first."""
    return list_entries(Search(object_type=object_type, object_id=object_id))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
