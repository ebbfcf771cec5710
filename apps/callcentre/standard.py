"""The figures of GB/T 33358 from calls, and the worst 24 hours. Pure.

A call counts where it came in (``rang_at``). Calls that still ring are neither answered nor
given up yet and count nowhere. Source: GB/T 33358-2016 (answered within 15 s; connection rate
over any 24 h at least 95 %); HL-01, HL-04.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from django.utils.translation import gettext_lazy as _

PROMPT = timedelta(seconds=15)
RATE_AIM, WINDOW = 0.95, timedelta(hours=24)
_TICK = timedelta(microseconds=1)
#: Name of a figure and how it is counted, as shown beside the numbers.
DEFINITIONS = (
    (_("呼入量"), _("统计时段内呼入且已有结果（接通或放弃）的来电数")),
    (_("接通量"), _("其中由话务员接听的来电数")),
    (_("放弃量"), _("其中接听前挂断的来电数，等待再短也计入")),
    (_("接通率"), _("接通量 ÷ 呼入量；任意 24 小时不低于 95%（GB/T 33358）")),
    (_("15 秒接通率"), _("等待不超过 15 秒即接通的来电数 ÷ 呼入量（GB/T 33358）")),
    (_("平均等待"), _("接通来电从振铃到接听的平均秒数")),
    (_("平均通话"), _("接通来电从接听到结束的平均秒数，含保持")),
    (_("平均整理"), _("时段内开始的话后整理的平均秒数")),
    (_("最差 24 小时"), _("所示期间内所有 24 小时区间中接通率最低的一段")),
)


@dataclass(frozen=True)
class CallFact:
    """What the figures need of one call that came in."""

    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None

    @property
    def is_settled(self) -> bool:
        """Whether it was answered or given up."""
        return self.answered_at is not None or self.ended_at is not None

    @property
    def is_prompt(self) -> bool:
        """Whether it was answered within 15 seconds."""
        return self.answered_at is not None and self.answered_at - self.rang_at <= PROMPT


@dataclass(frozen=True)
class Figures:
    """One line of the report. Shares 0 to 1, None without calls; means in seconds."""

    offered: int
    answered: int
    prompt: int
    wait_s: float | None
    talk_s: float | None

    @property
    def abandoned(self) -> int:
        return self.offered - self.answered

    @property
    def rate(self) -> float | None:
        return self.answered / self.offered if self.offered else None

    @property
    def prompt_rate(self) -> float | None:
        return self.prompt / self.offered if self.offered else None


@dataclass(frozen=True)
class Window:
    """Twenty-four hours and what was answered in them."""

    begins_at: datetime
    offered: int
    answered: int

    @property
    def rate(self) -> float:
        return self.answered / self.offered

    @property
    def ends_at(self) -> datetime:
        return self.begins_at + WINDOW

    @property
    def is_met(self) -> bool:
        """Whether the standard's 95 % was reached."""
        return self.rate >= RATE_AIM


def count(calls: Iterable[CallFact]) -> Figures:
    """Will count calls."""
    settled = [call for call in calls if call.is_settled]
    waits = [_seconds(c.rang_at, c.answered_at) for c in settled if c.answered_at]
    talks = [_seconds(c.answered_at, c.ended_at) for c in settled if c.answered_at and c.ended_at]
    return Figures(
        offered=len(settled),
        answered=len(waits),
        prompt=sum(call.is_prompt for call in settled),
        wait_s=_mean(waits),
        talk_s=_mean(talks),
    )


def worst_window(calls: Iterable[CallFact], *, start: datetime, until: datetime) -> Window | None:
    """Will find the 24 hours with the lowest connection rate between two moments.

    The set of calls of a window changes only where one enters or leaves it, so windows at and
    just behind each call and just reaching each are all there are. Of equal ones the one with
    more calls. None: no 24 hours with a call.
    """
    settled = sorted((c for c in calls if c.is_settled), key=lambda c: c.rang_at)
    times = [call.rang_at for call in settled]
    done = [0, *accumulate(int(call.answered_at is not None) for call in settled)]
    begins = {start, until - WINDOW}
    for at in times:
        begins |= {at, at + _TICK, at - WINDOW + _TICK}
    found = [
        window
        for begin in sorted(begins)
        if start <= begin <= until - WINDOW and (window := _window(begin, times, done)) is not None
    ]
    return min(found, key=lambda w: (w.rate, -w.offered, w.begins_at), default=None)


def last_window(calls: Iterable[CallFact], *, until: datetime) -> Window | None:
    """Will give the 24 hours that end at a moment; None without calls."""
    settled = sorted((c for c in calls if c.is_settled), key=lambda c: c.rang_at)
    done = [0, *accumulate(int(call.answered_at is not None) for call in settled)]
    return _window(until - WINDOW, [call.rang_at for call in settled], done)


def _window(begin: datetime, times: Sequence[datetime], done: Sequence[int]) -> Window | None:
    first, behind = bisect_left(times, begin), bisect_left(times, begin + WINDOW)
    if first == behind:
        return None
    return Window(begin, behind - first, done[behind] - done[first])


def _seconds(begin: datetime | None, end: datetime | None) -> float:
    return max(0.0, (end - begin).total_seconds()) if begin and end else 0.0


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
