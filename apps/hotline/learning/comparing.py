"""The version on trial beside the serving one; the present beside the time of training."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common import clock
from apps.hotline.enums import AutoDispatch
from apps.hotline.models import Reading
from apps.nlp.models import TextModel

#: Fewer judged reports say nothing about which version is better.
LEAST_JUDGED = 30
MOST_JUDGED = 50_000
WEEK = timedelta(days=7)
#: Fewer reports a week say nothing about a drift.
LEAST_WEEKLY = 50
SHARE_MOVED, KNOWN_LOST, AGREEMENT_LOST = 0.25, 0.25, 0.10


@dataclass(frozen=True)
class Share:
    """So many of so many, with the 95% interval (Wilson)."""

    right: int
    total: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.right / self.total, 1) if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        if not self.total:
            return (0.0, 100.0)
        n, p, z = self.total, self.right / self.total, 1.96
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return (round(100 * (middle - half), 1), round(100 * (middle + half), 1))


@dataclass(frozen=True)
class ClassRow:
    """One class people chose: how often each version proposed it first."""

    code: str
    total: int
    serving: int
    rival: int


@dataclass(frozen=True)
class Comparison:
    """Both versions on the same reports, judged by what people chose.

    only_serving, only_rival: right where the other was wrong; chance: of a difference like this
    between equals (McNemar, exact, two-sided).
    """

    total: int
    serving_first: Share
    rival_first: Share
    serving_three: Share
    rival_three: Share
    only_serving: int
    only_rival: int
    chance: float
    classes: list[ClassRow]

    @property
    def verdict(self) -> str:
        """Will say in one sentence what the figures allow to say."""
        if self.total < LEAST_JUDGED:
            return _("已判定 %(n)d 件，不足 %(least)d 件，尚不能比较") % {
                "n": self.total,
                "least": LEAST_JUDGED,
            }
        if self.chance >= 0.05:
            return _("两版没有显著差异（p=%.3f）") % self.chance
        better = self.only_rival > self.only_serving
        words = _("试用版显著更好（p=%.3f）") if better else _("试用版显著更差（p=%.3f）")
        return words % self.chance


@dataclass(frozen=True)
class Drift:
    """Something moved since the model was trained, said in one sentence."""

    kind: str
    sentence: str


def judged_readings() -> QuerySet[Reading]:
    """Will give the readings of demands a person gave a class."""
    alone = Q(dispatch=AutoDispatch.DONE) & Q(filled=F("case__class_code"))
    return Reading.objects.exclude(case__class_code="").exclude(alone)


def compare(rival: TextModel) -> Comparison:
    """Will compare a version on trial with what served on the same reports since it began."""
    rows = judged_readings().filter(rival=rival.number, read_at__gte=rival.shadow_at)
    return judge(list(rows.order_by("-id").values_list(
        "case__class_code", "offers", "rival_codes"
    )[:MOST_JUDGED]))  # fmt: skip


def judge(rows: list[tuple[str, list[dict[str, Any]], list[str]]]) -> Comparison:
    """Will judge (chosen class, what served proposed, what the rival proposed). Pure."""
    first, three, alone = [0, 0], [0, 0], [0, 0]
    totals, rights = Counter[str](), (Counter[str](), Counter[str]())
    for chosen, offers, rival_codes in rows:
        proposed = [[offer["code"] for offer in offers], rival_codes]
        hits = [bool(codes) and codes[0] == chosen for codes in proposed]
        totals[chosen] += 1
        for side in (0, 1):
            first[side] += hits[side]
            three[side] += chosen in proposed[side][:3]
            alone[side] += hits[side] and not hits[1 - side]
            rights[side][chosen] += hits[side]
    total = len(rows)
    return Comparison(
        total,
        Share(first[0], total),
        Share(first[1], total),
        Share(three[0], total),
        Share(three[1], total),
        alone[0],
        alone[1],
        mcnemar(alone[0], alone[1]),
        [
            ClassRow(code, number, rights[0][code], rights[1][code])
            for code, number in totals.most_common()
        ],
    )


def mcnemar(one: int, other: int) -> float:
    """Will give the chance of so uneven a split between equals; exact, two-sided."""
    total, least = one + other, min(one, other)
    if not total:
        return 1.0
    tail = sum(math.comb(total, k) for k in range(least + 1)) / 2**total
    return min(1.0, 2 * tail)


def drift_of(model: TextModel, *, until: datetime | None = None) -> list[Drift]:
    """Will tell what the serving version met in the last week that training had not shown it."""
    until = until or clock.now()
    week = Reading.objects.filter(
        version=model.number, read_at__gt=until - WEEK, read_at__lte=until
    )
    if week.count() < LEAST_WEEKLY:
        return []
    return [
        drift for drift in (_moved(week, model), _unknown(week, model), _lost(week, model)) if drift
    ]


def _moved(week: QuerySet[Reading], model: TextModel) -> Drift | None:
    """Classes come in other shares than in training (total variation distance)."""
    now = Counter(offers[0]["code"] for offers in week.values_list("offers", flat=True) if offers)
    then = {code: row["examples"] for code, row in model.sheet["classes"].items()}
    seen, learned = max(1, sum(now.values())), max(1, sum(then.values()))
    moves = {c: now[c] / seen - then.get(c, 0) / learned for c in now.keys() | then.keys()}
    distance = sum(abs(move) for move in moves.values()) / 2
    if distance <= SHARE_MOVED:
        return None
    most = max(moves, key=lambda code: abs(moves[code]))
    sentence = _("近7天各类占比与训练时相差 %(d)d%%，变化最大的是“%(c)s”")
    return Drift("share", sentence % {"d": round(distance * 100), "c": most})


def _unknown(week: QuerySet[Reading], model: TextModel) -> Drift | None:
    now, then = week.aggregate(n=Avg("known"))["n"] or 0.0, model.sheet.get("known") or 0.0
    if now >= then * (1 - KNOWN_LOST):
        return None
    sentence = _("近7天文本中模型认识的用语占 %(now)d%%，训练时为 %(then)d%%")
    return Drift("unknown", sentence % {"now": round(now * 100), "then": round(then * 100)})


def _lost(week: QuerySet[Reading], model: TextModel) -> Drift | None:
    chosen = judged_readings().filter(pk__in=week.values("pk"))
    rows = list(chosen.values_list("case__class_code", "offers"))
    if len(rows) < LEAST_JUDGED:
        return None
    right = sum(bool(offers) and offers[0]["code"] == code for code, offers in rows) / len(rows)
    if right >= model.sheet["top1"] - AGREEMENT_LOST:
        return None
    sentence = _("近7天人工选择与首位建议一致的占 %(now)d%%，训练时为 %(then)d%%")
    return Drift(
        "agreement",
        sentence % {"now": round(right * 100), "then": round(model.sheet["top1"] * 100)},
    )
