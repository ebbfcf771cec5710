"""The schema's complaints as sentences an officer can act on."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.phrases import series
from apps.matters.definition.problems import Problem

#: The parts of a body as the pages call them, in their order.
PART_LABELS: dict[str, Any] = {
    "basic": gettext_lazy("基本信息"),
    "materials_in": gettext_lazy("输入材料"),
    "materials_out": gettext_lazy("输出材料"),
    "form": gettext_lazy("表单"),
    "states": gettext_lazy("状态"),
    "actors": gettext_lazy("执行人"),
    "actions": gettext_lazy("动作"),
    "splits": gettext_lazy("分解"),
    "calls": gettext_lazy("事项调用"),
    "clocks": gettext_lazy("时限"),
    "tables": gettext_lazy("规则表"),
    "policies": gettext_lazy("办理规则"),
    "subscriptions": gettext_lazy("订阅"),
    "kind_parts": gettext_lazy("类型要素"),
}
_KEYS: dict[str, Any] = {
    "title": gettext_lazy("对外名称"),
    "code": gettext_lazy("代码"),
    "label": gettext_lazy("名称"),
    "category": gettext_lazy("类别"),
    "from": gettext_lazy("起始状态"),
    "to": gettext_lazy("目标状态"),
    "who": gettext_lazy("执行人"),
    "reach": gettext_lazy("范围"),
    "permission": gettext_lazy("权限"),
    "trust": gettext_lazy("可信等级"),
    "level": gettext_lazy("等级"),
    "minutes": gettext_lazy("分钟"),
    "limit": gettext_lazy("时长"),
    "starts": gettext_lazy("开始于"),
    "stops": gettext_lazy("停止于"),
    "source": gettext_lazy("来源"),
    "kind": gettext_lazy("类别"),
    "matter": gettext_lazy("事项"),
    "amount": gettext_lazy("数量"),
    "unit": gettext_lazy("单位"),
    "basis": gettext_lazy("依据"),
    "table": gettext_lazy("规则表"),
    "join": gettext_lazy("汇合"),
    "policy": gettext_lazy("汇合方式"),
    "quorum": gettext_lazy("所需数量"),
    "rest": gettext_lazy("其余子事项"),
    "returned_to": gettext_lazy("无法汇合时到"),
    "after": gettext_lazy("自动分解的时点"),
    "close": gettext_lazy("主事项能否先结束"),
    "mapping": gettext_lazy("带给子事项的内容"),
    "back": gettext_lazy("带回的内容"),
    "value": gettext_lazy("固定文字"),
    "unsuccessful": gettext_lazy("算没办成的状态"),
}


def schema_problem(error: Any, body: Any) -> Problem:
    """Will word one error of the schema; never repeats what was sent at length."""
    path = list(error.absolute_path)
    part = str(path[0]) if path else ""
    if not path and error.validator == "required":
        part = _missing(error)
    where = place_of(path, body)
    text = _what(error)
    return Problem(
        part if part in PART_LABELS else ("basic" if part == "title" else ""),
        _("%(place)s：%(message)s") % {"place": where, "message": text} if where else text,
    )


def place_of(path: list[Any], body: Any) -> str:
    """Will name a place of a body: 动作“派单” 目标状态."""
    if not path:
        return ""
    words = [key_label(str(path[0]))]
    here = body.get(path[0]) if isinstance(body, dict) else None
    for step in path[1:]:
        if isinstance(step, int):
            row = here[step] if isinstance(here, list) and step < len(here) else None
            name = row.get("label") or row.get("code") if isinstance(row, dict) else ""
            words.append(f"“{str(name)[:40]}”" if name else _("第%s行") % (step + 1))
        else:
            words.append(key_label(step))
        here = _down(here, step)
    return " ".join(words)


def key_label(key: str) -> str:
    """Will give a key of the body as people call it."""
    return str(PART_LABELS.get(key) or _KEYS.get(key) or key)[:60]


def _down(here: Any, step: Any) -> Any:
    if isinstance(here, dict):
        return here.get(step)
    return here[step] if isinstance(here, list) and isinstance(step, int) else None


def _missing(error: Any) -> str:
    return next((k for k in error.validator_value if k not in error.instance), "")


def _what(error: Any) -> str:
    value = error.validator_value
    match error.validator:
        case "required":
            return _("缺少“%s”") % key_label(_missing(error))
        case "additionalProperties":
            known = set(error.schema.get("properties", {}))
            unknown = [str(k)[:40] for k in error.instance if k not in known]
            return _("不认识的内容“%s”") % series(unknown[:3])
        case "type":
            return _("内容的类型不对")
        case "enum" | "const":
            return _("值“%s”不在可选范围内") % str(error.instance)[:40]
        case "pattern":
            return _("“%s”须为小写字母开头的字母、数字、下划线") % str(error.instance)[:40]
        case "maxItems" | "maxProperties":
            return _("超过%s项") % value
        case "minItems":
            return _("至少要有%s项") % value
        case "maxLength":
            return _("超过%s个字") % value
        case "minLength":
            return _("不能为空")
        case "minimum" | "exclusiveMinimum" | "maximum":
            return _("数字“%s”超出范围") % str(error.instance)[:20]
        case "oneOf":
            return _("请填写数量和单位，或选择由派单确定")
    return _("内容不正确")
