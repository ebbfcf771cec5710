"""Spans of whole days in the city's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput

LONGEST_DAYS = 366
CHOICES = (7, 30, 90)


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The midnight after the last day."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def previous(self) -> "Period":
        """The span of the same length just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def last_days(days: int) -> Period:
    """Will give the span of so many days that ends today."""
    today = clock.today()
    return Period(today - timedelta(days=days - 1), today)


def parse(*, days: str = "", first: str = "", last: str = "") -> Period:
    """Will read a period from an address: ``days``, or ``first`` and ``last`` as 2026-11-01.

    Raises: InvalidInput (field "first": not dates, the wrong way round, over a year).
    """
    if not first and not last:
        return last_days(int(days) if days.isascii() and days in {"7", "30", "90"} else 30)
    try:
        found = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise InvalidInput(_("请填写起止日期"), field="first") from error
    if not 1 <= found.days <= LONGEST_DAYS or found.first.year < 2000:
        raise InvalidInput(_("起止日期不正确，最长一年"), field="first")
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
