"""How people write a cell, in a sheet or on paste, and back.

(empty)            any             为空                     not known
路灯不亮；噪声       in              非：路灯不亮；噪声         not in
[1,5)  >=3  <5  3  interval        任一：甲；乙  全部：甲；乙   tags
港东区@/1/5/  港东区  within area    井盖；路灯                contains any of
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.rules.choices import find_area_path, find_unit_code
from apps.rules.engine.cells import (
    Anything,
    Between,
    Cell,
    Contains,
    HasAll,
    HasAny,
    IsEmpty,
    NotIn,
    Within,
)
from apps.rules.engine.cells import In as InSet
from apps.rules.engine.vocabulary import (
    Fact,
    FactType,
    Output,
    OutputType,
    number_text,
    options_of,
)

_EMPTY, _NOT, _ANY_OF, _ALL_OF = "为空", "非：", "任一：", "全部："
_YES, _NO = "是", "否"
_ITEMS = re.compile(r"[;；\n]")
_INTERVAL = re.compile(r"([\[(（])\s*([^,，]*?)\s*[,，]\s*([^,，]*?)\s*([\])）])\Z")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|≥|≤)\s*(.+)\Z")


def cell_text(fact: Fact, cell: Cell) -> str:
    if isinstance(cell, Anything):
        return ""
    if isinstance(cell, IsEmpty):
        return _EMPTY
    if isinstance(cell, Between):
        return _interval_text(cell)
    if isinstance(cell, Within):
        return "；".join(f"{label}@{path}" for path, label in cell.areas)
    if isinstance(cell, Contains):
        return "；".join(cell.words)
    marks: dict[type[Cell], str] = {NotIn: _NOT, HasAny: _ANY_OF, HasAll: _ALL_OF}
    values = cell.values if isinstance(cell, InSet | NotIn | HasAny | HasAll) else ()
    return marks.get(type(cell), "") + "；".join(_value_text(fact, value) for value in values)


def _value_text(fact: Fact, value: Any) -> str:
    if isinstance(value, bool):
        return _YES if value else _NO
    if fact.type is FactType.NUMBER:
        return number_text(value)
    return _choice_text(fact, value)


def _choice_text(column: Fact | Output, value: str) -> str:
    """The label, unless two codes share it or it cannot be told from a list: then the code."""
    if column.choices is None:
        return value
    options = {code: str(label) for code, label in options_of(column.choices).items()}
    label = options.get(value, value)
    clear = list(options.values()).count(label) == 1 and label not in options
    return label if clear and not _ITEMS.search(label) else value


def _interval_text(cell: Between) -> str:
    def end(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return timezone.localtime(value).isoformat(timespec="minutes")
        return number_text(value)

    opening, closing = "(" if cell.lo_open else "[", ")" if cell.hi_open else "]"
    return f"{opening}{end(cell.lo)},{end(cell.hi)}{closing}"


def output_text(output: Output, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return "；".join(_choice_text(output, code) for code in value)
    return _choice_text(output, value)


def plain_text(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return number_text(value)
    return str(value).strip()


def read_cell(fact: Fact, value: Any) -> dict[str, Any]:
    text = _YES if value is True else _NO if value is False else plain_text(value)
    if text == _EMPTY:
        return {"op": "empty"}
    if fact.type in (FactType.NUMBER, FactType.DATETIME) and not text.startswith("非"):
        interval = _read_interval(fact, text)
        if interval is not None:
            return interval
    if fact.type is FactType.AREA:
        return {"op": "within", "areas": [_read_area(fact, item) for item in split_items(text)]}
    if fact.type is FactType.TEXT:
        return {"op": "contains", "words": split_items(text)}
    default = "has_any" if fact.type is FactType.TAGS else "in"
    for mark, op in ((_NOT, "not_in"), (_ANY_OF, "has_any"), (_ALL_OF, "has_all")):
        for spelled in (mark, mark.replace("：", ":")):
            if text.startswith(spelled):
                return {"op": op, "values": _values(fact, text[len(spelled) :])}
    return {"op": default, "values": _values(fact, text)}


def _read_interval(fact: Fact, text: str) -> dict[str, Any] | None:
    found = _INTERVAL.match(text)
    if found:
        opening, lo, hi, closing = found.groups()
        return {
            "op": "between",
            "lo": _read_end(fact, lo),
            "hi": _read_end(fact, hi),
            "lo_open": opening in "(（" and bool(lo),
            "hi_open": closing in ")）" and bool(hi),
        }
    found = _COMPARISON.match(text)
    if not found:
        return None
    sign, end = found.group(1), _read_end(fact, found.group(2))
    ends: dict[str, dict[str, Any]] = {
        ">": {"lo": end, "lo_open": True},
        ">=": {"lo": end},
        "≥": {"lo": end},
        "<": {"hi": end, "hi_open": True},
        "<=": {"hi": end},
        "≤": {"hi": end},
        "=": {"lo": end, "hi": end},
    }
    return {"op": "between", **ends[sign]}


def _read_end(fact: Fact, text: str) -> Any:
    if not text:
        return None
    if fact.type is FactType.NUMBER:
        return _number(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(text)s”不是日期时间") % {"text": text[:40]}) from None
    return (timezone.make_aware(moment) if moment.tzinfo is None else moment).isoformat()


def _number(text: str) -> int | float:
    try:
        return int(text) if re.fullmatch(r"-?\d{1,15}", text) else float(text)
    except ValueError:
        raise ValueError(_("“%(text)s”不是数字") % {"text": text[:40]}) from None


def split_items(text: str) -> list[str]:
    """Will split "甲；乙" (or lines) into its items."""
    return [item.strip() for item in _ITEMS.split(text) if item.strip()]


def _values(fact: Fact, text: str) -> list[Any]:
    if fact.type is FactType.BOOL:
        words = {_YES: True, _NO: False, "TRUE": True, "FALSE": False}
        return [_known(item.upper(), words) for item in split_items(text)]
    if fact.type is FactType.NUMBER:
        return [_number(item) for item in split_items(text)]
    return codes_of(fact, split_items(text))


def _unit_codes(output: Output, items: list[str]) -> list[str]:
    if output.choices is None:
        return [find_unit_code(item) for item in items]
    return codes_of(output, items)


def codes_of(column: Fact | Output, items: Iterable[str]) -> list[str]:
    if column.choices is None:
        return list(items)
    options = options_of(column.choices)
    by_label = {str(label): code for code, label in options.items()}
    return [item if item in options else _known(item, by_label) for item in items]


def _known(item: str, words: dict[str, Any]) -> Any:
    if item not in words:
        raise ValueError(_("“%(value)s”不在可选范围内") % {"value": item[:80]})
    return words[item]


def _read_area(fact: Fact, item: str) -> dict[str, str]:
    label, at, path = item.rpartition("@")
    if at:
        return {"path": path.strip(), "label": label.strip()}
    if fact.choices is None:
        return {"path": find_area_path(item), "label": item}
    return {"path": codes_of(fact, [item])[0], "label": item}


def read_output(output: Output, value: Any) -> Any:
    text = _YES if value is True else _NO if value is False else plain_text(value)
    if output.type is OutputType.BOOL:
        return _known(text, {_YES: True, _NO: False})
    if output.type in (OutputType.NUMBER, OutputType.LIMIT):
        return output.read(_number(text))
    if output.type is OutputType.ORGANIZATION and output.choices is None:
        return find_unit_code(text)
    if output.type is OutputType.ORGANIZATIONS:
        return output.read(_unit_codes(output, split_items(text)))
    return codes_of(output, [text])[0]
