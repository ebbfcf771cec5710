"""Field mappings: our JSON put into another system's shape, or theirs into ours, told by data.

Rows of plain values only: no code, no patterns, bounded in depth and size. This module judges
rows and applies them; ``services.mappings`` keeps the versions, ``services.sending`` and
``services.mappings.map_result`` use them. Source: GW-06.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.phrases import bracketed, series
from apps.gateway.enums import DateFormat, MappingDirection
from apps.gateway.moments import read_moment, write_moment

MOST_ROWS, MOST_DEPTH, MOST_CODES = 80, 6, 200
MOST_SEGMENT, MOST_VALUE = 40, 200
MOST_BYTES = 64 * 1024
#: Code of a table that stands for everything the table does not name.
OTHERWISE = "*"
#: What a result may say (``/api/v1/connectors/<code>/results/``); ``data`` has members of its own.
RESULT_FIELDS = ("status", "number", "outside_id", "action", "text", "occurred_at", "data")


@dataclass(frozen=True)
class Row:
    """One field of the result: where it goes, and what it is taken from.

    target, source: names joined by dots, "data.unit.code"; a number in a source is a place in a
    list. Either source or fixed is given. codes: our word to theirs (or theirs to ours).
    """

    target: str
    source: str = ""
    fixed: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    format: str = ""

    def as_json(self) -> dict[str, Any]:
        """Will give what is kept."""
        return asdict(self) | {"codes": dict(self.codes)}


@dataclass(frozen=True)
class Lack:
    """A field that could not be filled. number: of its row, from 1."""

    number: int
    target: str
    reason: str
    required: bool


@dataclass(frozen=True)
class Mapped:
    """What came out, and what did not with the reason."""

    values: dict[str, Any]
    lacks: tuple[Lack, ...] = ()

    @property
    def refusal(self) -> str:
        """Which required fields are missing and why, in a sentence; "" when none is."""
        missing = [lack for lack in self.lacks if lack.required]
        if not missing:
            return ""
        return _("缺少必填字段：%s") % series(
            f"{lack.target}{bracketed(lack.reason)}" for lack in missing
        )


class _Lacking(Exception):
    """The value of one row cannot be had; the text says why."""


def rows_of(kept: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Will read rows as they were kept by ``Row.as_json``."""
    return [Row(**values) for values in kept]


def check_rows(rows: Sequence[Row], direction: str) -> None:
    """Will refuse rows that cannot be used.

    Raises: InvalidInput, field ``rows``; ``data`` has the number of the row (from 1, 0 for the
        whole) and the column.
    """
    if len(rows) > MOST_ROWS:
        raise _bad(0, "target", _("最多 %d 行") % MOST_ROWS)
    for number, row in enumerate(rows, 1):
        _check_row(number, row, direction)
    _check_targets(rows)
    if direction == MappingDirection.IN and rows and "status" not in {r.target for r in rows}:
        raise _bad(0, "target", _("收到的结果须有一行映射到 status"))
    if len(json.dumps([row.as_json() for row in rows]).encode()) > MOST_BYTES:
        raise _bad(0, "codes", _("整张映射超过 64 KB"))


def apply(rows: Sequence[Row], document: Any, *, direction: str) -> Mapped:
    """Will make the other shape of a document of plain JSON values; never raises.

    Empty texts and nulls count as missing. What is not required and missing is left out.
    """
    values: dict[str, Any] = {}
    lacks = []
    for number, row in enumerate(rows, 1):
        try:
            _put(values, row.target, _value(row, document, direction))
        except _Lacking as lacking:
            lacks.append(Lack(number, row.target, str(lacking), row.required))
    return Mapped(values, tuple(lacks))


def _value(row: Row, document: Any, direction: str) -> Any:
    if row.fixed:
        return row.fixed
    found = _find(document, row.source)
    if row.codes:
        return _decoded(found, row.codes)
    if row.format:
        return _redated(found, row.format, direction)
    return found  # shared, never changed: no target lies below another


def _find(document: Any, path: str) -> Any:
    found = document
    for name in path.split("."):
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise _Lacking(_("来源中没有 %s") % path)
    if found is None or found == "":
        raise _Lacking(_("来源 %s 为空") % path)
    return found


def _decoded(found: Any, codes: Mapping[str, str]) -> str:
    if isinstance(found, dict | list):
        raise _Lacking(_("来源不是单个值，不能查代码表"))
    word = str(found).lower() if isinstance(found, bool) else str(found)
    if word not in codes and OTHERWISE not in codes:
        raise _Lacking(_("代码表中没有“%s”") % word[:MOST_SEGMENT])
    return codes.get(word, codes.get(OTHERWISE, ""))


def _redated(found: Any, wanted: str, direction: str) -> Any:
    """Their form when it goes out; ISO 8601 with the city's time zone when it comes in."""
    theirs = DateFormat(wanted)
    is_out = direction == MappingDirection.OUT
    moment = read_moment(found, DateFormat.ISO if is_out else theirs)
    if moment is None:
        raise _Lacking(_("“%s”不是所选格式的时间") % str(found)[:MOST_SEGMENT])
    return write_moment(moment, theirs if is_out else DateFormat.ISO)


def _put(values: dict[str, Any], path: str, found: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        values = values.setdefault(name, {})
    values[last] = found


def _check_row(number: int, row: Row, direction: str) -> None:
    _check_path(number, "target", row.target, lists=False)
    if direction == MappingDirection.IN:
        _check_result_field(number, row.target)
    if bool(row.source) == bool(row.fixed):
        raise _bad(number, "source", _("来源路径和固定值须填且只填一个"))
    if row.source:
        _check_path(number, "source", row.source, lists=True)
    if row.format and row.format not in DateFormat.values:
        raise _bad(number, "format", _("没有这种日期格式"))
    if row.fixed and (row.codes or row.format):
        raise _bad(number, "fixed", _("固定值不能再查代码表或转换日期"))
    if row.codes and row.format:
        raise _bad(number, "codes", _("代码表和日期格式只能用一个"))
    if len(row.codes) > MOST_CODES:
        raise _bad(number, "codes", _("代码表最多 %d 项") % MOST_CODES)
    if any(not _is_text(word) for pair in row.codes.items() for word in pair):
        raise _bad(number, "codes", _("代码不能为空，每个不超过 %d 个字符") % MOST_VALUE)
    if row.fixed and not _is_text(row.fixed):
        raise _bad(number, "fixed", _("固定值不超过 %d 个字符") % MOST_VALUE)


def _check_result_field(number: int, target: str) -> None:
    name, _dot, rest = target.partition(".")
    if name not in RESULT_FIELDS or (rest and name != "data"):
        raise _bad(
            number, "target", _("结果只有这些字段：%s") % series([*RESULT_FIELDS[:-1], "data.…"])
        )


def _check_path(number: int, column: str, path: str, *, lists: bool) -> None:
    names = path.split(".")
    if len(names) > MOST_DEPTH:
        raise _bad(number, column, _("路径最多 %d 层") % MOST_DEPTH)
    if not all(_is_name(name, lists=lists) for name in names):
        raise _bad(
            number, column, _("路径由字母、数字、下划线和短横线组成，各层以点相隔，如 data.number")
        )


def _is_name(name: str, *, lists: bool) -> bool:
    if name.isdecimal():
        return lists and name.isascii() and len(name) <= 3
    return 0 < len(name) <= MOST_SEGMENT and all(c.isalnum() or c in "_-" for c in name)


def _is_text(word: object) -> bool:
    return isinstance(word, str) and 0 < len(word) <= MOST_VALUE and "\x00" not in word


def _check_targets(rows: Sequence[Row]) -> None:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if row.target in seen:
            raise _bad(number, "target", _("与第 %d 行的目标重复") % seen[row.target])
        seen[row.target] = number
    for target, number in seen.items():
        names = target.split(".")
        for depth in range(1, len(names)):
            above = seen.get(".".join(names[:depth]))
            if above is not None:
                raise _bad(number, "target", _("第 %d 行已把上一层填成一个值") % above)


def _bad(number: int, column: str, problem: str) -> InvalidInput:
    told = _("第 %(row)d 行：%(problem)s") % {"row": number, "problem": problem}
    return InvalidInput(
        told if number else problem, field="rows", data={"row": number, "column": column}
    )
