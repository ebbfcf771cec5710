"""One point over a span: split where it changed hands, each part with its four rates.

Formulas (OP-16), over one part of the span:
- online (在线率): seconds up / seconds up or down. Planned, excused and unknown seconds are out.
- recording (录像完好率): seconds recorded / seconds due, hour by hour. Due are the seconds of an
  hour that are neither planned nor excused; hours whose recorder was not asked are out; an hour
  never counts more than its due.
- repair (修复率): orders repaired by their limit / orders whose limit fell into the part. Planned
  ones and those of an excused cause are out. Repaired in time before a limit later on counts then.
- picture (视频完好率): looks without a fault / looks that could judge, outside planned and excused
  seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from apps.appraisal.reckoning.painting import (
    Condition,
    Ledger,
    Piece,
    Rules,
    Spell,
    by_cause,
    cut,
    ledger_of,
    paint,
)
from apps.appraisal.reckoning.scoring import Rate

HOUR_S = 3600
_NOT_DUE = {Condition.PLANNED, Condition.EXCUSED}


@dataclass(frozen=True)
class Slice:
    """A time in which a point lay in one area and was kept by one vendor. area: its key."""

    began: int
    ended: int
    area: str = ""
    vendor: str = ""


@dataclass(frozen=True)
class HourHeard:
    """What a recorder held of the hour that begins at ``began``. present_s: 0-3600."""

    began: int
    present_s: int
    left_out: bool = False


@dataclass(frozen=True)
class Job:
    """An order to repair. due: its limit; done: None while it is not repaired."""

    due: int
    done: int | None
    cause: str = ""
    is_planned: bool = False
    left_out: bool = False

    @property
    def in_time(self) -> bool:
        """Whether it was repaired by its limit."""
        return self.done is not None and self.done <= self.due


@dataclass(frozen=True)
class Look:
    """One judged picture. is_good: None where it could not be judged."""

    at: int
    is_good: bool | None
    left_out: bool = False


@dataclass(frozen=True)
class PointSlice:
    """What one part of the span came to."""

    slice: Slice
    ledger: Ledger
    causes: dict[str, int]
    rates: dict[str, Rate]
    outages: int
    pieces: list[Piece] = field(default_factory=list)


def reckon(
    slices: Sequence[Slice],
    *,
    rules: Rules,
    spells: Iterable[Spell],
    watched_from: int | None = None,
    is_observed: bool = True,
    hours: Iterable[HourHeard] = (),
    jobs: Iterable[Job] = (),
    looks: Iterable[Look] = (),
) -> list[PointSlice]:
    """Will give each part of the span with its rates, in the order of ``slices``.

    slices: in order of time, not overlapping; between them the point was not in use.
    is_observed: False where nobody looks whether the point is online: then it has no online rate.
    """
    if not slices:
        return []
    begin, end = slices[0].began, slices[-1].ended
    pieces = paint(spells, begin=begin, end=end, rules=rules, watched_from=watched_from)
    heard, told, seen = list(hours), list(jobs), list(looks)
    return [_part(one, pieces, is_observed, heard, told, seen, rules) for one in slices]


def _part(
    one: Slice,
    pieces: Sequence[Piece],
    is_observed: bool,
    hours: Sequence[HourHeard],
    jobs: Sequence[Job],
    looks: Sequence[Look],
    rules: Rules,
) -> PointSlice:
    own = cut(pieces, one.began, one.ended)
    ledger = ledger_of(own)
    rates = {
        "online": Rate(ledger.up, ledger.up + ledger.down) if is_observed else Rate(),
        "recording": _recording(one, own, hours),
        "repair": _repair(one, jobs, rules),
        "picture": _picture(one, own, looks),
    }
    return PointSlice(one, ledger, by_cause(own), rates, _outages(own), own)


def _outages(pieces: Sequence[Piece]) -> int:
    """How often it went down: pieces down that follow one another are one."""
    count, last_end = 0, None
    for piece in pieces:
        if piece.condition == Condition.DOWN:
            count += piece.began != last_end
            last_end = piece.ended
    return count


def _recording(one: Slice, pieces: Sequence[Piece], hours: Sequence[HourHeard]) -> Rate:
    barred = [p for p in pieces if p.condition in _NOT_DUE]
    good = due = 0
    for hour in hours:
        begin, end = max(hour.began, one.began), min(hour.began + HOUR_S, one.ended)
        if hour.left_out or begin >= end:
            continue
        out = sum(max(0, min(p.ended, end) - max(p.began, begin)) for p in barred)
        owed = end - begin - out
        good += min(hour.present_s * (end - begin) // HOUR_S, owed)
        due += owed
    return Rate(good, due)


def _repair(one: Slice, jobs: Sequence[Job], rules: Rules) -> Rate:
    own = [
        job
        for job in jobs
        if one.began <= job.due < one.ended
        and not (job.left_out or job.is_planned or job.cause in rules.excused)
    ]
    return Rate(sum(job.in_time for job in own), len(own))


def _picture(one: Slice, pieces: Sequence[Piece], looks: Sequence[Look]) -> Rate:
    barred = [p for p in pieces if p.condition in _NOT_DUE]
    own = [
        look
        for look in looks
        if one.began <= look.at < one.ended
        and look.is_good is not None
        and not look.left_out
        and not any(p.began <= look.at < p.ended for p in barred)
    ]
    return Rate(sum(bool(look.is_good) for look in own), len(own))
