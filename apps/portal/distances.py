"""How long ago, or until when, in words."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

#: The largest that fits tells a distance; months and years hang on the calendar.
_UNITS = (timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1))
_SHORTEST_MONTH = timedelta(days=28)
_A_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def distance(at: datetime, now: datetime) -> str:
    """Will tell how far a moment lies from now: 2 小时前, 3 天后, 刚刚."""
    apart = abs(at - now)
    if apart < _UNITS[-1]:
        return _("刚刚")
    if apart < _SHORTEST_MONTH:
        unit = next(unit for unit in _UNITS if apart >= unit)
        length = _length(get_language(), apart // unit * unit)
    else:
        length = timesince(min(at, now), max(at, now), depth=1)
    return (_("%(time)s前") if at < now else _("%(time)s后")) % {"time": length}


@lru_cache(maxsize=500)
def _length(language: str | None, length: timedelta) -> str:
    """Kept: a page shows dozens of them, and Django takes long to find a plural."""
    return timesince(_A_DAY, _A_DAY + length, depth=1)
