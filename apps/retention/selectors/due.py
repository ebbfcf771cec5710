"""Which cases a schedule says are over, and by which of its lines."""

from calendar import isleap
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case as When_
from django.db.models import IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from apps.matters.enums import StateCategory
from apps.matters.models import Case
from apps.matters.services import kept_of
from apps.retention.enums import Family
from apps.retention.models import Schedule, ScheduleLine

PREVIEW_MOST = 20_000
NAMED_MOST = 20
PORTION = 500


@dataclass
class Preview:
    """What a pass would do now. due: by position of the line; kept: number and reason of some.

    is_cut: more are due than were looked at for reasons to stay.
    """

    due: dict[int, int] = field(default_factory=dict)
    kept: list[tuple[str, str]] = field(default_factory=list)
    kept_count: int = 0
    is_cut: bool = False

    @property
    def total(self) -> int:
        return sum(self.due.values())


def due_cases(schedule: Schedule, now: datetime) -> QuerySet[Any]:
    """Will give the ended cases whose time is over, with ``line``: the position that says so.

    The first line that fits counts, whether its time is over or not. Unordered.
    """
    lines = list(schedule.lines.all())
    if not lines:
        return Case.objects.none()
    first = When_(
        *[When(_fits(line), then=Value(line.position)) for line in lines],
        default=Value(0),
        output_field=IntegerField(),
    )
    over = Q()
    for line in lines:
        over |= Q(line=line.position, closed_at__lt=cutoff(line, now))
    youngest = max(cutoff(line, now) for line in lines)
    ended = Case.objects.filter(
        tenant_id=schedule.tenant_id,
        category=StateCategory.ENDED,
        closed_at__lt=youngest,
        tombstone=None,
    )
    return ended.annotate(line=first).filter(over)


def cutoff(line: ScheduleLine, now: datetime) -> datetime:
    """Will give the moment before which a case must have ended to be over now."""
    year = now.year - line.years
    if (now.month, now.day) == (2, 29) and not isleap(year):
        return now.replace(year=year, day=28)
    return now.replace(year=year)


def rule_of(line: ScheduleLine) -> str:
    """Will name a line as it stands on a tombstone."""
    return _("期限表 %(version)s 第%(n)d条（%(years)d年）") % {
        "version": line.schedule,
        "n": line.position,
        "years": line.years,
    }


def preview(schedule: Schedule, now: datetime) -> Preview:
    """Will count what a pass would forget now and what it would pass over, changing nothing."""
    found = Preview(due={line.position: 0 for line in schedule.lines.all()})
    rows = due_cases(schedule, now).order_by("pk").values_list("pk", "number", "line")
    numbers: dict[int, str] = {}
    for pk, number, line in rows.iterator(2000):
        found.due[line] += 1
        if len(numbers) < PREVIEW_MOST:
            numbers[pk] = number
        else:
            found.is_cut = True
    keys = list(numbers)
    for start in range(0, len(keys), PORTION):
        for pk, reason in kept_of(keys[start : start + PORTION]).items():
            found.kept_count += 1
            if len(found.kept) < NAMED_MOST:
                found.kept.append((numbers[pk], reason))
    return found


def _fits(line: ScheduleLine) -> Q:
    fits = Q(matter_type__code=line.matter) | Q(matter_type__code__startswith=f"{line.matter}.")
    if line.channel:
        fits &= Q(channel=line.channel)
    if line.family == Family.GENERAL:
        fits &= Q(demand__family="")
    elif line.family:
        fits &= Q(demand__family=line.family)
    return fits
