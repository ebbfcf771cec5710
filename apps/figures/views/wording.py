"""Why a finding is one, in words, with the figures it was derived from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.common.periods import Period
from apps.figures.enums import FindingKind, Method
from apps.figures.models import Finding, Forecast, Snapshot
from apps.figures.views.access import rows_url

SHOWN_OTHERS = 12


@dataclass(frozen=True)
class Part:
    """One of the counts a finding was held against. url: its cases, where they can be listed."""

    label: str
    count: int
    is_used: bool
    url: str = ""


@dataclass(frozen=True)
class Shown:
    """A finding as the page shows it. why: sentences; parts: what it was held against."""

    finding: Finding
    label: str
    where: str
    url: str
    expected: str
    ratio: str
    why: list[str]
    parts: list[Part]


def show(finding: Finding, snapshot: Snapshot) -> Shown:
    """Will put a finding into words."""
    period = Period(finding.first_day, finding.last_day)
    tell = _TOLD[FindingKind(finding.kind)]
    why, parts = tell(finding, period, snapshot)
    return Shown(
        finding=finding,
        label=finding.class_label or finding.address or finding.area.name,
        where=finding.inputs.get("street") or finding.area.name,
        url=_cases(finding, period),
        expected="—" if finding.expected is None else f"{finding.expected:.1f}",
        ratio=f"{finding.observed / finding.expected:.1f}" if finding.expected else "—",
        why=why,
        parts=parts,
    )


def _rising(finding: Finding, period: Period, snapshot: Snapshot) -> tuple[list[str], list[Part]]:
    weeks = [_week(finding, week) for week in finding.inputs["weeks"]]
    used = sum(week.is_used for week in weeks)
    why = [
        _(
            "%(first)s至%(last)s登记 %(n)d 件；此前可比的 %(weeks)d 周平均 %(mean).1f 件，"
            "方差 %(variance).1f。"
        )
        % (_words(finding, period) | {"weeks": used}),
        _chance(finding, snapshot),
    ]
    if used < len(weeks):
        why.append(_("休息日天数与本周不同的周未参与比较。"))
    return why, weeks


def _hot_spot(finding: Finding, period: Period, snapshot: Snapshot) -> tuple[list[str], list[Part]]:
    others = finding.inputs["others"]
    words = _words(finding, period) | {
        "street": finding.inputs["street"],
        "others": len(others),
    }
    why = [
        _(
            "%(first)s至%(last)s登记 %(n)d 件；%(street)s其余 %(others)d 个网格平均 %(mean).1f 件，"
            "方差 %(variance).1f。"
        )
        % words,
        _chance(finding, snapshot),
    ]
    label = _("其余网格第 %d 位")
    shown = others[:SHOWN_OTHERS]
    return why, [Part(label % place, count, True) for place, count in enumerate(shown, 1)]


def _repeated(finding: Finding, period: Period, snapshot: Snapshot) -> tuple[list[str], list[Part]]:
    words = _words(finding, period) | {
        "oldest": _day(date.fromisoformat(finding.inputs["first"])),
        "newest": _day(date.fromisoformat(finding.inputs["last"])),
        "classes": finding.inputs["classes"],
    }
    why = _(
        "%(first)s至%(last)s同一地址登记 %(n)d 件，涉及 %(classes)d 个类别，"
        "最早%(oldest)s，最近%(newest)s；要求保密的不计入。"
    )
    return [why % words], []


_TOLD: dict[FindingKind, Callable[[Finding, Period, Snapshot], tuple[list[str], list[Part]]]] = {
    FindingKind.RISING: _rising,
    FindingKind.HOT_SPOT: _hot_spot,
    FindingKind.REPEATED: _repeated,
}


def _words(finding: Finding, period: Period) -> dict[str, Any]:
    inputs = finding.inputs
    return {
        "first": _day(period.first),
        "last": _day(period.last),
        "n": finding.observed,
        "mean": inputs.get("mean", 0),
        "variance": inputs.get("variance", 0),
    }


def _chance(finding: Finding, snapshot: Snapshot) -> str:
    models = {"poisson": _("泊松分布"), "negative_binomial": _("负二项分布")}
    return _(
        "按%(model)s，偶然达到或超过此数的概率为 %(p)s；本次共检验 %(tests)d 项，"
        "校正后的误报率为 %(q)s（阈值 5%%）。方法版本 %(version)s。"
    ) % {
        "model": models[finding.inputs["model"]],
        "p": _percent(finding.inputs["p"]),
        "tests": snapshot.tested,
        "q": _percent(finding.q or 0.0),
        "version": snapshot.method_version,
    }


def _percent(probability: float) -> str:
    if probability < 0.0001:
        return _("不到 0.01%")
    return f"{100 * probability:.2f}%"


def _week(finding: Finding, week: dict[str, Any]) -> Part:
    first = date.fromisoformat(week["first"])
    period = Period(first, first + timedelta(days=6))
    label = f"{_day(period.first)} – {_day(period.last)}"
    return Part(label, week["count"], week["used"], _cases(finding, period))


def _cases(finding: Finding, period: Period) -> str:
    return rows_url(
        period,
        kind="demand",
        area=str(finding.area_id),
        class_code=finding.class_code,
        address=finding.address,
        **{"from": "forecast"},
    )


def _day(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def judge(forecast: Forecast) -> list[str]:
    """Will say how far to believe a forecast: what was tested, and whether it helps."""
    tested = forecast.tested
    tried = Method(tested["variant"].partition(":")[0]).label
    words = {
        "tried": tried,
        "origins": tested["origins"],
        "days": tested["days"],
        "mae": tested["mae"],
        "naive": tested["naive_mae"],
    }
    lines = [
        _(
            "“%(tried)s”在前一半回测中误差最小；后一半 %(origins)d 次、共 %(days)d 天中，"
            "每天平均差 %(mae).1f 件，“上周同日”平均差 %(naive).1f 件。"
        )
        % words
    ]
    if tested["is_better"]:
        better = 100 * (1 - tested["mae"] / tested["naive_mae"])
        lines.append(_("比“上周同日”的误差小 %.0f%%，预测采用此法。") % better)
    else:
        lines.append(_("不比“上周同日”更准，预测按“上周同日”给出，仅供参考。"))
    lines.append(
        _("区间按回测误差取得，%(share)d%% 的日子应落在其中；回测中实际落入 %(coverage).0f%%。")
        % {"share": 80, "coverage": tested["coverage"]}
    )
    return lines


def measures(forecast: Forecast) -> list[tuple[str, str, str]]:
    """Will give the test's figures: name, value, how it is computed."""
    tested = forecast.tested

    def shown(value: float | None, unit: str = "") -> str:
        return "—" if value is None else f"{value:g}{unit}"

    return [
        ("MASE", shown(tested["mase"]), _("平均误差 ÷ 此前“上周同日”的平均误差，小于 1 才有用")),
        (_("日 MAPE"), shown(tested["mape"], "%"), _("有诉求的日子，每天误差占实际的平均百分比")),
        (_("周 MAPE"), shown(tested["week_mape"], "%"), _("七天合计的误差占实际的平均百分比")),
        (_("区间命中"), shown(tested["coverage"], "%"), _("回测中落入 80% 区间的日子")),
    ]
