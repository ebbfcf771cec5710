"""When a citizen may be called: within a pool's hours, the next time at another time of day."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Parts of the day, local time; the end is the beginning of the next.
PARTS: tuple[tuple[str, time, time], ...] = (
    ("morning", time(0), time(12)),
    ("afternoon", time(12), time(18)),
    ("evening", time(18), time.max),
)
LABELS = {"morning": _("上午"), "afternoon": _("下午"), "evening": _("晚间")}


def part_of(moment: datetime) -> str:
    """Will name the part of the local day an aware moment lies in."""
    at = timezone.localtime(moment).time()
    return next(name for name, start, end in PARTS if start <= at < end or end == time.max)


def next_moment(
    after: datetime, *, opens: time, closes: time, tried: Collection[str] = ()
) -> datetime:
    """Will give the first moment from ``after`` on within the hours, in a part not yet tried.

    after: aware. opens, closes: local, opens < closes. Where every part within the hours was
    tried, the parts begin anew, but never in the one tried last at the same sitting.
    """
    local = timezone.localtime(after)
    open_parts = [
        (name, max(start, opens), min(end, closes))
        for name, start, end in PARTS
        if max(start, opens) < min(end, closes)
    ]
    fresh = [part for part in open_parts if part[0] not in tried]
    if not fresh:
        # All were tried: from the next part on; with a single part, from the next day on.
        current = [end for name, _start, end in open_parts if name == part_of(after)]
        later = _at(local.date(), current[0]) if current else after
        return next_moment(max(later, after), opens=opens, closes=closes)
    for days in range(2):
        day = local.date() + timedelta(days=days)
        for _name, start, end in fresh:
            if _at(day, end) > after:
                return max(after, _at(day, start))
    return _at(local.date() + timedelta(days=2), fresh[0][1])


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
