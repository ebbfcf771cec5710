"""The bulletin's sentences with the month's figures filled in; the author may change them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

HEADINGS = {
    "overview": gettext_lazy("总体情况"),
    "handling": gettext_lazy("办理情况"),
    "satisfaction": gettext_lazy("回访与满意度"),
    "hot": gettext_lazy("热点诉求"),
    "advice": gettext_lazy("工作建议"),
}
NAMED = 3
#: The database keeps the keys of a JSON object in an order of its own.
ORDER = {
    "deeds": ("received", "closed", "on_time", "signed", "returned"),
    "rates": ("response", "solved", "satisfied"),
}


def write_paragraphs(counted: Mapping[str, Any]) -> dict[str, str]:
    """Will give one paragraph per heading, from figures as ``count_figures`` gives them."""
    return {
        "overview": _overview(counted),
        "handling": _handling(counted),
        "satisfaction": _satisfaction(counted),
        "hot": _hot(counted),
        "advice": _advice(counted),
    }


def in_order(counted: Mapping[str, Any], block: str) -> list[Mapping[str, Any]]:
    """Will give the lines of a block in the order leaders read them."""
    return [counted[block][code] for code in ORDER[block]]


def shown(percent: str | None) -> str:
    """Will write a share of the figures: 92.31%, or a dash."""
    return "—" if percent is None else f"{percent}%"


def moved(now: int, before: int) -> str:
    """Will say how a number moved since the month before."""
    if not before:
        return _("上月无同类数据")
    change = (now - before) * 100 / before
    word = _("上升") if change > 0 else _("下降")
    return _("较上月持平") if now == before else f"{_('较上月')}{word}{abs(change):.1f}%"


def _overview(counted: Mapping[str, Any]) -> str:
    received = counted["deeds"]["received"]
    sources = "、".join(
        _("%(label)s%(n)d件") % line for line in counted["channels"][: NAMED + 1] if line["n"]
    )
    return _("%(month)s，全市热线共受理诉求%(n)d件，%(moved)s。按来源分：%(sources)s。") % {
        "month": counted["month"],
        "n": received["part"],
        "moved": moved(received["part"], received["before_part"]),
        "sources": sources or "—",
    }


def _handling(counted: Mapping[str, Any]) -> str:
    deeds = counted["deeds"]
    return _(
        "当月登记的诉求办结率%(closed)s，按时办结率%(on_time)s，签收及时率%(signed)s；"
        "承办单位退单%(returned)d件。"
    ) % {
        "closed": deeds["closed"]["value"],
        "on_time": deeds["on_time"]["value"],
        "signed": deeds["signed"]["value"],
        "returned": deeds["returned"]["part"],
    }


def _satisfaction(counted: Mapping[str, Any]) -> str:
    calls, rates = counted["callbacks"], counted["rates"]
    return _(
        "当月完成回访%(done)d件，接通%(reached)d件，接通率%(share)s；回访中答“已解决”的占%(solved)s，"
        "满意的占%(satisfied)s，因未解决或不满意重新办理%(redone)d件。"
        "考核口径下响应率%(r)s、解决率%(s)s、满意率%(t)s，综合得分%(score)s。"
    ) % {
        "done": calls["done"],
        "reached": calls["reached"],
        "share": shown(calls["reached_percent"]),
        "solved": shown(calls["solved_percent"]),
        "satisfied": shown(calls["satisfied_percent"]),
        "redone": calls["redone"],
        "r": shown(rates["response"]["percent"]),
        "s": shown(rates["solved"]["percent"]),
        "t": shown(rates["satisfied"]["percent"]),
        "score": counted["score"] or "—",
    }


def _hot(counted: Mapping[str, Any]) -> str:
    classes = _named(counted["classes"])
    streets = _named(counted["streets"])
    return _("诉求较集中的分类为：%(classes)s。诉求较多的街道（镇）为：%(streets)s。") % {
        "classes": classes,
        "streets": streets,
    }


def _named(lines: Sequence[Mapping[str, Any]]) -> str:
    words = [
        _("%(label)s%(n)d件（%(moved)s）")
        % {"label": line["label"], "n": line["n"], "moved": moved(line["n"], line["before"])}
        for line in lines[:NAMED]
    ]
    return "；".join(words) or "—"


def _advice(counted: Mapping[str, Any]) -> str:
    rising = [line["label"] for line in counted["classes"] if line["n"] > line["before"] > 0][
        :NAMED
    ]
    last = [unit["name"] for unit in counted["units"] if unit["score"] is not None][-NAMED:]
    said = []
    if rising:
        said.append(_("建议关注上升较快的%s类诉求。") % "、".join(rising))
    if last:
        said.append(_("综合得分靠后的单位有%s，请加强办理与回访沟通。") % "、".join(last))
    return "".join(said) or _("各类诉求没有明显上升，请继续保持。")
