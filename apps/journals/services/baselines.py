"""What is usual by hour of the week, and hours that depart from it. Source: OP-07.

The same hour of the eight weeks before is looked at. Usual is the middle of their counts and four
times the middle distance from it (both ways), never nearer than ten lines: few weeks with odd ones
among them do not move a middle. Fewer than three weeks in which the program wrote at all say
nothing. What is unusual is a hint with its figures, and an alarm where it is grave or much.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm
from apps.common import clock
from apps.journals.enums import Direction, Severity
from apps.journals.models import Deviation, Host, HourCount

DEVIATION = "log_deviation"
WEEKS, FEWEST_WEEKS = 8, 3
TIMES, LEAST = 4 * 1.4826, 10.0
HOUR = timedelta(hours=1)
_Key = tuple[int, str, int]


@dataclass(frozen=True)
class Usual:
    """What an hour of the week usually brings: the middle, and the bounds of what is usual."""

    expected: float
    low: float
    high: float
    weeks: int


def usual_of(counts: Sequence[int]) -> Usual | None:
    """Will say what is usual by the counts of earlier weeks, None where they are too few."""
    if len(counts) < FEWEST_WEEKS:
        return None
    middle = median(counts)
    spread = max(TIMES * median(abs(count - middle) for count in counts), LEAST)
    return Usual(middle, max(middle - spread, 0.0), middle + spread, len(counts))


@transaction.atomic
def judge_hour(*, hour: datetime | None = None) -> int:
    """Will hold an hour that is over against the weeks before; gives how many depart from them.

    hour: its beginning; None: the last whole one. Safe to run twice: the first word stands.
    """
    hour = hour or clock.now().replace(minute=0, second=0, microsecond=0) - HOUR
    seen = {
        (host, program, level): count
        for host, program, level, count in HourCount.objects.filter(hour=hour).values_list(
            "host", "program", "level", "count"
        )
    }
    found = list(_departing(hour, seen))
    known = Deviation.objects.filter(hour=hour).count()
    Deviation.objects.bulk_create(found, ignore_conflicts=True)
    _alarm(found, hour)
    return Deviation.objects.filter(hour=hour).count() - known


def _departing(hour: datetime, seen: dict[_Key, int]) -> Iterator[Deviation]:
    for key, counts in sorted(_past(hour).items()):
        usual = usual_of(counts)
        now = seen.get(key, 0)
        if usual is None or usual.low <= now <= usual.high:
            continue
        above = now > usual.high
        host, program, level = key
        yield Deviation(
            host_id=host, program=program, level=level, hour=hour, seen=now,
            direction=Direction.ABOVE if above else Direction.BELOW, expected=usual.expected,
            bound=usual.high if above else usual.low, weeks=usual.weeks,
            sentence=_sentence(program, level, hour, now, usual, above=above),
        )  # fmt: skip


def _past(hour: datetime) -> dict[_Key, list[int]]:
    """Counts of the same hour of the weeks before, 0 for a week without, from its first on."""
    hours = [hour - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    by_key: dict[_Key, dict[datetime, int]] = defaultdict(dict)
    rows = HourCount.objects.filter(hour__in=hours)
    for host, program, level, at, count in rows.values_list(
        "host", "program", "level", "hour", "count"
    ):
        by_key[host, program, level][at] = count
    return {
        key: [counts.get(at, 0) for at in hours if at >= min(counts)]
        for key, counts in by_key.items()
    }


def _sentence(
    program: str, level: int, hour: datetime, now: int, usual: Usual, *, above: bool
) -> str:
    told = {
        "program": program, "level": Severity(level).label, "now": now, "weeks": usual.weeks,
        "hour": f"{timezone.localtime(hour):%m-%d %H:00}", "usual": f"{usual.expected:g}",
        "bound": f"{usual.high if above else usual.low:.0f}",
    }  # fmt: skip
    if above:
        said = _(
            "“%(program)s”%(hour)s起一小时写了 %(now)d 条%(level)s日志，"
            "前 %(weeks)d 周同一时段通常 %(usual)s 条，超过界限 %(bound)s 条"
        )
    else:
        said = _(
            "“%(program)s”%(hour)s起一小时只写了 %(now)d 条%(level)s日志，"
            "前 %(weeks)d 周同一时段通常 %(usual)s 条，低于界限 %(bound)s 条"
        )
    return said % told


def _alarm(found: Sequence[Deviation], hour: datetime) -> None:
    """One alarm for a host: its gravest departure; over with an hour in which nothing departs."""
    worst: dict[int, Deviation] = {}
    for one in found:
        if one.level <= Severity.WARNING and one.direction == Direction.ABOVE:
            known = worst.get(one.host_id)
            if known is None or (one.level, -one.seen) < (known.level, -known.seen):
                worst[one.host_id] = one
    at = hour + HOUR
    for host in Host.objects.select_related("asset").order_by("pk"):
        deviation = worst.get(host.pk)
        if deviation is None:
            recover_alarm(
                source=Source.EQUIPMENT, kind=DEVIATION, asset=host.asset, key=f"host:{host.name}",
                at=at, sentence=_("日志数量回到通常范围。"),
            )  # fmt: skip
            continue
        raise_alarm(
            source=Source.EQUIPMENT, kind=DEVIATION, asset=host.asset, key=f"host:{host.name}",
            level=Level.YELLOW if deviation.level > Severity.CRITICAL else Level.ORANGE, at=at,
            sentence=deviation.sentence,
            facts={
                "seen": deviation.seen, "expected": deviation.expected, "bound": deviation.bound,
                "weeks": deviation.weeks,
            },
        )  # fmt: skip
