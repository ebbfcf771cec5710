"""What a version of the formula says: weights and switches. Pure, no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import InvalidInput
from apps.hotline.enums import Rate

CHOICES: dict[str, tuple[tuple[str, Any], ...]] = {
    "basis": (
        ("closed", gettext_lazy("当月办结的诉求")),
        ("opened", gettext_lazy("当月登记的诉求")),
    ),
    "response": (
        ("contacted", gettext_lazy("反馈时已联系反映人")),
        ("contacted_on_time", gettext_lazy("按时反馈且已联系反映人")),
    ),
    "unreachable": (
        ("excluded", gettext_lazy("不计入解决率和满意率")),
        ("failed", gettext_lazy("按未解决、不满意计入")),
    ),
    "exclusions": (
        ("removed", gettext_lazy("经批准的剔除不计入")),
        ("counted", gettext_lazy("照常计入")),
    ),
    "same_person": (
        ("each", gettext_lazy("每件都计")),
        ("once", gettext_lazy("同一电话、同一分类当月只计最早一件")),
    ),
    "duplicates": (
        ("each", gettext_lazy("每件都计")),
        ("once", gettext_lazy("一组重复诉求只计最早一件")),
    ),
    "pool": (
        ("counted", gettext_lazy("挂账案件照常计入")),
        ("excluded", gettext_lazy("挂账案件不计入")),
    ),
}
LABELS = {
    "basis": gettext_lazy("统计范围"),
    "response": gettext_lazy("响应标准"),
    "unreachable": gettext_lazy("回访未接通"),
    "exclusions": gettext_lazy("剔除"),
    "same_person": gettext_lazy("同一人重复反映"),
    "duplicates": gettext_lazy("重复诉求"),
    "pool": gettext_lazy("挂账"),
    "satisfied_from": gettext_lazy("计为满意的最低分"),
}


@dataclass(frozen=True)
class Formula:
    """One version's rules. weights: percent per rate, 100 together.

    satisfied_from: the lowest of 1-5 that counts as satisfied. The others: see ``CHOICES``.
    """

    weights: Mapping[str, int]
    basis: str = "closed"
    response: str = "contacted"
    unreachable: str = "excluded"
    exclusions: str = "removed"
    same_person: str = "each"
    duplicates: str = "each"
    pool: str = "counted"
    satisfied_from: int = 3

    def as_body(self) -> dict[str, Any]:
        """Will give plain JSON values; ``parse`` reads them back."""
        return asdict(self) | {"weights": dict(self.weights)}


DEFAULT = Formula(weights={"response": 30, "solved": 35, "satisfied": 35})


def parse(body: Mapping[str, Any]) -> Formula:
    """Will read a version's body. Raises: InvalidInput (the field that is wrong)."""
    weights = body.get("weights")
    if not isinstance(weights, Mapping) or set(weights) != set(Rate.values):
        raise InvalidInput(_("须给出三项权重"), field="weights")
    if any(type(w) is not int or not 0 <= w <= 100 for w in weights.values()):
        raise InvalidInput(_("权重应为 0 至 100 的整数"), field="weights")
    if sum(weights.values()) != 100:
        raise InvalidInput(_("三项权重之和应为 100"), field="weights")
    chosen: dict[str, Any] = {}
    for name, options in CHOICES.items():
        value = body.get(name)
        if value not in {code for code, _label in options}:
            raise InvalidInput(_("“%s”的取值不正确") % LABELS[name], field=name)
        chosen[name] = value
    score = body.get("satisfied_from")
    if type(score) is not int or not 1 <= score <= 5:
        raise InvalidInput(_("计为满意的最低分应为 1 至 5"), field="satisfied_from")
    unknown = set(body) - set(chosen) - {"weights", "satisfied_from"}
    if unknown:
        raise InvalidInput(_("未知的口径：%s") % sorted(unknown)[0])
    return Formula(weights=dict(weights), satisfied_from=score, **chosen)


def explain(formula: Formula) -> list[tuple[str, str]]:
    """Will put a version into words: (what, how), one line per switch and per rate."""
    labels = {name: dict(options) for name, options in CHOICES.items()}
    lines = [(str(LABELS[name]), str(labels[name][getattr(formula, name)])) for name in CHOICES]
    lines.append((str(LABELS["satisfied_from"]), _("%d 分及以上") % formula.satisfied_from))
    return lines + [(str(Rate(rate).label), explain_rate(formula, rate)) for rate in Rate.values]


def explain_rate(formula: Formula, rate: str) -> str:
    """Will say in one sentence how a rate is counted."""
    unreachable = (
        _("，回访未接通的不计") if formula.unreachable == "excluded" else _("，未接通按否计")
    )
    sentences = {
        "response": _("已联系反映人的反馈 ÷ 全部反馈")
        if formula.response == "contacted"
        else _("按时反馈且已联系反映人的诉求 ÷ 已反馈的诉求"),
        "solved": _("反映人答“已解决” ÷ 回答了是否解决的诉求") + unreachable,
        "satisfied": _("办理结果评 %d 分及以上 ÷ 已评价的诉求") % formula.satisfied_from
        + unreachable,
    }
    return _("%(how)s；权重 %(weight)d%%") % {
        "how": sentences[rate],
        "weight": formula.weights[rate],
    }
