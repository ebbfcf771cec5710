"""Alarms through the eyes of a viewer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.alarms.enums import OPEN_STATES, AlarmState, Level
from apps.alarms.models import Alarm
from apps.alarms.permissions import ARRANGE, HANDLE, READERS, within_reach
from apps.common.errors import NotFound
from apps.places.models import Area

SIMILAR = 5
SIMILAR_WITHIN = timedelta(days=180)


@dataclass(frozen=True)
class AlarmSearch:
    """What to look for. state: one of ``AlarmState``, "open" or "all"."""

    text: str = ""
    state: str = "open"
    level: int | None = None
    source: str = ""
    kind: str = ""
    area: Area | None = None
    unit: Organization | None = None
    assignee: User | None = None
    unanswered: bool = False
    since: datetime | None = None
    until: datetime | None = None


def visible_alarms(viewer: User) -> QuerySet[Alarm]:
    """Will give the alarms in the viewer's reach, any order."""
    return Alarm.objects.filter(within_reach(viewer, *READERS))


def list_alarms(viewer: User, search: AlarmSearch) -> QuerySet[Alarm]:
    """Will give what the viewer looks for: open ones gravest first, others newest first."""
    found = visible_alarms(viewer).filter(_matching(search))
    found = found.select_related("area", "unit", "assignee", "acknowledged_by", "asset")
    open_only = search.state in ("open", *OPEN_STATES)
    return found.order_by(*(("-level",) if open_only else ()), "-raised_at", "-pk")


def _matching(search: AlarmSearch) -> Q:
    q = Q()
    if search.state == "open":
        q &= Q(ended_at__isnull=True)
    elif search.state != "all":
        q &= Q(state=search.state)
    if search.text:
        named = Q(about__icontains=search.text) | Q(title__icontains=search.text)
        q &= named | Q(asset__code__startswith=search.text) | Q(sentence__icontains=search.text)
    same = {
        "level": search.level, "source": search.source, "kind": search.kind,
        "assignee": search.assignee,
    }  # fmt: skip
    q &= Q(**{name: value for name, value in same.items() if value})
    if search.area is not None:
        q &= Q(area_path__startswith=search.area.path)
    if search.unit is not None:
        q &= Q(unit_path__startswith=search.unit.path)
    if search.unanswered:
        q &= Q(acknowledged_at__isnull=True)
    if search.since is not None:
        q &= Q(raised_at__gte=search.since)
    if search.until is not None:
        q &= Q(raised_at__lt=search.until)
    return q


def get_alarm(viewer: User, *, pk: int) -> Alarm:
    """Raises: NotFound (none, or out of the viewer's reach)."""
    found = visible_alarms(viewer).select_related(
        "tenant", "area", "unit", "asset", "assignee", "acknowledged_by", "handled_by"
    )
    alarm = found.filter(pk=pk).first()
    if alarm is None:
        raise NotFound(_("没有这条告警"))
    return alarm


def count_open(viewer: User) -> dict[int, int]:
    """Will count the open alarms in the viewer's reach by level, every level named."""
    rows = visible_alarms(viewer).filter(ended_at__isnull=True).order_by()
    counted = dict(rows.values_list("level").annotate(n=Count("pk")))
    return {level: counted.get(level, 0) for level in Level}


def count_unanswered(viewer: User) -> int:
    """Will count what waits for a first answer in the viewer's reach."""
    if not viewer.has_perm(HANDLE):
        return 0
    return visible_alarms(viewer).filter(_waiting()).count()


def list_waiting(viewer: User) -> QuerySet[Alarm]:
    """Will give what is the viewer's own, then what nobody has answered, gravest first."""
    own = Q(assignee=viewer, ended_at__isnull=True, handled_at__isnull=True)
    found = visible_alarms(viewer).filter(own | _waiting())
    return found.select_related("area").order_by("-level", "raised_at")


def _waiting() -> Q:
    quiet = Q(shelved_until__isnull=True, inhibited_by__isnull=True, silence__isnull=True)
    return quiet & Q(ended_at__isnull=True, acknowledged_at__isnull=True)


def list_similar(alarm: Alarm) -> QuerySet[Alarm]:
    """Will give past alarms of this kind of the same thing, newest first: how they ended."""
    past = Alarm.objects.filter(
        source=alarm.source, kind=alarm.kind, subject=alarm.subject, tenant_id=alarm.tenant_id,
        raised_at__lt=alarm.raised_at, raised_at__gte=alarm.raised_at - SIMILAR_WITHIN,
        ended_at__isnull=False,
    )  # fmt: skip
    return past.select_related("handled_by").order_by("-raised_at")[:SIMILAR]


def list_related(viewer: User, alarm: Alarm) -> QuerySet[Alarm]:
    """Will give other open alarms of the same thing or in the same cell. Source: AL-05."""
    near = Q(area_path=alarm.area_path) & ~Q(area_path="")
    if alarm.asset_id is not None:
        near |= Q(asset_id=alarm.asset_id)
    found = visible_alarms(viewer).filter(near, ended_at__isnull=True).exclude(pk=alarm.pk)
    return found.select_related("area").order_by("-level", "-raised_at")[:SIMILAR]


def assignable(viewer: User) -> list[User]:
    """Will give who the viewer may give alarms to."""
    if viewer.has_perm(ARRANGE):
        return list(users_with_permission(HANDLE).order_by("full_name")[:500])
    return [viewer] if viewer.has_perm(HANDLE) else []


def state_choices() -> list[tuple[str, str]]:
    """Will give what the list can be narrowed to."""
    return [
        ("open", _("未结束")),
        *((s.value, str(s.label)) for s in AlarmState),
        ("all", _("全部")),
    ]
