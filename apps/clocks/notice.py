"""Reads the yearly notice of holidays and make-up workdays from a file. Plain Python.

JSON: {"days": [{"date": "2026-10-01", "kind": "holiday", "name": "国庆节"}, …]}, or the list
alone. CSV: a header line with date,kind,name,spans or 日期,类型,名称,工作时段. Kinds:
holiday / 休 / 放假, makeup / 班 / 上班.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from apps.clocks.engine import format_spans, parse_spans
from apps.common.errors import InvalidInput

MAX_DAYS = 2000
MOST_TOLD = 50
_KINDS = {
    "holiday": "holiday",
    "休": "holiday",
    "放假": "holiday",
    "makeup": "makeup",
    "班": "makeup",
    "上班": "makeup",
}
_HEADERS = {"日期": "date", "类型": "kind", "名称": "name", "工作时段": "spans"}


@dataclass(frozen=True)
class NoticeDay:
    """One date of a notice; spans: as ``engine.parse_spans`` reads, make-up workdays only."""

    on: date
    kind: str
    name: str
    spans: str = ""


def read_notice(text: str) -> list[NoticeDay]:
    """Will read a notice, oldest date first.

    Raises: InvalidInput (field ``file``; the message names the lines and what is wrong, and
        ``data["problems"]`` lists the first fifty).
    """
    rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    days: dict[date, NoticeDay] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        if number > MAX_DAYS:
            raise InvalidInput(_("一次最多导入 %d 天") % MAX_DAYS, field="file")
        try:
            day = read_day(row, number)
            if day.on in days:
                _refuse(number, _("日期 %s 重复") % day.on)
        except InvalidInput as refusal:
            problems.append(str(refusal))
        else:
            days[day.on] = day
    if problems:
        told = problems[:MOST_TOLD]
        raise InvalidInput("；".join(told[:3]), field="file", data={"problems": told})
    return [days[on] for on in sorted(days)]


def read_day(row: Mapping[str, Any], number: int = 1) -> NoticeDay:
    """Will read one row with date, kind, name and spans. Raises: InvalidInput."""
    value = {str(k): str(v or "").strip() for k, v in row.items()}
    try:
        on = date.fromisoformat(value.get("date", "").replace("/", "-"))
    except ValueError:
        _refuse(number, _("日期应写成 2026-10-01"))
    kind = _KINDS.get(value.get("kind", ""))
    if kind is None:
        _refuse(number, _("类型应为“休”或“班”"))
    try:
        spans = parse_spans(value.get("spans", ""))
    except ValueError:
        _refuse(number, _("工作时段应写成 09:00-12:00, 13:30-17:30"))
    if spans and kind == "holiday":
        _refuse(number, _("放假日不能有工作时段"))
    return NoticeDay(on, kind, value.get("name", "")[:40] or on.isoformat(), format_spans(spans))


def _json_rows(text: str) -> Iterable[Mapping[str, Any]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("文件不是有效的 JSON"), field="file") from error
    rows = data.get("days") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput(_("文件中没有 days 列表"), field="file")
    return rows


def _csv_rows(text: str) -> Iterable[Mapping[str, Any]]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    reader.fieldnames = [_HEADERS.get(h.strip(), h.strip()) for h in reader.fieldnames or []]
    if not {"date", "kind"} <= set(reader.fieldnames):
        raise InvalidInput(_("首行应为:日期,类型,名称,工作时段"), field="file")
    return [{k: v for k, v in row.items() if isinstance(k, str)} for row in reader]


def _refuse(number: int, what: str) -> NoReturn:
    raise InvalidInput(
        _("第 %(n)d 条：%(what)s") % {"n": number, "what": what}, field="file", data={"row": number}
    )
