"""How risks add up to a conclusion. Pure, no database; the page shows every step.

    items    = sum(weight x score / 5) / sum(weight) x 100
    opinions = opposed / (supporting + opposed) x 100, left out where nobody was asked
    score    = items x (100 - w)% + opinions x w%

A critical risk scored 5 makes the whole high, whatever the sum. Source: GR-19.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.governance.enums import RiskLevel

MOST = 5
ITEMS_MOST = 30
CENT = Decimal("0.01")


@dataclass(frozen=True)
class RiskItem:
    """One risk looked at. weight: 1-100; critical: scored 5 it alone makes the whole high."""

    code: str
    label: str
    weight: int
    help: str = ""
    critical: bool = False


@dataclass(frozen=True)
class Scheme:
    """A template's rules. medium_from, high_from: 0-100; opinion_weight: percent, 0-60."""

    items: tuple[RiskItem, ...]
    medium_from: int
    high_from: int
    opinion_weight: int

    def as_body(self) -> dict[str, Any]:
        """Will give plain JSON."""
        return {
            "items": [vars(item) for item in self.items],
            "medium_from": self.medium_from,
            "high_from": self.high_from,
            "opinion_weight": self.opinion_weight,
        }


@dataclass(frozen=True)
class Conclusion:
    """What came out. steps: how, in sentences. missing: labels of risks not scored yet."""

    score: Decimal
    level: RiskLevel
    steps: list[str]
    missing: list[str]


def parse(body: Mapping[str, Any]) -> Scheme:
    """Will read a template's body. Raises: InvalidInput (items, borders, opinion_weight)."""
    rows = body.get("items") or []
    if not 1 <= len(rows) <= ITEMS_MOST:
        raise InvalidInput(_("风险项应有 1 至 %s 项") % ITEMS_MOST, field="items")
    items = tuple(_item(row) for row in rows)
    if len({item.code for item in items}) != len(items):
        raise InvalidInput(_("风险项代码重复"), field="items")
    medium, high = int(body.get("medium_from", -1)), int(body.get("high_from", -1))
    if not 0 < medium < high <= 100:
        raise InvalidInput(_("分级界限应满足 0＜中风险＜高风险≤100"), field="medium_from")
    weight = int(body.get("opinion_weight", -1))
    if not 0 <= weight <= 60:
        raise InvalidInput(_("意见权重应在 0 至 60 之间"), field="opinion_weight")
    return Scheme(items, medium, high, weight)


def _item(row: Mapping[str, Any]) -> RiskItem:
    label, code = str(row.get("label", "")).strip(), str(row.get("code", "")).strip()
    weight = row.get("weight")
    if not label or not code or not isinstance(weight, int) or not 1 <= weight <= 100:
        raise InvalidInput(_("每个风险项须有代码、名称和 1 至 100 的权重"), field="items")
    return RiskItem(
        code[:40], label[:80], weight, str(row.get("help", ""))[:300], bool(row.get("critical"))
    )


def conclude(
    scheme: Scheme, scores: Mapping[str, int], *, supporting: int, opposing: int
) -> Conclusion:
    """Will add up what is scored so far and say each step."""
    scored = [item for item in scheme.items if item.code in scores]
    missing = [item.label for item in scheme.items if item.code not in scores]
    weights = sum(item.weight for item in scored)
    points = sum(item.weight * scores[item.code] for item in scored)
    base = Decimal(100 * points) / (MOST * weights) if weights else Decimal(0)
    steps = [
        _("风险项得分＝%(points)s÷（%(weights)s×5）×100＝%(base)s")
        % {"points": points, "weights": weights, "base": _cent(base)}
    ]
    score = base
    asked = supporting + opposing
    if asked and scheme.opinion_weight:
        against = Decimal(100 * opposing) / asked
        share = Decimal(scheme.opinion_weight) / 100
        score = base * (1 - share) + against * share
        steps.append(
            _("反对率＝%(opposing)s÷%(asked)s×100＝%(against)s，权重 %(weight)s%%")
            % {
                "opposing": opposing,
                "asked": asked,
                "against": _cent(against),
                "weight": scheme.opinion_weight,
            }
        )
    elif scheme.opinion_weight:
        steps.append(_("没有表态的意见，只按风险项计算"))
    score = _cent(score)
    steps.append(_("风险分＝%s") % score)
    level = _level(scheme, score)
    grave = [item.label for item in scored if item.critical and scores[item.code] == MOST]
    if grave and level != RiskLevel.HIGH:
        level = RiskLevel.HIGH
        steps.append(_("否决项“%s”为最高分，直接定为高风险") % grave[0])
    steps.append(
        _("满 %(medium)s 分为中风险，满 %(high)s 分为高风险；结论：%(level)s")
        % {"medium": scheme.medium_from, "high": scheme.high_from, "level": level.label}
    )
    return Conclusion(score, level, steps, missing)


def _level(scheme: Scheme, score: Decimal) -> RiskLevel:
    if score >= scheme.high_from:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= scheme.medium_from else RiskLevel.LOW


def _cent(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
