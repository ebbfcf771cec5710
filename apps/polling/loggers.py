"""Files of readings as loggers write them, made into items of the intake, line by line.

CSV with a header ``node,at,field,value`` and, if told, ``unit``; or JSON lines with the same
names. A moment without zone is of the city's clock. Never unpacked, never held whole. No
database here. Source: IO-09.
"""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

COLUMNS = ("node", "at", "field", "value")
LONGEST_LINE = 16 * 1024
#: How archives begin: zip, gzip, bzip2, xz, 7z, zstd.
_ARCHIVES = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class LoggedValue:
    """One line. number: of the line, from 1. values as written; None where it cannot be read."""

    number: int
    node: str = ""
    at: Any = None
    field: str = ""
    value: Any = None
    unit: str | None = None
    is_readable: bool = True


@dataclass
class Batch:
    """Items for one call of the intake. lines: by place of the item, its values' lines."""

    items: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, int]] = field(default_factory=list)
    unreadable: list[LoggedValue] = field(default_factory=list)
    count: int = 0

    def line_of(self, index: int, code: str) -> int:
        """Will give the line a field of an item stood in; of an unnamed one the item's first."""
        lines = self.lines[index]
        return lines.get(code) or min(lines.values())


def batches(path: Path, *, most: int) -> Iterator[Batch]:
    """Will give the values of a file in batches of at most so many.

    Values of one device and moment become one item, where the second of a field begins another.
    Raises: InvalidInput (field "file": an archive, no text, or columns are missing).
    """
    batch, places = Batch(), dict[tuple[str, str], int]()
    for logged in _values(path):
        if batch.count >= most:
            yield batch
            batch, places = Batch(), {}
        batch.count += 1
        if not logged.is_readable:
            batch.unreadable.append(logged)
            continue
        key = (logged.node, str(logged.at))
        place = places.get(key)
        if place is None or logged.field in batch.items[place]["values"]:
            place = places[key] = len(batch.items)
            batch.items.append({"node": logged.node, "at": logged.at, "values": {}, "units": {}})
            batch.lines.append({})
        item = batch.items[place]
        item["values"][logged.field] = logged.value
        batch.lines[place][logged.field] = logged.number
        if logged.unit:
            item["units"][logged.field] = logged.unit
    if batch.count:
        yield batch


def plain_moment(told: Any) -> Any:
    """Will give a moment with its zone; what is no moment stays for the intake to refuse."""
    if not isinstance(told, str):
        return told
    try:
        at = datetime.fromisoformat(told.strip().replace("/", "-"))
    except ValueError:
        return told
    return (timezone.make_aware(at) if timezone.is_naive(at) else at).isoformat()


def plain_value(told: Any) -> Any:
    """Will give the number a text says, None for an empty one, else the text."""
    if not isinstance(told, str):
        return told
    text = told.strip()
    for kind in (int, float):
        try:
            return kind(text) if len(text) <= 40 else text
        except ValueError:
            continue
    return {"": None, "true": True, "false": False}.get(text.lower(), text)


def _values(path: Path) -> Iterator[LoggedValue]:
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = _bounded(file)
        first = next(lines, "")
        if first.lstrip().startswith("{"):
            yield from _of_json(first, lines)
        else:
            yield from _of_csv(first, lines)


def _bounded(file: Any) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise InvalidInput(_("有一行超过 %(n)d 个字符") % {"n": LONGEST_LINE}, field="file")
        if "\0" in line:
            raise InvalidInput(_("文件不是文本"), field="file")
        yield line


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(_ARCHIVES):
            raise InvalidInput(_("不收压缩文件，请先解压"), field="file", code="archive")
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(1024 * 1024):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def _of_csv(first: str, lines: Iterable[str]) -> Iterator[LoggedValue]:
    header = [name.strip().lower() for name in next(csv.reader([first]), [])]
    if missing := [name for name in COLUMNS if name not in header]:
        told = {"columns": "、".join(missing)}
        raise InvalidInput(_("缺少列：%(columns)s") % told, field="file")
    for number, line in enumerate(lines, start=2):
        if line.strip():
            cells = next(csv.reader([line]), [])
            row = dict(zip(header, cells, strict=False))
            yield _logged(number, row if len(cells) >= len(COLUMNS) else None)


def _of_json(first: str, lines: Iterable[str]) -> Iterator[LoggedValue]:
    for number, line in enumerate((one for part in ([first], lines) for one in part), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            told = None
        yield _logged(number, told if isinstance(told, dict) else None)


def _logged(number: int, row: dict[str, Any] | None) -> LoggedValue:
    node, code = (row.get(name) for name in ("node", "field")) if row else (None, None)
    if row is None or not isinstance(node, str) or not isinstance(code, str):
        return LoggedValue(number, is_readable=False)
    unit = row.get("unit")
    return LoggedValue(
        number,
        node.strip(),
        plain_moment(row.get("at")),
        code.strip(),
        plain_value(row.get("value")),
        unit.strip() if isinstance(unit, str) else None,
    )
