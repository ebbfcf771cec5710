"""What everybody may know: figures of whole days, in which nobody is found (HL-05).

A line of fewer than ``LEAST`` demands is not told by itself: such lines become one, which takes
the next smallest in as long as it is too small itself. A rate over fewer is not told at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import clock
from apps.common.periods import Period, last_days
from apps.figures.selectors import Line, Reach, by_area, by_channel, by_class, by_day
from apps.hotline.statistics.selectors.figures import Figure, figures
from apps.hotline.statistics.selectors.reach import MATTERS

LEAST = 5
RATES = ("closed", "on_time", "response", "solved", "satisfied")


@dataclass(frozen=True)
class PublicFigures:
    """What the public page says of the last 30 days; "—": a rate that is not told."""

    received: int
    closed: int
    on_time: str
    satisfied: str
    computed_at: datetime


@dataclass(frozen=True)
class PublicRate:
    """A rate with its formula. value: "93.1%"; "" where it is not told."""

    code: str
    label: str
    value: str
    formula: str


@dataclass(frozen=True)
class PublicLine:
    """One line of a table. is_rest: several that are too small to be told by themselves."""

    label: str
    received: int
    closed: int
    is_rest: bool = False


@dataclass(frozen=True)
class PublicBook:
    """All figures of a period for anybody. days: every day of it, in order, with its count."""

    first: date
    last: date
    received: int
    closed: int
    rates: list[PublicRate]
    days: list[tuple[date, int]]
    classes: list[PublicLine]
    districts: list[PublicLine]
    channels: list[PublicLine]
    computed_at: datetime


def public_figures(tenant: Tenant) -> PublicFigures:
    """Will count a tenant's last 30 days for the public page."""
    found = {figure.code: figure for figure in figures(_reach(tenant), last_days(30))}
    return PublicFigures(
        received=found["received"].part,
        closed=found["closed"].part,
        on_time=_rate(found["on_time"]).value or "—",
        satisfied=_rate(found["satisfied"]).value or "—",
        computed_at=clock.now(),
    )


def public_book(tenant: Tenant, period: Period) -> PublicBook:
    """Will count a tenant's period for everybody, by day, class, district and channel."""
    reach = _reach(tenant)
    found = {figure.code: figure for figure in figures(reach, period)}
    return PublicBook(
        first=period.first,
        last=period.last,
        received=found["received"].part,
        closed=found["closed"].part,
        rates=[_rate(found[code]) for code in RATES],
        days=[(date.fromisoformat(day.label), day.received) for day in by_day(reach, period)],
        classes=told(by_class(reach, period)),
        districts=told(by_area(reach, period, below=1)),
        channels=told(by_channel(reach, period)),
        computed_at=clock.now(),
    )


def told(lines: Iterable[Line]) -> list[PublicLine]:
    """Will give the lines that may be told, the busiest first, the small ones as one."""
    large = sorted(lines, key=lambda line: -line.received)
    small: list[Line] = []
    while large and (large[-1].received < LEAST or 0 < sum(n.received for n in small) < LEAST):
        small.append(large.pop())
    shown = [PublicLine(line.label, line.received, line.closed) for line in large]
    received, closed = sum(n.received for n in small), sum(n.closed for n in small)
    if received >= LEAST:
        shown.append(PublicLine(_("其他（合并）"), received, closed, is_rest=True))
    return shown


def _reach(tenant: Tenant) -> Reach:
    return Reach(Q(tenant=tenant), matters=MATTERS)


def _rate(figure: Figure) -> PublicRate:
    value = figure.value if figure.whole >= LEAST else ""
    return PublicRate(figure.code, figure.label, value, figure.formula)
