"""Who is troubled by an alarm, and when: inhibition by what hangs on what, silences, release.

An alarm nobody is troubled with is raised, listed and counted all the same; nothing is lost.
When the outage behind it or the announced work is over, it is looked at anew: still open, it
asks for an answer of its own.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from apps.alarms.enums import EventKind
from apps.alarms.models import Alarm, Silence
from apps.alarms.registry import carried_by, carriers_of
from apps.alarms.services._shared import CLOSE_CASE, stop_clock, tell_pages, wake, write_event
from apps.common import clock, outbox

#: After an outage its children have so long to be heard again before they ask for an answer.
GRACE = timedelta(minutes=3)
#: A child and its parent raised at the same moment do not see each other; looked at again.
LOOK_BACK = timedelta(minutes=2)
_WALK = """
with recursive found(id) as (
    values (%s::bigint)
    union
    select {to} from alarms_dependency d join found on d.{of} = found.id
)
select id from found where id <> %s
"""


def above(asset_id: int) -> list[int]:
    """Will give everything a thing hangs on, however far up."""
    return _walk(asset_id, of="child_id", to="parent_id")


def below(asset_id: int) -> list[int]:
    """Will give everything that hangs on a thing, however far down."""
    return _walk(asset_id, of="parent_id", to="child_id")


def _walk(asset_id: int, *, of: str, to: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_WALK.format(of=of, to=to), [asset_id, asset_id])
        return [row[0] for row in cursor.fetchall()]


def settle(alarm: Alarm) -> None:
    """Will decide whether a new alarm troubles anybody, and what it explains. Locked."""
    _inhibit(alarm)
    _silence(alarm)
    wake(alarm)
    _take_under(alarm)


def _inhibit(alarm: Alarm) -> None:
    if not alarm.is_outage or alarm.asset_id is None or alarm.inhibited_by_id is not None:
        return
    parents, carriers = above(alarm.asset_id), carriers_of(alarm.asset_id)
    if not parents and not carriers:
        return
    outages = Alarm.objects.filter(
        Q(asset__in=parents) | Q(asset=None, key__in=carriers),
        is_outage=True,
        ended_at__isnull=True,
    )
    # The highest outage explains most: one that is itself inhibited passes on its own.
    parent = outages.order_by("inhibited_by_id", "first_at", "pk").first()
    if parent is not None:
        put_under(alarm, parent)


def put_under(alarm: Alarm, parent: Alarm) -> None:
    """Will list an alarm under the outage it follows from; its clock stops. Locked."""
    alarm.inhibited_by = parent.inhibited_by or parent
    alarm.look_again_at = alarm.escalate_at = None
    alarm.save(update_fields=["inhibited_by", "look_again_at", "escalate_at"])
    write_event(alarm, EventKind.INHIBITED, text=str(alarm.inhibited_by), by_alarm=parent.pk)
    stop_clock(alarm, outcome="inhibited")


def _take_under(parent: Alarm) -> int:
    """Lists open outages of what hangs on it under a new outage; gives how many."""
    if not parent.is_outage or parent.inhibited_by_id is not None:
        return 0
    children = carried_by(parent.key) if parent.asset_id is None else below(parent.asset_id)
    if not children:
        return 0
    found = Alarm.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        asset__in=children, is_outage=True, ended_at__isnull=True
    )
    taken = list(found.filter(~Q(inhibited_by=parent) | Q(inhibited_by=None)).order_by("pk"))
    for child in taken:
        put_under(child, parent)
    return len(taken)


def let_go(parent: Alarm) -> None:
    """Will have the children of an ended outage looked at anew a little later. Locked."""
    at = clock.now() + GRACE
    children = Alarm.objects.select_for_update(of=("self",)).filter(
        inhibited_by=parent, ended_at__isnull=True, look_again_at__isnull=True
    )
    for child in children.order_by("pk"):
        child.look_again_at = at
        child.save(update_fields=["look_again_at"])
        write_event(child, EventKind.RELEASED, text=str(parent))


def after_end(alarm: Alarm) -> None:
    """Will do what follows when an alarm has ended: its children, and its case. Locked."""
    let_go(alarm)
    if alarm.case_id is not None:
        outbox.enqueue(CLOSE_CASE, key=f"{alarm.pk}", payload={"alarm": alarm.pk})


def _silence(alarm: Alarm) -> None:
    found = next(
        (one for one in _running().filter(tenant=alarm.tenant_id) if matches(one, alarm)), None
    )
    if found is not None and alarm.silence_id is None:
        alarm.silence, alarm.escalate_at = found, None
        alarm.save(update_fields=["silence", "escalate_at"])
        write_event(alarm, EventKind.SILENCED, text=str(found), until=found.ends_at.isoformat())
        stop_clock(alarm, outcome="silenced")


def _running() -> QuerySet[Silence]:
    now = clock.now()
    found = Silence.objects.filter(starts_at__lte=now, ends_at__gt=now, ended_at__isnull=True)
    return found.select_related("area", "unit")


def matches(silence: Silence, alarm: Alarm) -> bool:
    """Will tell whether an alarm falls under a silence: all that is set must match."""
    return (
        alarm.level <= silence.level_up_to
        and silence.source in ("", alarm.source)
        and silence.alarm_kind in ("", alarm.kind)
        and silence.asset_id in (None, alarm.asset_id)
        and (silence.area is None or alarm.area_path.startswith(silence.area.path))
        and (silence.unit is None or alarm.unit_path.startswith(silence.unit.path))
    )


@transaction.atomic
def follow_quiet() -> int:
    """Will begin and end what is due: silences, and what waits under outages; gives how many."""
    now = clock.now()
    count = _catch_up(now - LOOK_BACK)
    count += sum(_apply(silence) for silence in _running())
    over = Q(silence__ends_at__lte=now) | Q(silence__ended_at__isnull=False)
    count += _wake_all(_open().filter(over), EventKind.UNSILENCED)
    lost = _open().filter(inhibited_by__ended_at__isnull=False, look_again_at__isnull=True)
    for alarm in lost.order_by("pk"):
        alarm.look_again_at = now
        alarm.save(update_fields=["look_again_at"])
    return count + _look_again(_open().filter(look_again_at__lte=now))


def _open() -> QuerySet[Alarm]:
    found = Alarm.objects.select_for_update(skip_locked=True, of=("self",))
    return found.filter(ended_at__isnull=True).select_related("tenant", "area", "unit")


def _catch_up(since: datetime) -> int:
    fresh = _open().filter(is_outage=True, raised_at__gte=since, inhibited_by__isnull=True)
    return sum(_take_under(parent) for parent in fresh.order_by("pk"))


def _apply(silence: Silence) -> int:
    waiting = _open().filter(tenant_id=silence.tenant_id, silence__isnull=True)
    count = 0
    for alarm in waiting.order_by("pk"):
        if matches(silence, alarm):
            _silence(alarm)
            count += 1
    return count


def _wake_all(found: QuerySet[Alarm], kind: EventKind) -> int:
    alarms = list(found.order_by("pk"))
    for alarm in alarms:
        alarm.silence = None
        alarm.save(update_fields=["silence"])
        write_event(alarm, kind)
        settle(alarm)
        tell_pages(alarm)
    return len(alarms)


def _look_again(found: QuerySet[Alarm]) -> int:
    alarms = list(found.order_by("pk"))
    for alarm in alarms:
        alarm.inhibited_by = alarm.look_again_at = None
        alarm.save(update_fields=["inhibited_by", "look_again_at"])
        settle(alarm)
        tell_pages(alarm)
    return len(alarms)
