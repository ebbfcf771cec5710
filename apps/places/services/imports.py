"""Files of areas: looked at first, then written all or none.

A preview keeps the file with its stated coordinate system and what it would do; applying
reads it again against the areas of that moment, so a stale preview cannot slip through.
New codes become areas; a known code whose name or boundary differs is corrected in place
(the legal area is the same); merges and splits are deeds of ``succession``.
"""

import hashlib
import os
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction
from django.utils.translation import gettext as _
from shapely import STRtree

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.phrases import points
from apps.places import permissions
from apps.places.area_files import GCJ02_HINTS, AreaFile, AreaRow, RowError, read_areas
from apps.places.coordinates import (
    BD09,
    GCJ02,
    WGS84,
    converter,
    gcj02_to_wgs84,
    normal_name,
    wgs84_to_gcj02,
)
from apps.places.enums import FaultKind, ImportState
from apps.places.geometry import distance_m, point
from apps.places.models import Area, AreaImport, AreaLevel
from apps.places.services.areas import AreaSpec, code_lengths, register_areas, touch_map
from apps.places.services.succession import as_multi
from apps.places.services.topology import find_faults

SAME_BOUNDARY_SHARE = 1e-6  # of the area: rounding of the same outline written twice
_UNFIT = frozenset({FaultKind.INVALID, FaultKind.OVERLAP, FaultKind.OUTSIDE})
SHOWN = 50  # errors and overlaps listed in a preview; all are counted


@dataclass
class Plan:
    """What a file would do. Lengths in metres, areas in square metres."""

    new: list[AreaRow] = field(default_factory=list)
    changed: list[tuple[Area, AreaRow]] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    overlaps: list[dict[str, Any]] = field(default_factory=list)
    gap_m2: float | None = None

    def summary(self) -> dict[str, Any]:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "error_count": len(self.errors),
            "errors": [asdict(error) for error in self.errors[:SHOWN]],
            "warnings": self.warnings,
            "overlap_count": len(self.overlaps),
            "overlaps": self.overlaps[:SHOWN],
            "gap_m2": self.gap_m2,
            "names": [row.name for row in self.new[:SHOWN]],
        }


@transaction.atomic
def preview_import(
    actor: Any,
    *,
    content: bytes,
    file_name: str,
    crs: str,
    level: str,
    valid_from: date,
    source: str = "",
) -> AreaImport:
    """Will read a file of areas of one level and keep it with a summary; changes no area.

    crs: the stated coordinate system, EPSG number, GCJ-02 or BD-09; never guessed silently.
    The summary counts new, changed and unchanged areas, lists errors per row and field,
    overlaps, the gap to the parents, and warns when the coordinates look like another system.
    Raises: NotAllowed; InvalidInput (fields "file", "crs", "level").
    Source: CO-01.
    """
    permissions.require_manage_areas(actor)
    crs = normal_name(crs)
    storey = AreaLevel.objects.filter(code=level).first()
    if storey is None:
        raise InvalidInput(_("没有代码为“%(code)s”的层级") % {"code": level}, field="level")
    plan = _plan(content, file_name, crs, storey, valid_from)
    kept = AreaImport.objects.create(
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        crs=crs,
        level=storey,
        valid_from=valid_from,
        source=source or file_name[-120:],
        summary=plan.summary(),
        actor_id=str(actor.pk or ""),
        actor_name=actor.display_name,
        created_at=clock.now(),
    )
    _record(actor, "area_import.previewed", kept)
    return kept


@transaction.atomic
def apply_import(actor: Any, *, import_id: int) -> AreaImport:
    """Will write a previewed file, all or nothing, and forget its content.

    Locks the import and the areas it corrects.
    Of grid cells the check looks at what was written before it is kept: a cell that is broken,
    overlaps another or leaves its parent is refused. Gaps are not: cells may come file by file.
    Raises: NotAllowed; NotFound; Refused (applied already; the file has errors against the
    areas as they are now; cells do not fit, ``data["faults"]``).
    """
    permissions.require_manage_areas(actor)
    kept = AreaImport.objects.select_for_update().filter(pk=import_id).first()
    if kept is None:
        raise NotFound(_("导入记录不存在"))
    if kept.state == ImportState.APPLIED:
        raise Refused(_("这次导入已经写入"), code="import_applied")
    plan = _plan(bytes(kept.content), kept.file_name, kept.crs, kept.level, kept.valid_from)
    if plan.errors:
        raise Refused(
            _("文件有 %(count)d 处错误，未写入任何区域") % {"count": len(plan.errors)},
            code="import_has_errors",
            data={"errors": [asdict(error) for error in plan.errors[:SHOWN]]},
        )
    register_areas(
        actor,
        areas=[
            AreaSpec(kept.level.code, row.code, row.name, _to_geos(row), kept.source)
            for row in plan.new
        ],
        valid_from=kept.valid_from,
    )
    _correct(plan.changed, kept.source)
    if kept.level.is_cell:
        _require_fitting(kept, plan)
    kept.summary = plan.summary()
    kept.state, kept.applied_at, kept.content = ImportState.APPLIED, clock.now(), b""
    kept.save(update_fields=["summary", "state", "applied_at", "content"])
    touch_map()
    _record(actor, "area_import.applied", kept)
    return kept


def _require_fitting(kept: AreaImport, plan: Plan) -> None:
    """Raises: Refused (a cell of the file does not fit; nothing stays written)."""
    codes = [row.code for row in (*plan.new, *(row for _area, row in plan.changed))]
    written = list(
        Area.objects.filter(level=kept.level, valid_to=None, code__in=codes, boundary__isnull=False)
    )
    if not written:
        return
    shared = os.path.commonpath([area.path.rstrip("/").rpartition("/")[0] for area in written])
    above = Area.objects.select_related("level").get(pk=int(shared.rpartition("/")[2]))
    keys = {area.pk for area in written}
    _looked_at, found = find_faults(above, on=max(kept.valid_from, clock.today()))
    faults = [
        fault
        for fault in found
        if fault.kind in _UNFIT and ({fault.area_id, fault.other_id} & keys)
    ]
    if faults:
        told = [f"{FaultKind(f.kind).label} {f.label} {f.other_label}".strip() for f in faults]
        raise Refused(
            _("%(count)d 个网格的边界不合要求，未写入任何区域：%(faults)s")
            % {"count": len(faults), "faults": points(told[:10])},
            code="cells_do_not_fit",
            data={"faults": told[:SHOWN]},
        )


def _correct(changed: list[tuple[Area, AreaRow]], source: str) -> None:
    rows = {area.pk: row for area, row in changed}
    for area in Area.objects.select_for_update().filter(pk__in=rows).order_by("pk"):
        row = rows[area.pk]
        area.name = row.name
        area.source = source
        if row.boundary is not None:
            area.boundary = _to_geos(row)
            area.center = area.boundary.point_on_surface if area.boundary else None
        area.save(update_fields=["name", "source", "boundary", "center"])


def _plan(content: bytes, file_name: str, crs: str, level: AreaLevel, on: date) -> Plan:
    found = read_areas(content, file_name, converter(crs))
    lengths = code_lengths(AreaLevel.objects.all())
    rows = [_trimmed(row, lengths[level.depth]) for row in found.rows]
    plan = Plan(errors=list(found.errors))
    in_force = {a.code: a for a in Area.objects.valid_on(on).filter(level=level)}
    parents = {a.code: a for a in Area.objects.valid_on(on).filter(level__depth=level.depth - 1)}
    for row in rows:
        _sort_row(row, plan, level, lengths, in_force, parents)
    if found.has_geometry:
        shaped = [row for row in rows if row.boundary is not None]
        _check_topology(shaped, plan, lengths[level.depth - 1], parents)
        plan.warnings += _crs_warnings(shaped, found, file_name, crs, in_force)
    return plan


def _trimmed(row: AreaRow, digits: int) -> AreaRow:
    """GB/T 2260 fills the code of a city up to six digits with zeros: 370200 is 3702."""
    if len(row.code) > digits and not row.code[digits:].strip("0"):
        return AreaRow(row.line, row.code[:digits], row.name, row.boundary, row.raw)
    return row


def _sort_row(
    row: AreaRow,
    plan: Plan,
    level: AreaLevel,
    lengths: dict[int, int],
    in_force: dict[str, Area],
    parents: dict[str, Area],
) -> None:
    digits = lengths[level.depth]
    if len(row.code) != digits:
        message = _("代码 %(code)s 应为 %(digits)d 位") % {"code": row.code, "digits": digits}
        plan.errors.append(RowError(row.line, "code", message))
        return
    parent_code = row.code[: lengths[level.depth - 1]]
    if level.depth > 1 and parent_code not in parents:
        message = _("找不到代码为 %(code)s 的上级区域") % {"code": parent_code}
        plan.errors.append(RowError(row.line, "parent", message))
        return
    area = in_force.get(row.code)
    if area is None:
        plan.new.append(row)
    elif area.name == row.name and _same_boundary(area, row):
        plan.unchanged += 1
    else:
        plan.changed.append((area, row))


def _same_boundary(area: Area, row: AreaRow) -> bool:
    if row.boundary is None:
        return True
    if area.boundary is None:
        return False
    difference = shapely.from_wkb(bytes(area.boundary.wkb)).symmetric_difference(row.boundary)
    return bool(difference.area <= row.boundary.area * SAME_BOUNDARY_SHARE)


def _check_topology(
    rows: list[AreaRow], plan: Plan, parent_digits: int, parents: dict[str, Area]
) -> None:
    """Will list overlaps over 1 m² among the rows, and sum what the parents have uncovered."""
    if not rows:
        return
    shapes = [row.boundary for row in rows]
    tree = STRtree(shapes)
    for left, right in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if left >= right:
            continue
        size = _m2(shapes[left].intersection(shapes[right]))
        if size > 1:
            plan.overlaps.append(
                {"a": rows[left].name, "b": rows[right].name, "m2": round(size, 1)}
            )
    gap: float | None = None
    for code, parent in parents.items():
        mine = [r.boundary for r in rows if r.code[:parent_digits] == code]
        if mine and parent.boundary is not None:
            whole = shapely.from_wkb(bytes(parent.boundary.wkb))
            gap = (gap or 0) + _m2(whole.difference(shapely.union_all(mine)))
    plan.gap_m2 = None if gap is None else round(gap, 1)


def _m2(shape: Any) -> float:
    """Square metres of a small WGS 84 shape, right to a percent: enough to tell a sliver."""
    if shape.is_empty:
        return 0.0
    centre = shape.envelope.centroid
    here = point(centre.x, centre.y)
    degree_x = distance_m(here, point(centre.x + 0.01, centre.y)) * 100
    degree_y = distance_m(here, point(centre.x, centre.y + 0.01)) * 100
    return float(shape.area * degree_x * degree_y)


def _crs_warnings(
    rows: list[AreaRow], found: AreaFile, file_name: str, crs: str, in_force: dict[str, Area]
) -> list[str]:
    """Will compare with boundaries of the same codes, or else judge by the file's habits.

    A boundary compared with its own GCJ-02 shift moves 300-700 m in mainland China, and
    moves back when read as GCJ-02. Nothing is converted here: the person states the system.
    """
    known = [
        (row, in_force[row.code].boundary)
        for row in rows
        if row.code in in_force and in_force[row.code].boundary is not None
    ]
    if known:
        return _compared(known, crs)
    named = any(mark in file_name.lower() for mark in ("gcj", "amap", "gaode"))
    hinted = named or len(GCJ02_HINTS & found.property_names) > 1
    if hinted and rows and crs not in {GCJ02, BD09}:
        shifts = [_shift_m(*row.boundary.centroid.coords[0]) for row in rows if row.boundary]
        return [
            _(
                "文件的属性或名称与公开地图常用的 GCJ-02 数据相同，而所填坐标系是 %(crs)s。"
                "该处两者相差约 %(low)d–%(high)d 米；没有已有边界可供比对，"
                "请向数据提供方核实坐标系。"
            )
            % {"crs": crs, "low": min(shifts), "high": max(shifts)}
        ]
    return []


def _compared(known: list[tuple[AreaRow, Any]], crs: str) -> list[str]:
    as_stated = _mean_shift_m(known, lambda x, y: (x, y))
    if as_stated < 50:
        return []
    as_gcj02 = _mean_shift_m(known, gcj02_to_wgs84)
    if crs in {WGS84, "EPSG:4490"} and as_gcj02 < as_stated / 3:
        return [
            _(
                "坐标疑似 GCJ-02 而填成了 %(crs)s：与已有边界平均相差 %(shift)d 米，"
                "按 GCJ-02 换算后仅相差 %(rest)d 米。"
            )
            % {"crs": crs, "shift": as_stated, "rest": as_gcj02}
        ]
    back = _mean_shift_m(known, wgs84_to_gcj02)
    if crs == GCJ02 and back < as_stated / 3:
        return [
            _("坐标疑似 WGS 84 而填成了 GCJ-02：与已有边界平均相差 %(shift)d 米。")
            % {"shift": as_stated}
        ]
    return [_("与已有边界平均相差 %(shift)d 米，请核对坐标系与数据。") % {"shift": as_stated}]


def _mean_shift_m(known: list[tuple[AreaRow, Any]], convert: Any) -> float:
    total = 0.0
    for row, boundary in known:
        if row.boundary is None:
            continue
        centre = row.boundary.centroid
        there = boundary.centroid
        total += distance_m(point(*convert(centre.x, centre.y)), point(there.x, there.y))
    return total / len(known)


def _shift_m(lon: float, lat: float) -> float:
    return distance_m(point(lon, lat), point(*wgs84_to_gcj02(lon, lat)))


def _to_geos(row: AreaRow) -> MultiPolygon | None:
    if row.boundary is None:
        return None
    return as_multi(GEOSGeometry(memoryview(shapely.to_wkb(row.boundary)), srid=4326))


def _record(actor: Any, action: str, kept: AreaImport) -> None:
    audit.record(
        actor,
        action,
        object_type="area_import",
        object_id=kept.pk,
        object_label=kept.file_name,
        data={
            "sha256": kept.sha256,
            "crs": kept.crs,
            "level": kept.level.code,
            **{key: kept.summary[key] for key in ("new", "changed", "unchanged", "error_count")},
        },
    )
