"""Steps and stuck values: what a value is worth beside those before it. No I/O.

What was before is in the call itself, else the newest value stored. A step away from a value
that was suspect itself says nothing. Source: IO-05, docs/decisions/0055 and 0062.
"""

from dataclasses import dataclass

import numpy as np

from apps.common.columns import BEFORE_ALL, Column
from apps.sensing.enums import Flaw, Quality
from apps.sensing.sent import Sent


@dataclass(frozen=True, slots=True)
class Standing:
    """The series a call may be about and the newest value of each, a column per property.

    moment: ``BEFORE_ALL`` where nothing came yet; number: NaN for none.
    """

    series: Column
    moment: Column
    number: Column
    flaw: Column
    same_since: Column


@dataclass(frozen=True, slots=True)
class Batch:
    """Values to store, ordered by series and moment, each of these once; a column per property.

    place: in the lists of ``Sent``. is_last: of its series. is_ahead: all are newer than what
    was stored of their series.
    """

    place: Column
    series: Column
    moment: Column
    number: Column
    quality: Column
    flaw: Column
    is_last: Column
    is_ahead: bool


def judge(sent: Sent, standing: Standing) -> Batch:
    """Will order values and mark those that are suspect beside what was before.

    Of what was sent twice the first counts; what has no series is left out.
    """
    where = np.array(sent.places, "i8")
    moment = np.array(sent.moments, "i8")
    series = standing.series[where] if len(standing.series) else where
    order = np.lexsort((moment, series))
    order = order[where[order] >= 0]
    where, series, moment = where[order], series[order], moment[order]
    begins = _changes(series)
    is_first = begins | _changes(moment)
    if not is_first.all():
        order, where = order[is_first], where[is_first]
        series, moment, begins = series[is_first], moment[is_first], begins[is_first]
    number = np.array(sent.numbers, "f8")[order]
    quality = np.array(sent.qualities, "i2")[order]
    flaw = np.array(sent.flaws, "i2")[order]
    rules = [sent.rules[place] for place in order.tolist()]
    span = np.array([rule.span_us for rule in rules], "i8")
    max_step = np.array([rule.max_step for rule in rules], "f8")
    stuck_after = np.array([rule.stuck_after_us for rule in rules], "i8")
    is_newer = standing.moment[where] < moment
    latest = np.where(is_newer, standing.number[where], np.nan)
    believed = np.where(standing.flaw[where] == 0, latest, np.nan)

    before_at = np.where(is_newer, standing.moment[where], BEFORE_ALL)
    before_at[1:] = np.where(begins[1:], before_at[1:], moment[:-1])
    earlier = np.full(len(order), np.nan)
    earlier[1:] = np.where(begins[1:] | (flaw[:-1] != 0), np.nan, number[:-1])
    before = np.where(np.isnan(earlier), believed, earlier)
    stepped = (np.abs(number - before) > max_step) & (before_at >= moment - span)

    stuck = (stuck_after > 0) & (number == latest)
    if stuck.any():
        differs = (number != standing.number[where]) & ~np.isnan(number)
        stuck &= _so_far(differs, begins) == 0
        stuck &= standing.same_since[where] <= moment - stuck_after

    open_to_doubt = (flaw == Flaw.NONE) & (quality != Quality.MISSING)
    flaw = np.where(open_to_doubt & stuck, Flaw.STUCK, flaw)
    flaw = np.where(open_to_doubt & stepped, Flaw.STEP, flaw)
    return Batch(
        place=order,
        series=series,
        moment=moment,
        number=number,
        quality=np.where(flaw != Flaw.NONE, Quality.SUSPECT, quality),
        flaw=flaw,
        is_last=np.append(begins[1:], [True]) if len(order) else begins,
        is_ahead=bool(is_newer.all()),
    )


def _changes(column: Column) -> Column:
    """Where a column is another than in the row before; the first row is."""
    changes = np.ones(len(column), "?")
    changes[1:] = column[1:] != column[:-1]
    return changes


def _so_far(marks: Column, begins: Column) -> Column:
    """How many marks there are from the beginning of a row's series up to the row."""
    total = np.cumsum(marks)
    start = np.maximum.accumulate(np.where(begins, np.arange(len(marks)), 0))
    return total - total[start] + marks[start]
