"""What is arranged about alarms, and alarms alike put together."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.alarms.models import Alarm, Dependency, EscalationStep, Silence, WarningLevel
from apps.alarms.permissions import ARRANGE, READERS
from apps.alarms.selectors.alarms import visible_alarms
from apps.common import clock
from apps.common.errors import NotFound

GROUPS_SHOWN = 200


@dataclass(frozen=True)
class AlarmGroup:
    """Open alarms of one name in one area. explained: how many of them follow from another."""

    kind: str
    title: str
    area_id: int | None
    area: str
    level: int
    count: int
    explained: int
    unanswered: int
    first_at: datetime
    last_at: datetime


def list_groups(viewer: User) -> list[AlarmGroup]:
    """Will put the viewer's open alarms together by name and area, the gravest first."""
    rows = (
        visible_alarms(viewer)
        .filter(ended_at__isnull=True)
        .order_by()
        .values("kind", "title", "area_id", "area__name")
        .annotate(
            level=Max("level"),
            count=Count("pk"),
            explained=Count("pk", filter=Q(inhibited_by__isnull=False)),
            unanswered=Count("pk", filter=Q(acknowledged_at__isnull=True)),
            first_at=Min("first_at"),
            last_at=Max("last_at"),
        )
        .order_by("-level", "-count", "title", "area_id")[:GROUPS_SHOWN]
    )
    return [AlarmGroup(area=row.pop("area__name") or "", **row) for row in rows]


def list_under(alarm: Alarm) -> QuerySet[Alarm]:
    """Will list what follows from this outage, ended or not."""
    return Alarm.objects.filter(inhibited_by=alarm).order_by("ended_at", "about")


def list_silences(viewer: User) -> QuerySet[Silence]:
    """Will list the silences of the viewer's bodies, the newest first."""
    scope = scope_for(viewer, *READERS)
    found = Silence.objects.select_related("area", "unit", "asset")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def is_running(silence: Silence) -> bool:
    """Whether it counts now or will."""
    return silence.ended_at is None and silence.ends_at > clock.now()


def list_steps(tenant: Tenant) -> QuerySet[EscalationStep]:
    """Will list the steps of escalation of a body, in order of time."""
    found = EscalationStep.objects.filter(tenant=tenant).select_related("post__organization")
    return found.order_by("level_from", "after_minutes", "pk")


def list_warning_levels(tenant: Tenant) -> QuerySet[WarningLevel]:
    """Will list what the levels mean in a body, the gravest first."""
    return WarningLevel.objects.filter(tenant=tenant).order_by("-level")


def warning_level_of(alarm: Alarm) -> WarningLevel | None:
    """Will give what the level of an alarm means where it is."""
    return WarningLevel.objects.filter(tenant_id=alarm.tenant_id, level=alarm.level).first()


def list_dependencies(viewer: User) -> QuerySet[Dependency]:
    """Will list what hangs on what in the viewer's areas."""
    scope = scope_for(viewer, *READERS)
    found = Dependency.objects.select_related("child", "parent").order_by("parent__code", "pk")
    return found.filter(area_scope_q(scope, "child__area__path"))


def tenant_of(viewer: User) -> Tenant:
    """Will give the body whose alarms the viewer arranges or reads. Raises: NotFound."""
    scope = scope_for(viewer, ARRANGE if viewer.has_perm(ARRANGE) else READERS[0])
    bodies = Tenant.objects.select_related("area").order_by("pk")
    found = (bodies if scope.everything else bodies.filter(pk__in=scope.tenant_ids)).first()
    if found is None:
        raise NotFound(_("没有您管理的租户"))
    return found
