"""Files of place names: looked at first, then written all or none.

A preview keeps the file with its stated coordinate system and tells what it would do, row by
row where something is wrong. Applying reads it again against the library of that moment.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.imports import ImportColumn, ImportRow, RowError, read_rows, text, whole_number
from apps.places import permissions
from apps.places.coordinates import Convert, converter, normal_name
from apps.places.enums import GazetteerKind, ImportState
from apps.places.geometry import distance_m
from apps.places.models import GazetteerEntry, GazetteerImport
from apps.places.selectors.areas import locate
from apps.places.selectors.gazetteer import entries_named
from apps.places.services.gazetteer import add_alias
from apps.places.services.library import (
    PARENTS,
    SAME_PLACE_M,
    NewEntry,
    add_entry,
    clean_aliases,
    clean_name,
    find_same,
)
from apps.places.text import address_key

#: Where the rows read so far put each name, by kind, name and parent.
Seen = dict[tuple[str, str, str], list[Point]]
SHOWN = 50  # errors told on the page; the sheet has them all
KEPT_ERRORS = 2_000

KIND, NAME, PARENT = gettext_lazy("类别"), gettext_lazy("名称"), gettext_lazy("所属地名")
NUMBER, ALIASES = gettext_lazy("号码"), gettext_lazy("别名")
LON, LAT, SOURCE = gettext_lazy("经度"), gettext_lazy("纬度"), gettext_lazy("来源")


@dataclass
class NamePlan:
    """What a file would do. known: rows that change nothing; taught: aliases to add."""

    new: list[tuple[int, NewEntry, str]] = field(default_factory=list)
    taught: list[tuple[int, str]] = field(default_factory=list)
    known: int = 0
    errors: list[RowError] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        return {
            "new": len(self.new),
            "taught": len(self.taught),
            "known": self.known,
            "error_count": len(self.errors),
            "errors": [asdict(error) for error in self.errors[:KEPT_ERRORS]],
            "names": [entry.name for _number, entry, _parent in self.new[:SHOWN]],
        }


@transaction.atomic
def preview_names(
    actor: Any, *, content: bytes, file_name: str, crs: str, source: str = ""
) -> GazetteerImport:
    """Will read a file of place names and keep it with a summary; changes no name.

    content: xlsx, or CSV in UTF-8 or GB 18030, with the columns 类别, 名称, 经度, 纬度 and,
    if needed, 所属地名, 号码, 别名 (separated by 、), 来源. crs: the stated coordinate system.
    Raises: NotAllowed; InvalidInput (fields "file", "crs").
    Source: GE-05.
    """
    permissions.require_manage_areas(actor)
    crs = normal_name(crs)
    plan = _plan(actor, content, crs)
    kept = GazetteerImport.objects.create(
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        crs=crs,
        source=(source or file_name)[-120:],
        summary=plan.summary(),
        actor_id=str(actor.pk or ""),
        actor_name=actor.display_name,
        created_at=clock.now(),
    )
    _record(actor, "gazetteer_import.previewed", kept)
    return kept


@transaction.atomic
def apply_names(actor: Any, *, import_id: int) -> GazetteerImport:
    """Will write a previewed file, all or nothing, and forget its content.

    Locks the import. Raises: NotAllowed; NotFound; Refused (applied already; the file has
    errors against the library as it is now).
    """
    permissions.require_manage_areas(actor)
    kept = GazetteerImport.objects.select_for_update().filter(pk=import_id).first()
    if kept is None:
        raise NotFound(_("导入记录不存在"))
    if kept.state == ImportState.APPLIED:
        raise Refused(_("这次导入已经写入"), code="import_applied")
    plan = _plan(actor, bytes(kept.content), kept.crs)
    if plan.errors:
        raise Refused(
            _("文件有 %(count)d 处错误，未写入任何地名") % {"count": len(plan.errors)},
            code="import_has_errors",
        )
    _write(actor, plan, kept.source)
    kept.summary = plan.summary()
    kept.state, kept.applied_at, kept.content = ImportState.APPLIED, clock.now(), b""
    kept.save(update_fields=["summary", "state", "applied_at", "content"])
    _record(actor, "gazetteer_import.applied", kept)
    return kept


def columns() -> list[ImportColumn]:
    """Will give the columns of a file of names, in the order of the export."""
    return [
        ImportColumn("kind", str(KIND), _kind, required=True),
        ImportColumn("name", str(NAME), text(60), required=True),
        ImportColumn("parent", str(PARENT), text(60)),
        ImportColumn("number", str(NUMBER), whole_number),
        ImportColumn("aliases", str(ALIASES), text(400)),
        ImportColumn("lon", str(LON), _number, required=True),
        ImportColumn("lat", str(LAT), _number, required=True),
        ImportColumn("source", str(SOURCE), text(120)),
    ]


def _plan(actor: Any, content: bytes, crs: str) -> NamePlan:
    parsed = read_rows(BytesIO(content), columns())
    plan = NamePlan(errors=list(parsed.errors))
    names = {_own_key(row) for row in parsed.rows}
    seen: Seen = {}
    to_degrees = converter(crs)
    for row in parsed.rows:
        try:
            _sort_row(actor, row, plan, names, seen, to_degrees)
        except DomainError as error:
            plan.errors.append(RowError(row.number, _header(error.field), str(error)))
    if not parsed.rows and not plan.errors:
        raise InvalidInput(_("文件中没有地名"), field="file")
    plan.errors.sort(key=lambda error: error.number)
    return plan


def _sort_row(
    actor: Any,
    row: ImportRow,
    plan: NamePlan,
    names: set[tuple[str, str]],
    seen: Seen,
    to_degrees: Convert,
) -> None:
    values = row.values
    name = clean_name(values["name"])
    aliases = clean_aliases(tuple((values["aliases"] or "").replace(",", "、").split("、")))
    point = _point(values, to_degrees)
    kind, parent_name = values["kind"], values["parent"] or ""
    twins = seen.setdefault((kind, address_key(name), address_key(parent_name)), [])
    if any(distance_m(twin, point) <= SAME_PLACE_M for twin in twins):
        raise InvalidInput(_("与本文件中前面的一行重复"), field="name")
    twins.append(point)
    parent_id = _parent_id(kind, parent_name, names, point)
    same = find_same(kind, address_key(name), parent_id, point)
    if same is not None:
        taught = [(same.pk, alias) for alias in aliases if not _knows(same, alias)]
        plan.taught += taught
        plan.known += not taught
        return
    new = NewEntry(kind, name, point, aliases, parent_id, values["number"], values["source"] or "")
    _would_be_refused(actor, new, parent_name)
    plan.new.append((row.number, new, parent_name))


def _would_be_refused(actor: Any, new: NewEntry, parent_name: str) -> None:
    if new.kind in PARENTS and not parent_name:
        raise InvalidInput(_("必填"), field="parent")
    if new.kind in PARENTS and new.house_number is None:
        raise InvalidInput(_("必填"), field="house_number")
    area = locate(new.point)
    if area is None:
        raise InvalidInput(_("该位置不在本市范围内"), field="point")
    if not permissions.can_keep_names_in(actor, area):
        raise InvalidInput(_("该位置不在您负责的区域内"), field="point")


def _parent_id(
    kind: str, parent_name: str, names: set[tuple[str, str]], point: Point
) -> int | None:
    """The parent in the library; None also where it is a row of the same file."""
    allowed = PARENTS.get(kind, ())
    if not parent_name:
        return None
    if not allowed:
        raise InvalidInput(_("这类地名没有上级"), field="parent")
    key = address_key(parent_name)
    if found := entries_named(parent_name, kinds=allowed, near=point):
        return found[0].pk
    if not any((parent_kind, key) in names for parent_kind in allowed):
        raise InvalidInput(
            _("所属地名“%(name)s”不在地名库和本文件中") % {"name": parent_name}, field="parent"
        )
    return None


def _write(actor: Any, plan: NamePlan, source: str) -> None:
    """Parents before what belongs to them: kinds that need none come first."""
    depth = dict.fromkeys(PARENTS, 1) | {GazetteerKind.BUILDING: 2, GazetteerKind.UNIT: 3}
    made: dict[tuple[str, str], int] = {}
    for _number, new, parent_name in sorted(
        plan.new, key=lambda row: (depth.get(GazetteerKind(row[1].kind), 0), row[0])
    ):
        parent_id = new.parent_id
        if parent_id is None and parent_name:
            parent_id = _made_parent(made, new.kind, parent_name)
        entry = add_entry(
            actor,
            new=NewEntry(
                new.kind,
                new.name,
                new.point,
                new.aliases,
                parent_id,
                new.house_number,
                new.source or source,
            ),
        )
        made[entry.kind, address_key(entry.name)] = entry.pk
    for entry_id, alias in plan.taught:
        add_alias(actor, entry_id=entry_id, alias=alias)


def _made_parent(made: dict[tuple[str, str], int], kind: str, name: str) -> int | None:
    key = address_key(name)
    return next((made[k, key] for k in PARENTS.get(kind, ()) if (k, key) in made), None)


def _own_key(row: ImportRow) -> tuple[str, str]:
    return row.values["kind"], address_key(row.values["name"])


def _knows(entry: GazetteerEntry, alias: str) -> bool:
    return address_key(alias) in entry.search_text.split(" ")


def _point(values: dict[str, Any], to_degrees: Convert) -> Point:
    lon, lat = to_degrees(values["lon"], values["lat"])
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise InvalidInput(_("经纬度无效"), field="point")
    return Point(lon, lat, srid=4326)


def _kind(cell: Any) -> str:
    said = str(cell).strip()
    for value, label in GazetteerKind.choices:
        if said in {value, str(label)} and value != GazetteerKind.AREA:
            return value
    raise ValueError(_("没有这种地名类别"))


def _number(cell: Any) -> float:
    try:
        number = float(cell)
    except (TypeError, ValueError) as error:
        raise ValueError(_("应为数字")) from error
    if number != number or abs(number) > 1e9:  # not a number, or no position of any system
        raise ValueError(_("应为数字"))
    return number


def _header(name: str | None) -> str:
    headers = {
        "name": NAME,
        "aliases": ALIASES,
        "parent": PARENT,
        "house_number": NUMBER,
        "point": LON,
    }
    return str(headers.get(name or "", ""))


def _record(actor: Any, action: str, kept: GazetteerImport) -> None:
    counts: Iterable[str] = ("new", "taught", "known", "error_count")
    audit.record(
        actor,
        action,
        object_type="gazetteer_import",
        object_id=kept.pk,
        object_label=kept.file_name,
        data={"sha256": kept.sha256, "crs": kept.crs}
        | {name: kept.summary[name] for name in counts},
    )
