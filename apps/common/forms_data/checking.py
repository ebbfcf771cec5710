"""Why a form definition may not be published."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.common import dictionaries
from apps.common.forms_data.shape import (
    CHOICES,
    KEYS,
    MAX_FIELDS,
    NAME,
    SEARCHABLE,
    TODAY,
    TYPES,
)
from apps.common.phrases import series


def check_definition(definition: Any) -> list[str]:
    """Will give what is wrong with a definition, in sentences; an empty list: publishable.

    Conditions may only look at earlier fields, so they can never form a circle.
    """
    fields = definition.get("fields") if isinstance(definition, dict) else None
    if not isinstance(fields, list):
        return [_("定义应含 fields 列表")]
    if len(fields) > MAX_FIELDS:
        return [_("字段不能超过 %(n)d 个") % {"n": MAX_FIELDS}]
    problems: list[str] = []
    earlier: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(fields, start=1):
        if not isinstance(entry, dict):
            problems.append(_("第 %(n)d 个字段不是对象") % {"n": number})
            continue
        name = str(entry.get("name", ""))
        where = name or _("第 %(n)d 个字段") % {"n": number}
        problems += [f"{where}: {text}" for text in _check_field(entry, earlier)]
        earlier[name] = entry
    return problems


def _check_field(entry: Mapping[str, Any], earlier: Mapping[str, Mapping[str, Any]]) -> list[str]:
    name, kind = entry.get("name"), entry.get("type")
    problems = []
    if not isinstance(name, str) or not NAME.match(name):
        problems.append(_("名称须为小写字母开头的字母、数字、下划线"))
    elif name in earlier:
        problems.append(_("名称重复"))
    if not isinstance(entry.get("label"), str) or not entry["label"].strip():
        problems.append(_("缺少标题"))
    if kind not in TYPES:
        problems.append(_("类型无效：%(type)s") % {"type": kind})
    if unknown := sorted(set(entry) - KEYS):
        problems.append(_("不认识的属性：%(names)s") % {"names": series(unknown)})
    if kind in CHOICES:
        problems += _check_choices(entry)
    if "parent" in entry:
        problems += _check_parent(entry, earlier)
    if entry.get("searchable"):
        problems += _check_searchable(entry)
    problems += _check_limits(entry)
    if "show_if" in entry:
        problems += _check_condition(entry["show_if"], earlier)
    return problems


def _check_choices(entry: Mapping[str, Any]) -> list[str]:
    if "dictionary" in entry:
        known = dictionaries.exists(str(entry["dictionary"]))
        return [] if known else [_("字典不存在：%(code)s") % {"code": entry["dictionary"]}]
    choices, length = entry.get("choices"), 3 if "parent" in entry else 2
    shaped = isinstance(choices, list) and all(
        isinstance(c, list | tuple)
        and len(c) == length
        and all(isinstance(part, str) for part in c)
        for c in choices
    )
    if not shaped or not choices:
        if length == 3:
            return [_("级联选项应为 [代码, 名称, 上级选项代码] 的列表")]
        return [_("选项应为 [代码, 名称] 的列表")]
    codes = [choice[0] for choice in choices]
    return [_("选项代码重复")] if len(set(codes)) < len(codes) else []


def _check_limits(entry: Mapping[str, Any]) -> list[str]:
    low, high = entry.get("min"), entry.get("max")
    if entry.get("type") == "date":
        return _check_days(low, high)
    numbers = [n for n in (low, high) if n is not None]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        return [_("最小值、最大值应为数字")]
    if low is not None and high is not None and low > high:
        return [_("最小值大于最大值")]
    length = entry.get("max_length")
    if length is not None and (not isinstance(length, int) or not 1 <= length <= 20_000):
        return [_("最大长度应为 1 至 20000")]
    return []


def _check_days(low: Any, high: Any) -> list[str]:
    days = []
    for value in (low, high):
        if value is None or value == TODAY:
            continue
        try:
            days.append(date.fromisoformat(value))
        except (ValueError, TypeError):
            return [_("最早、最晚日期应为 2026-01-31 这样的日期，或 today")]
    return [_("最小值大于最大值")] if len(days) == 2 and days[0] > days[1] else []


def _check_parent(entry: Mapping[str, Any], earlier: Mapping[str, Mapping[str, Any]]) -> list[str]:
    parent = earlier.get(str(entry["parent"]))
    if entry.get("type") not in CHOICES:
        return [_("只有选择类字段可以级联")]
    if parent is None or parent.get("type") != "choice":
        return [_("上级字段应为排在前面的单选字段")]
    if "dictionary" in entry or "dictionary" in parent:
        return []
    known = {c[0] for c in parent.get("choices", []) if isinstance(c, list | tuple) and c}
    lost = [
        str(c[2])
        for c in entry.get("choices", [])
        if isinstance(c, list | tuple) and len(c) == 3 and c[2] not in known
    ]
    if lost:
        return [_("上级字段没有这些选项：%(v)s") % {"v": series(dict.fromkeys(lost))}]
    return []


def _check_searchable(entry: Mapping[str, Any]) -> list[str]:
    if entry.get("masked"):
        return [_("脱敏字段不能用于筛选，否则可借筛选猜出内容")]
    if entry.get("type") not in SEARCHABLE:
        return [_("这种类型的字段不能用于筛选")]
    return []


def _check_condition(condition: Any, earlier: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not isinstance(condition, dict) or not isinstance(condition.get("in"), list):
        return [_("显示条件应为 {field, in}")]
    other = earlier.get(str(condition.get("field")))
    if other is None:
        return [_("显示条件只能引用排在前面的字段")]
    if other.get("choices") and other.get("type") in CHOICES:
        codes = {c[0] for c in other["choices"] if isinstance(c, list | tuple) and c}
        unknown = [str(value) for value in condition["in"] if value not in codes]
        if unknown:
            return [_("显示条件的值不在选项中：%(v)s") % {"v": series(unknown)}]
    return []
