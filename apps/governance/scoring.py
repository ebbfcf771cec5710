"""How counted rows become a score. Pure, no database; the page shows each step.

A figure is the mean of its rows in percent, or their sum; its score is where it lies between
floor and ceiling, 0-100, turned round where less is better. A figure without rows has no score,
and the others share its weight: nobody is punished for what was not theirs to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Weight:
    """One indicator in a formula. weight: percent; floor, ceiling: what gives 0 and 100."""

    code: str
    weight: int
    floor: float
    ceiling: float


@dataclass(frozen=True)
class Figure:
    """What one indicator gave. value: percent or a sum; None: no rows, no score."""

    code: str
    value: float | None
    count: int
    score: Decimal | None
    weight: int

    def as_json(self) -> dict[str, Any]:
        """Will give plain values for the row that keeps it."""
        return {
            "code": self.code,
            "value": self.value,
            "count": self.count,
            "score": None if self.score is None else str(self.score),
            "weight": self.weight,
        }


def parse(body: Mapping[str, Any], known: Iterable[str]) -> list[Weight]:
    """Will read a formula's body. Raises: InvalidInput (field: "indicators" or the code)."""
    codes = set(known)
    rows = body.get("indicators") or []
    found = [_weight(row, codes) for row in rows]
    if len({one.code for one in found}) != len(found):
        raise InvalidInput(_("同一指标写了两次"), field="indicators")
    if sum(one.weight for one in found) != 100:
        raise InvalidInput(_("各指标权重之和应为 100"), field="indicators")
    return found


def _weight(row: Mapping[str, Any], known: set[str]) -> Weight:
    code = str(row.get("code", ""))
    if code not in known:
        raise InvalidInput(_("没有指标“%s”，或不适用于该考核对象") % code, field="indicators")
    weight, floor, ceiling = row.get("weight"), row.get("floor"), row.get("ceiling")
    if not isinstance(weight, int) or not 1 <= weight <= 100:
        raise InvalidInput(_("权重应为 1 至 100 的整数"), field=code)
    if not isinstance(floor, int | float) or not isinstance(ceiling, int | float):
        raise InvalidInput(_("请填写下限和上限"), field=code)
    if floor >= ceiling:
        raise InvalidInput(_("上限应大于下限"), field=code)
    return Weight(code, weight, float(floor), float(ceiling))


def as_body(weights: Sequence[Weight]) -> dict[str, Any]:
    """Will give the body back as plain JSON."""
    return {"indicators": [vars(one) for one in weights]}


def figure_of(
    weight: Weight, values: Sequence[float], *, is_share: bool, less_is_better: bool
) -> Figure:
    """Will fold the rows of one indicator. values: of the rows that count."""
    if not values:
        return Figure(weight.code, None, 0, None, weight.weight)
    value = sum(values) / len(values) * 100 if is_share else sum(values)
    part = (value - weight.floor) / (weight.ceiling - weight.floor)
    part = min(max(part, 0.0), 1.0)
    points = Decimal(str((1 - part if less_is_better else part) * 100))
    return Figure(weight.code, round(value, 2), len(values), _cent(points), weight.weight)


def total(figures: Sequence[Figure]) -> Decimal | None:
    """Will add up the scores by weight; None where nothing was counted at all."""
    counted = [(one.score, one.weight) for one in figures if one.score is not None]
    weights = sum(weight for _score, weight in counted)
    if not weights:
        return None
    return _cent(sum((score * weight for score, weight in counted), Decimal(0)) / weights)


def places(scores: Mapping[int, Decimal | None]) -> dict[int, int | None]:
    """Will give everybody's place: equal scores share one; without a score there is none."""
    ranked = sorted((score for score in scores.values() if score is not None), reverse=True)
    return {
        key: None if score is None else ranked.index(score) + 1 for key, score in scores.items()
    }


def _cent(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
