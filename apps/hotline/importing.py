"""Reports from a file, one register call per row (CO-05, HL-08).

A *mapping* says which column is what. It is JSON:

    source      name of the source; with ``id`` it makes a row's identity, so a second run of
                the same file doubles nothing
    encoding    "utf-8-sig" (default) or "gb18030"
    columns     {"id", "title", "text": column}, and optionally "address", "reporter_name",
                "reporter_phone", "lon", "lat"
    joined      {"title" | "text": [columns]}: several columns put together
    reported_at {"column", "format", "zone"}: when the citizen reported it, optional; "format"
                may be a list of which the first that fits counts
    classes     {"column", "map": {value: class code}}, optional
    channel     a ``matters.Channel`` code (default "import")
    nature      a ``hotline.Nature`` code (default "help")

Rows are read one by one, so a file of any length fits; each row is its own transaction, so a
run that was cut off is simply started again.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.phrases import series
from apps.hotline.enums import Nature
from apps.hotline.services import Intake, register_demand
from apps.matters.actors import CaseActor
from apps.matters.enums import Channel

TITLE_MAX = 120
REQUIRED = ("id", "title", "text")
OPTIONAL = ("address", "reporter_name", "reporter_phone", "lon", "lat")
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class Mapping:
    """Which column of a file is what; see the module for the JSON form."""

    source: str
    columns: dict[str, str]
    joined: dict[str, list[str]] = field(default_factory=dict)
    encoding: str = "utf-8-sig"
    reported_at: dict[str, Any] = field(default_factory=dict)
    classes: dict[str, Any] = field(default_factory=dict)
    channel: Channel = Channel.IMPORT
    nature: Nature = Nature.HELP

    @property
    def used_columns(self) -> set[str]:
        """Every column the mapping speaks of."""
        used = set(self.columns.values())
        for names in self.joined.values():
            used |= set(names)
        return used | {m["column"] for m in (self.reported_at, self.classes) if m}


@dataclass(frozen=True)
class Row:
    """One row as read. number: line of the file as a spreadsheet counts, header = 1."""

    number: int
    source_key: str
    intake: Intake | None
    reported_at: datetime | None = None
    error: str = ""
    field: str = ""


@dataclass
class Result:
    """How a run went."""

    registered: int = 0
    repeated: int = 0
    failed: list[Row] = field(default_factory=list)


def read_mapping(path: Path) -> Mapping:
    """Will read a mapping. Raises: InvalidInput (field "mapping")."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        mapping = Mapping(
            source=raw["source"],
            columns=dict(raw["columns"]),
            joined=dict(raw.get("joined", {})),
            encoding=raw.get("encoding", "utf-8-sig"),
            reported_at=dict(raw.get("reported_at", {})),
            classes=dict(raw.get("classes", {})),
            channel=Channel(raw.get("channel", Channel.IMPORT)),
            nature=Nature(raw.get("nature", Nature.HELP)),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            _("映射文件无法读取：%(why)s") % {"why": error}, field="mapping"
        ) from error
    unknown = set(mapping.columns) - {*REQUIRED, *OPTIONAL}
    missing = [n for n in REQUIRED if n not in mapping.columns and n not in mapping.joined]
    if unknown or missing:
        names = series([*sorted(unknown), *missing])
        raise InvalidInput(_("映射文件中的列有误：%s") % names, field="mapping")
    return mapping


def read_reports(file: TextIO, mapping: Mapping, *, start: int = 2) -> Iterator[Row]:
    """Will give the rows of a CSV file from line ``start`` on, each readable or with its error.

    Raises: InvalidInput (field "file": not CSV text, or a column of the mapping is missing).
    """
    try:
        reader = csv.DictReader(file)
        present = set(reader.fieldnames or [])
        missing = sorted(mapping.used_columns - present)
        if missing:
            raise InvalidInput(_("文件中缺少列：%s") % series(missing), field="file")
        for number, raw in enumerate(reader, start=2):
            if number >= start:
                yield _read(number, raw, mapping)
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInput(_("文件不是可读的 CSV：%s") % error, field="file") from error


def preview(file: TextIO, mapping: Mapping, *, count: int = 5) -> list[Row]:
    """Will read the first rows without registering anything."""
    return list(islice(read_reports(file, mapping), count))


def register_row(actor: CaseActor, *, tenant: Tenant, row: Row, result: Result) -> None:
    """Will register one row at the time it was reported and count what became of it."""
    if row.intake is None:
        result.failed.append(row)
        return
    try:
        with clock.at(row.reported_at or clock.now()):
            outcome = register_demand(actor, tenant=tenant, intake=row.intake)
    except DomainError as error:
        result.failed.append(
            Row(row.number, row.source_key, None, error=str(error), field=error.field or "")
        )
    else:
        result.repeated += outcome.repeated
        result.registered += not outcome.repeated


def _read(number: int, raw: dict[str, Any], mapping: Mapping) -> Row:
    def cell(name: str) -> str:
        if name in mapping.joined:
            parts = [(raw.get(c) or "").strip() for c in mapping.joined[name]]
            return "\n".join(p for p in parts if p)
        column = mapping.columns.get(name)
        return (raw.get(column) or "").strip() if column else ""

    identity = cell("id")
    key = f"import:{mapping.source}:{identity}"
    if not identity:
        return Row(number, key, None, error=_("没有编号"), field="id")
    if None in raw or None in raw.values():
        return Row(number, key, None, error=_("列数与表头不符"), field="row")
    try:
        lon, lat = _degrees(cell("lon"), "lon"), _degrees(cell("lat"), "lat")
        reported_at = _moment(raw, mapping)
    except InvalidInput as error:
        return Row(number, key, None, error=str(error), field=error.field or "")
    title = cell("title").splitlines()[0] if cell("title") else ""
    intake = Intake(
        title=title if len(title) <= TITLE_MAX else f"{title[: TITLE_MAX - 1]}…",
        text=cell("text"),
        channel=mapping.channel,
        nature=mapping.nature,
        reporter_name=cell("reporter_name"),
        reporter_phone=cell("reporter_phone"),
        lon=lon,
        lat=lat,
        address=cell("address"),
        class_code=_class_code(raw, mapping),
        source_key=key[:160],
    )
    return Row(number, key, intake, reported_at)


def _degrees(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(_("不是经纬度：%s") % text[:40], field=name) from None


def _moment(raw: dict[str, Any], mapping: Mapping) -> datetime | None:
    if not mapping.reported_at:
        return None
    text = (raw.get(mapping.reported_at["column"]) or "").strip()
    formats = mapping.reported_at["format"]
    zone = ZoneInfo(mapping.reported_at.get("zone", "Asia/Shanghai"))
    for wanted in [formats] if isinstance(formats, str) else formats:
        try:
            return datetime.strptime(text, wanted).replace(tzinfo=zone)
        except ValueError:
            continue
    raise InvalidInput(_("不是日期时间：%s") % text[:40], field="reported_at")


def _class_code(raw: dict[str, Any], mapping: Mapping) -> str:
    if not mapping.classes:
        return ""
    value = (raw.get(mapping.classes["column"]) or "").strip()
    code: str = mapping.classes["map"].get(value, mapping.classes.get("default", ""))
    return code
