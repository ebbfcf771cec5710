"""What the pages call the things a definition refers to by code."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.phrases import series
from apps.matters.actions import get_action, known_actions
from apps.matters.enums import JoinPolicy, StateCategory
from apps.matters.limits import write_limit
from apps.matters.mapping import SOURCES

REACHES: dict[str, Any] = {
    "tenant": gettext_lazy("本级（辖区内全部案件）"),
    "unit": gettext_lazy("承办单位（本单位案件）"),
    "reporter": gettext_lazy("反映人本人"),
    "system": gettext_lazy("系统自动"),
    "task": gettext_lazy("任务承担者"),
}
PURPOSES: dict[str, Any] = {"dispatch": gettext_lazy("派单：确定承办单位和时限")}
#: How sure the matter wants to be of who acts.
LEVELS: dict[str, Any] = {
    "": gettext_lazy("不另外要求"),
    "1": gettext_lazy("1 级（密码）"),
    "2": gettext_lazy("2 级（动态口令）"),
    "3": gettext_lazy("3 级（通行密钥）"),
    "4": gettext_lazy("4 级（数字证书）"),
}
#: Whether a case may end while its parts are open.
CLOSES: dict[str, Any] = {
    "refuse": gettext_lazy("不能，须先办结或撤销子事项"),
    "cancel": gettext_lazy("能，未结束的子事项随之撤销"),
    "leave": gettext_lazy("能，子事项继续办"),
}
UNITS: dict[str, Any] = {
    "working_days": gettext_lazy("个工作日"),
    "working_hours": gettext_lazy("个工作小时"),
    "calendar_days": gettext_lazy("个自然日"),
    "calendar_hours": gettext_lazy("小时"),
}
POLICIES: dict[str, Any] = {
    "returns_per_unit": gettext_lazy("同一单位最多退单次数"),
    "return_within_working_days": gettext_lazy("签收后几个工作日内可退单"),
    "extensions": gettext_lazy("最多延期次数"),
    "extension_max_days": gettext_lazy("每次延期最多天数"),
    "callback_attempts": gettext_lazy("回访最多尝试次数"),
    "redo_days": gettext_lazy("办结后几天内可重办"),
    "redo_rounds": gettext_lazy("最多重办轮次"),
    "low_score": gettext_lazy("不高于几分视为不满意"),
    "callback_required": gettext_lazy("须回访后办结（1是0否）"),
    "returns_total": gettext_lazy("一件案件最多退单次数"),
    "final_ruling_after": gettext_lazy("第几次退单起由仲裁单位终裁"),
    "suspensions": gettext_lazy("每轮最多挂起次数"),
    "suspension_max_days": gettext_lazy("每次挂起最多天数"),
    "hurry_percent": gettext_lazy("加急后保留剩余时间的百分之几"),
    "wait_for_co": gettext_lazy("须等协办单位反馈（1是0否）"),
    "wait_for_countersign": gettext_lazy("须等会签完成（1是0否）"),
    "task_days": gettext_lazy("协办、会签、核查任务的工作日数"),
    "check_required": gettext_lazy("须现场核查通过后办结（1是0否）"),
    "review_required": gettext_lazy("答复须经单位负责人审核（1是0否）"),
    "order_reply_hours": gettext_lazy("督办须在几小时内回复"),
    "order_repeats": gettext_lazy("督办逾期未回复自动重发次数"),
    "park_review_days": gettext_lazy("挂账案件最长几天复查一次"),
    "reveal_level": gettext_lazy("查看个人信息须几级可信（0为按全市规定）"),
    "reveal_minutes": gettext_lazy("查看个人信息须几分钟内验证过身份"),
    "archive_days": gettext_lazy("结束几天后归档"),
}
#: What the library's actions can result in, beyond one fixed next state.
OUTCOMES: dict[str, dict[str, Any]] = {
    "call_back": {
        "closed": gettext_lazy("回访通过"),
        "redo": gettext_lazy("退回重办"),
        "retry": gettext_lazy("未接通，再次回访"),
    },
    "rule_return": {
        "approved": gettext_lazy("同意退单"),
        "rejected": gettext_lazy("不同意退单"),
    },
    "rule_extension": {
        "approved": gettext_lazy("同意延期"),
        "rejected": gettext_lazy("不同意延期"),
    },
}


def action_label(code: str, own: str = "") -> str:
    """Will give what a matter, or else the library, calls an action."""
    if own:
        return own
    if code == "open":
        return _("登记")
    return str(get_action(code).label) if code in known_actions() else code


def action_labels(body: dict[str, Any]) -> dict[str, str]:
    """Will give the names of a body's actions by code, "open" included."""
    rows = body.get("actions", [])
    found = {r["code"]: action_label(r["code"], r.get("label", "")) for r in rows if "code" in r}
    return {"open": action_label("open"), **found}


def state_labels(body: dict[str, Any]) -> dict[str, str]:
    """Will give the names of a body's states by code."""
    return {s["code"]: s.get("label", s["code"]) for s in body.get("states", []) if "code" in s}


def actor_labels(body: dict[str, Any], rights: dict[str, str]) -> dict[str, str]:
    """Will give the names of a body's actors. rights: permission names by code."""
    return {
        name: actor_label(name, actor, rights) for name, actor in body.get("actors", {}).items()
    }


def actor_label(name: str, actor: dict[str, Any], rights: dict[str, str]) -> str:
    """Will name one actor by its own label, else by its right, else by its reach."""
    own = actor.get("label") or rights.get(actor.get("permission", ""))
    return str(own or REACHES.get(actor.get("reach", ""), name))


def category_label(code: str) -> str:
    """Will name a category of states."""
    return str(StateCategory(code).label) if code in StateCategory.values else code


def limit_words(limit: Any) -> str:
    """Will write a limit of a clock, or of a threshold."""
    if limit == "dispatch":
        return _("由派单确定")
    try:
        return write_limit(limit)
    except (KeyError, TypeError):
        return "—"


def outcomes_of(code: str) -> dict[str, Any]:
    """Will give the results an action of the library can have, by code."""
    declared = getattr(get_action(code), "outcomes", None) if code in known_actions() else None
    return dict(declared or OUTCOMES.get(code, {}))


def moment_words(row: dict[str, Any], states: dict[str, str], actions: dict[str, str]) -> str:
    """Will say when a split is made: by a person, or by itself after an action."""
    where = series(states.get(code, code) for code in row.get("from", []))
    if not row.get("after"):
        return _("在%s由人分解") % where
    done = series(actions.get(code, code) for code in row["after"])
    return _("做完%(actions)s、到%(states)s时自动分解") % {"actions": done, "states": where}


def join_words(join: dict[str, Any]) -> str:
    """Will say when the parts of a split have come together, and what becomes of the others."""
    policy = join.get("policy", JoinPolicy.ALL)
    label = str(JoinPolicy(policy).label) if policy in JoinPolicy.values else str(policy)
    if policy == JoinPolicy.QUORUM:
        label = _("办成%s件") % join.get("quorum", "?")
    rest = join.get("rest", "cancel" if policy == JoinPolicy.ANY else "")
    if rest == "cancel":
        return _("%s，其余撤销") % label
    return _("%s，其余继续办") % label if rest == "leave" else label


def map_words(row: dict[str, Any], targets: dict[str, str], sources: dict[str, str]) -> str:
    """Will say which field takes which, or which words. Labels of the form fields by name."""
    target = _field_words(row.get("to", ""), targets)
    if row.get("from"):
        source = _field_words(row["from"], sources)
        return _("%(target)s取%(source)s") % {"target": target, "source": source}
    return _("%(target)s填“%(value)s”") % {"target": target, "value": row.get("value", "")}


def _field_words(code: str, fields: dict[str, str]) -> str:
    name = code.removeprefix("form.")
    if name != code:
        return _("表单“%s”") % fields.get(name, name)
    return str(SOURCES.get(code, code))


def trust_words(trust: dict[str, Any]) -> str:
    """Will say how sure a step wants to be of who acts: "3 级，30 分钟内"; "" when not at all."""
    if not trust:
        return ""
    return _("%(level)s 级，%(minutes)s 分钟内") % {
        "level": trust.get("level", ""),
        "minutes": trust.get("minutes", ""),
    }
