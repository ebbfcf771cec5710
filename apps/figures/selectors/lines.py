"""Tables: per matter, channel, class, day and area."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import (
    Avg,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, TruncDate
from django.utils.translation import gettext

from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors.measures import (
    ENDED,
    answered_or_over,
    late,
    overdue,
    percent,
    sent_back,
    share,
    span_text,
)
from apps.figures.selectors.reach import Reach, cases_of
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.places.models import Area

_COUNTED = ("received", "closed", "overdue", "due", "on_time", "returned", "redone")


@dataclass(frozen=True)
class Line:
    """One line of a breakdown. query: what narrows ``list_rows`` to it.

    due: cases whose handling is answered or past its time; on_time: those in time. returned:
    cases a unit sent back; redone: cases in their second round or later. duration: from
    registration to the end, on the average of the ended ones.
    """

    label: str
    received: int
    closed: int
    overdue: int
    due: int
    on_time: int
    returned: int
    redone: int
    duration: timedelta | None
    query: dict[str, str]

    @property
    def closed_rate(self) -> str:
        return percent(share(self.closed, self.received))

    @property
    def on_time_rate(self) -> str:
        return percent(share(self.on_time, self.due))

    @property
    def duration_text(self) -> str:
        return span_text(self.duration)


def by_matter(reach: Reach, period: Period) -> list[Line]:
    """Will count per matter, the busiest first."""
    fields = ("matter_type__code", "matter_type__name")
    return [
        _line(row, row["matter_type__name"], matter=row["matter_type__code"])
        for row in _grouped(cases_of(reach, period), *fields)
    ]


def by_channel(reach: Reach, period: Period) -> list[Line]:
    """Will count per channel, the busiest first."""
    names = dict(Channel.choices)
    return [
        _line(row, str(names.get(row["channel"], row["channel"])), channel=row["channel"])
        for row in _grouped(cases_of(reach, period), "channel")
    ]


def by_class(reach: Reach, period: Period) -> list[Line]:
    """Will count per class, the busiest first; an unclassified rest has no code."""
    return [
        _line(row, row["class_label"] or gettext("未分类"), class_code=row["class_code"] or "none")
        for row in _grouped(cases_of(reach, period), "class_code", "class_label")
    ]


def by_day(reach: Reach, period: Period) -> list[Line]:
    """Will count per day, every day of the period, in order."""
    days = cases_of(reach, period).annotate(day=TruncDate("opened_at"))
    counted = {row["day"]: row for row in _grouped(days, "day")}
    quiet = dict.fromkeys(_COUNTED, 0)
    every = [period.first + timedelta(days=n) for n in range(period.days)]
    return [_line(counted.get(day, quiet), day.isoformat(), day=day.isoformat()) for day in every]


def by_area(reach: Reach, period: Period, *, below: int) -> list[Line]:
    """Will count per area so many levels below the city: 1 districts, 2 streets."""
    part = Func(
        F("area_path"),
        Value("/"),
        Value(reach.depth + 1 + below),
        function="split_part",
        output_field=TextField(),
    )
    # The path of a case without a place ends at the city itself: its part is empty.
    cases = cases_of(reach, period).annotate(part=part)
    placed = cases.exclude(part="").annotate(area_part=Cast("part", IntegerField()))
    rows = _grouped(placed, "area_part")
    names = Area.objects.in_bulk([row["area_part"] for row in rows])
    return [
        _line(row, names[row["area_part"]].name, area=str(row["area_part"]))
        for row in rows
        if row["area_part"] in names
    ]


def _grouped(cases: QuerySet[Case], *fields: str) -> list[dict[str, Any]]:
    moment = clock.now()
    return list(
        cases.order_by()
        .annotate(is_due=answered_or_over(moment), is_late=late(moment), was_returned=sent_back())
        .values(*fields)
        .annotate(
            received=Count("pk"),
            closed=Count("pk", filter=Q(category=ENDED)),
            overdue=Count("pk", filter=overdue(moment)),
            due=Count("pk", filter=Q(is_due=True)),
            on_time=Count("pk", filter=Q(is_due=True, is_late=False)),
            returned=Count("pk", filter=Q(was_returned=True)),
            redone=Count("pk", filter=Q(round__gt=1)),
            duration=Avg(F("closed_at") - F("opened_at"), filter=Q(category=ENDED)),
        )
        .order_by("-received", *fields)
    )


def _line(row: dict[str, Any], label: str, **query: str) -> Line:
    counted = {name: row[name] for name in _COUNTED}
    return Line(label, **counted, duration=row.get("duration"), query=query)
