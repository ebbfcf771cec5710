"""The bands of remaining time: one meaning for the board, the filters of queues and statistics.

A band is a condition on the case row alone, so that a number on the board and the list it
opens can never disagree.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case as SqlCase
from django.db.models import CharField, Q, Value, When
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Band:
    """Due from ``after`` until ``before``, both counted from now; None: open on that side.

    level: the colour, as the page kit names it.
    """

    code: str
    label: Any
    level: str
    after: timedelta | None = None
    before: timedelta | None = None

    def condition(self, now: datetime) -> Q:
        """Will give the condition on a case; a paused clock stands in no band of time."""
        if self.code == "paused":
            return Q(clock_paused=True)
        if self.code == "none":
            return Q(due_at__isnull=True, clock_paused=False)
        found = Q(clock_paused=False)
        if self.after is not None:
            found &= Q(due_at__gte=now + self.after)
        if self.before is not None:
            found &= Q(due_at__lt=now + self.before)
        return found


_DAY = timedelta(days=1)
BANDS = (
    Band("over3", _("超期3天以上"), "over", None, -3 * _DAY),
    Band("over", _("超期3天内"), "over", -3 * _DAY, timedelta()),
    Band("h4", _("4小时内到期"), "soon", timedelta(), timedelta(hours=4)),
    Band("day", _("24小时内到期"), "soon", timedelta(hours=4), _DAY),
    Band("three", _("3天内到期"), "", _DAY, 3 * _DAY),
    Band("later", _("3天以上"), "", 3 * _DAY, None),
    Band("paused", _("时限暂停"), "rest"),
    Band("none", _("不计时"), "rest"),
)
#: Several bands under one name, for filters.
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "late": (_("已超期"), ("over3", "over")),
    "soon": (_("24小时内到期"), ("h4", "day")),
}


def band_choices() -> list[tuple[str, Any]]:
    """Will give every band and group, for a filter."""
    groups = [(code, label) for code, (label, _codes) in GROUPS.items()]
    taken = {str(label) for _code, label in groups}
    return groups + [(b.code, b.label) for b in BANDS if str(b.label) not in taken]


def in_band(code: str, now: datetime) -> Q:
    """Will give the condition of a band or a group; nothing for an unknown code."""
    _label, codes = GROUPS.get(code, ("", (code,)))
    found = Q(pk__in=[])
    for band in BANDS:
        if band.code in codes:
            found |= band.condition(now)
    return found


def band_column(now: datetime) -> SqlCase:
    """Will give the band of a case as a column to group by."""
    whens = [When(band.condition(now), then=Value(band.code)) for band in BANDS]
    return SqlCase(*whens, default=Value("none"), output_field=CharField())
