"""How each case counts, and why. Pure: facts and formula in, verdicts out.

Every figure on every page is a sum of these verdicts, so the cases behind a figure are exactly
the verdicts that were added up.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy

from apps.hotline.enums import Rate
from apps.hotline.rates.formula import Formula

RATES: tuple[str, ...] = tuple(Rate.values)
REASONS = {
    "exclusion": gettext_lazy("经批准剔除"),
    "pool": gettext_lazy("挂账"),
    "duplicate": gettext_lazy("重复诉求，同组已计"),
    "same_person": gettext_lazy("同一人重复反映，已计最早一件"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one case.

    unit_id: who answered, or holds it. contacted, on_time: of the last feedback, None without
    one. solved, score: the last evaluation of the result. unreachable: the callback ended
    without reaching anybody. group: the first case of its group of duplicates.
    """

    case_id: int
    unit_id: int | None
    area_id: int
    area_path: str
    opened_at: datetime
    phone: str = ""
    class_code: str = ""
    channel: str = ""
    contacted: bool | None = None
    on_time: bool | None = None
    solved: bool | None = None
    score: int | None = None
    unreachable: bool = False
    group: int | None = None
    in_pool: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one case counts: True in the numerator, False below only, None not in that rate.

    reason: a code of ``REASONS`` where the case is left out of everything.
    """

    facts: Facts
    response: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    reason: str = ""


def judge(cases: Iterable[Facts], formula: Formula) -> list[Verdict]:
    """Will judge the cases of one month, in order of (opened_at, case_id).

    The order decides which of several repeated cases counts, so the same cases give the same
    verdicts however they are passed in.
    """
    seen: set[Hashable] = set()
    return [
        _judge_one(facts, formula, seen)
        for facts in sorted(cases, key=lambda f: (f.opened_at, f.case_id))
    ]


def _judge_one(facts: Facts, formula: Formula, seen: set[Hashable]) -> Verdict:
    if facts.is_excluded and formula.exclusions == "removed":
        return Verdict(facts, reason="exclusion")
    if facts.in_pool and formula.pool == "excluded":
        return Verdict(facts, reason="pool")
    if formula.duplicates == "once" and _repeats(seen, ("group", facts.group or facts.case_id)):
        return Verdict(facts, reason="duplicate")
    if formula.same_person == "once" and facts.phone:
        person = ("person", facts.phone, facts.class_code)
        if _repeats(seen, person):
            return Verdict(facts, reason="same_person")
    return Verdict(
        facts,
        response=_response(facts, formula),
        solved=_answered(facts, formula, facts.solved),
        satisfied=_answered(
            facts, formula, None if facts.score is None else facts.score >= formula.satisfied_from
        ),
    )


def _repeats(seen: set[Hashable], key: Hashable) -> bool:
    if key in seen:
        return True
    seen.add(key)
    return False


def _response(facts: Facts, formula: Formula) -> bool | None:
    if facts.contacted is None:
        return None
    if formula.response == "contacted":
        return facts.contacted
    return facts.contacted and bool(facts.on_time)


def _answered(facts: Facts, formula: Formula, answer: bool | None) -> bool | None:
    if answer is None and facts.unreachable and formula.unreachable == "failed":
        return False
    return answer


@dataclass
class Tally:
    """Sums of verdicts. part, whole: numerator and denominator per rate."""

    part: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RATES, 0))
    whole: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RATES, 0))
    counted: int = 0
    excluded: dict[str, int] = field(default_factory=dict)

    def add(
        self, response: bool | None, solved: bool | None, satisfied: bool | None, reason: str
    ) -> None:
        """Will add one case."""
        if reason:
            self.excluded[reason] = self.excluded.get(reason, 0) + 1
            return
        self.counted += 1
        for rate, value in (("response", response), ("solved", solved), ("satisfied", satisfied)):
            if value is not None:
                self.whole[rate] += 1
                self.part[rate] += value

    def rate(self, name: str) -> Decimal | None:
        """Will give a rate in percent, two decimals; None where nothing is to be measured."""
        if not self.whole[name]:
            return None
        return _round(Decimal(self.part[name]) * 100 / self.whole[name])

    def score(self, weights: Mapping[str, int]) -> Decimal | None:
        """Will give the composite score, two decimals.

        A rate that cannot be measured leaves its weight to the others in proportion. Exact
        fractions are added and rounded once.
        """
        known = [name for name in RATES if self.whole[name] and weights[name]]
        total = sum(weights[name] for name in known)
        if not total:
            return None
        points = sum(
            (Decimal(weights[n]) * self.part[n] * 100 / self.whole[n] for n in known), Decimal(0)
        )
        return _round(points / total)

    @property
    def left_out(self) -> int:
        """How many cases were left out of everything."""
        return sum(self.excluded.values())


def tally(verdicts: Iterable[Verdict]) -> Tally:
    """Will add verdicts up."""
    found = Tally()
    for v in verdicts:
        found.add(v.response, v.solved, v.satisfied, v.reason)
    return found


def _round(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
