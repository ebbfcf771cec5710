"""A table as an Excel sheet, and back.

Row 1: "hit_policy" and the policy. Row 2: codes ("key", "in:<fact>", "out:<output>", "note").
Row 3: labels, for people. From row 4: one rule per row. How a cell is written:

    (empty)            any             为空                     not known
    路灯不亮；噪声       in              非：路灯不亮；噪声         not in
    [1,5)  >=3  <5  3  interval        任一：甲；乙  全部：甲；乙   tags
    港东区@/1/5/        within area     井盖；路灯                contains any of
"""

import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from apps.common.errors import InvalidInput
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
from apps.rules.engine.table import MAX_COLUMNS, MAX_ROWS, Table
from apps.rules.engine.vocabulary import (
    Fact,
    FactType,
    HitPolicy,
    Output,
    OutputType,
    Vocabulary,
    choices_remembered,
    number_text,
    options_of,
)
from apps.rules.errors import InvalidRules
from apps.rules.rows import new_key

MAX_FILE_BYTES = 5 * 1024 * 1024
_MAX_UNPACKED_BYTES = 80 * 1024 * 1024
_FIRST_RULE = 4
_EMPTY, _NOT, _ANY_OF, _ALL_OF = "为空", "非：", "任一：", "全部："
_YES, _NO = "是", "否"
_ITEMS = re.compile(r"[;；\n]")
_INTERVAL = re.compile(r"([\[(（])\s*([^,，]*?)\s*[,，]\s*([^,，]*?)\s*([\])）])\Z")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|≥|≤)\s*(.+)\Z")


def write_sheet(table: Table, fileobj: IO[bytes]) -> None:
    """Will write a table as one sheet; ``read_sheet`` reads it back to an equal table."""
    with choices_remembered():
        book = Workbook(write_only=True)
        sheet = book.create_sheet("rules")
        sheet.freeze_panes = f"B{_FIRST_RULE}"
        columns: list[Fact | Output] = [*table.inputs, *table.outputs]
        for number in range(1, len(columns) + 3):
            sheet.column_dimensions[get_column_letter(number)].width = 24
        sheet.append(["hit_policy", str(table.hit_policy)])
        codes = [f"in:{f.code}" for f in table.inputs] + [f"out:{o.code}" for o in table.outputs]
        sheet.append(["key", *codes, "note"])
        labels = [_("行标识"), *(str(c.label) for c in columns), _("备注")]
        sheet.append([_bold(sheet, label) for label in labels])
        for row in table.rows:
            cells = [_cell_text(f, c) for f, c in zip(table.inputs, row.cells, strict=True)]
            outputs = [_output_text(o, row.outputs.get(o.code)) for o in table.outputs]
            values = [row.key, *cells, *outputs, row.note]
            sheet.append([_safe(sheet, value) for value in values])
        book.save(fileobj)


def read_sheet(vocabulary: Vocabulary, upload: IO[bytes]) -> dict[str, Any]:
    """Will read a sheet as the body of a table.

    Raises: InvalidInput (not an Excel file, too big); InvalidRules whose data["problems"] name
        the sheet's cells ("C7") and what is wrong.
    """
    rows = _raw_rows(upload)
    with choices_remembered():
        return _Reader(vocabulary, rows).body()


def _raw_rows(upload: IO[bytes]) -> list[tuple[Any, ...]]:
    content = upload.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput(_("文件超过 5 MB"), field="file")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise InvalidInput(_("文件解压后过大"), field="file")
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        found = sheet.iter_rows(
            max_row=MAX_ROWS + _FIRST_RULE, max_col=2 * MAX_COLUMNS + 3, values_only=True
        )
        rows = list(found)
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError, TypeError):
        raise InvalidInput(_("这不是可以读取的 Excel 文件（.xlsx）"), field="file") from None
    if len(rows) > MAX_ROWS + _FIRST_RULE - 1:
        raise InvalidInput(_("规则行超过 %(limit)s 行") % {"limit": MAX_ROWS}, field="file")
    return rows


class _Reader:
    def __init__(self, vocabulary: Vocabulary, rows: list[tuple[Any, ...]]) -> None:
        self.vocabulary = vocabulary
        self.rows = rows
        self.problems: list[dict[str, Any]] = []

    def body(self) -> dict[str, Any]:
        policy = self._policy()
        columns = self._columns()
        found = [
            self._row(number, row, columns)
            for number, row in enumerate(self.rows[_FIRST_RULE - 1 :], start=_FIRST_RULE)
            if any(value not in (None, "") for value in row)
        ]
        if self.problems:
            texts = "；".join(problem["text"] for problem in self.problems[:5])
            raise InvalidRules(texts, field="file", data={"problems": self.problems[:50]})
        kinds = {kind: [c.code for _n, k, c in columns if k == kind] for kind in ("in", "out")}
        return {
            "hit_policy": policy,
            "inputs": kinds["in"],
            "outputs": kinds["out"],
            "rows": found,
        }

    def _policy(self) -> str:
        row = self.rows[0] if self.rows else ()
        text = str(row[1]).strip() if len(row) > 1 and row[0] == "hit_policy" else ""
        if text not in set(HitPolicy):
            self._wrong(1, 2, _("应写命中策略：%(all)s") % {"all": "、".join(HitPolicy)})
            return HitPolicy.FIRST
        return text

    def _columns(self) -> list[tuple[int, str, Any]]:
        known: dict[str, dict[str, Any]] = {
            "in": self.vocabulary.fact_by_code,
            "out": self.vocabulary.output_by_code,
        }
        columns: list[tuple[int, str, Any]] = []
        for number, raw in enumerate(self.rows[1] if len(self.rows) > 1 else ()):
            code = str(raw or "").strip()
            kind, _colon, name = code.partition(":")
            if code in ("key", "note"):
                columns.append((number, code, None))
            elif kind in known and name in known[kind]:
                columns.append((number, kind, known[kind][name]))
            elif code:
                self._wrong(2, number + 1, _("词汇表中没有“%(code)s”") % {"code": code[:80]})
        columns_given = {kind for _number, kind, _column in columns}
        if not {"in", "out"} <= columns_given:
            self._wrong(2, 1, _("第 2 行应写列代码，如 key、in:类别代码、out:结果代码"))
        return columns

    def _row(
        self, number: int, row: tuple[Any, ...], columns: list[tuple[int, str, Any]]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"key": new_key(), "cells": {}, "outputs": {}, "note": ""}
        for place, kind, column in columns:
            value = row[place] if place < len(row) else None
            if value is None or value == "":
                continue
            try:
                if kind == "in":
                    found["cells"][column.code] = _read_cell(column, value)
                elif kind == "out":
                    found["outputs"][column.code] = _read_output(column, value)
                else:
                    found[kind] = _plain_text(value)
            except ValueError as error:
                self._wrong(number, place + 1, str(error))
        return found

    def _wrong(self, row: int, column: int, message: str) -> None:
        address = f"{get_column_letter(column)}{row}"
        text = _("单元格 %(address)s：%(message)s") % {"address": address, "message": message}
        self.problems.append(
            {"cell": address, "row": row, "column": None, "message": message, "text": text}
        )


def _bold(sheet: Any, label: str) -> Any:
    cell = WriteOnlyCell(sheet, value=label)
    cell.font = Font(bold=True)
    return cell


def _safe(sheet: Any, value: str) -> Any:
    """Text that Excel must not run: "=…" is kept as text, control characters go."""
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    cell.quotePrefix = value[:1] in "=+-@"
    return cell


def _cell_text(fact: Fact, cell: Cell) -> str:
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


def _output_text(output: Output, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, int | float):
        return number_text(value)
    return _choice_text(output, value)


def _plain_text(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return number_text(value)
    return str(value).strip()


def _read_cell(fact: Fact, value: Any) -> dict[str, Any]:
    text = _YES if value is True else _NO if value is False else _plain_text(value)
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
        raise ValueError(_("区域应写作“名称@路径”"))
    return {"path": codes_of(fact, [item])[0], "label": item}


def _read_output(output: Output, value: Any) -> Any:
    text = _YES if value is True else _NO if value is False else _plain_text(value)
    if output.type is OutputType.BOOL:
        return _known(text, {_YES: True, _NO: False})
    if output.type in (OutputType.NUMBER, OutputType.LIMIT):
        return output.read(_number(text))
    return codes_of(output, [text])[0]
