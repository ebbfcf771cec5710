"""Checks, re-drawings and special grids; each keeper sees those of the own areas."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common import clock
from apps.common.errors import NotFound
from apps.places import permissions
from apps.places.enums import FaultKind
from apps.places.models import (
    Area,
    AreaLevel,
    CellCheck,
    CellFault,
    Redrawing,
    RedrawnCell,
    SpecialGrid,
)

#: Faults drawn on one map; the list holds them all.
MAPPED_MOST = 500
#: How the library of geometry words a broken outline, and how people say it.
_BROKEN = {
    "Ring Self-intersection": gettext_lazy("边界线自相接触"),
    "Self-intersection": gettext_lazy("边界线自相交叉"),
    "Hole lies outside shell": gettext_lazy("洞在边界之外"),
    "Nested holes": gettext_lazy("洞中有洞"),
    "Nested shells": gettext_lazy("同一区域的各块相互包含"),
    "Duplicate Rings": gettext_lazy("边界线重复"),
    "Interior is disconnected": gettext_lazy("区域内部不连通"),
    "Too few points": gettext_lazy("边界点过少"),
    "Invalid Coordinate": gettext_lazy("坐标无效"),
}


@dataclass(frozen=True)
class Storey:
    """A level as the standard has it today. digits: of a whole code. pattern: their parts."""

    level: AreaLevel
    digits: int
    pattern: str
    count: int
    bounded: int


def list_standard() -> list[Storey]:
    """Will give the levels, their codes and how many areas are in force, the widest first."""
    today = clock.today()
    in_force = Q(areas__valid_from__lte=today) & (
        Q(areas__valid_to__isnull=True) | Q(areas__valid_to__gt=today)
    )
    levels = AreaLevel.objects.annotate(
        held=Count("areas", filter=in_force),
        drawn=Count("areas", filter=in_force & Q(areas__boundary__isnull=False)),
    ).order_by("depth")
    found, lengths = [], []
    for level in levels:
        lengths.append(level.code_length)
        pattern = "+".join(str(length) for length in lengths)
        found.append(Storey(level, sum(lengths), pattern, level.held, level.drawn))
    return found


def list_checkable(viewer: Any) -> QuerySet[Area]:
    """Will list the areas in force above cells, with a boundary, that the viewer may check."""
    found = Area.objects.valid_on(clock.today()).filter(
        _within(viewer, "path"), level__is_cell=False, boundary__isnull=False
    )
    return found.select_related("level").defer("boundary").order_by("code")


def list_checks(viewer: Any) -> QuerySet[CellCheck]:
    """Will list the runs over areas of the viewer, the newest first; those of drafts not."""
    found = CellCheck.objects.filter(redrawing=None).select_related("area")
    return found.filter(_within(viewer, "area__path")).defer("area__boundary")


def get_check(viewer: Any, *, pk: int) -> CellCheck:
    """Raises: NotFound (no such run, or not of an area of the viewer)."""
    found = CellCheck.objects.filter(_within(viewer, "area__path"), pk=pk)
    run = found.select_related("area", "redrawing").first()
    if run is None:
        raise NotFound(_("没有这次核对"))
    return run


def newest_faults(viewer: Any) -> QuerySet[CellFault]:
    """Will list the faults of the newest run over each area of the viewer."""
    newest = list_checks(viewer).order_by("area_id", "-id").distinct("area_id")
    return CellFault.objects.filter(check_run__in=newest.values("pk"))


def count_faults(run: CellCheck) -> list[tuple[FaultKind, int]]:
    """Will give how many faults of every kind a run found, those found none of last."""
    counted = [(kind, int(run.counts.get(kind, 0))) for kind in FaultKind]
    return sorted(counted, key=lambda pair: pair[1] == 0)


def describe_fault(fault: CellFault) -> str:
    """Will say in one sentence what is wrong, with its measure."""
    size = "" if fault.size_m2 is None else f"{fault.size_m2:,.0f}"
    wide = "" if fault.width_m is None else f"{fault.width_m:,.1f}"
    told = {"a": fault.label, "b": fault.other_label, "m2": size, "m": wide}
    match fault.kind:
        case "overlap":
            return _("%(a)s 与 %(b)s 重叠 %(m2)s 平方米") % told
        case "gap":
            return _("%(a)s 内有 %(m2)s 平方米没有划入任何下级区域") % told
        case "outside":
            return _("%(a)s 超出 %(b)s %(m2)s 平方米") % told
        case "sliver":
            return _("%(a)s 有宽约 %(m)s 米、%(m2)s 平方米的狭长碎片") % told
        case "order":
            return _("%(a)s 的编号在 %(b)s 之后，位置却在其西侧或北侧") % told
        case "missing":
            return _("%(a)s 没有边界") % told
    cause = next((word for start, word in _BROKEN.items() if fault.detail.startswith(start)), "")
    return _("%(a)s 的边界图形无效：%(cause)s") % (told | {"cause": cause or fault.detail})


def list_redrawings(viewer: Any, *, state: str = "") -> QuerySet[Redrawing]:
    """Will list the re-drawings in areas of the viewer, the newest first."""
    found = Redrawing.objects.filter(_within(viewer, "area__path")).select_related("area")
    found = found.defer("area__boundary").order_by("-pk")
    return found.filter(state=state) if state else found


def get_redrawing(viewer: Any, *, pk: int) -> Redrawing:
    """Raises: NotFound (none such, or not in an area of the viewer)."""
    found = Redrawing.objects.filter(_within(viewer, "area__path"), pk=pk)
    redrawing = found.select_related("area__level").first()
    if redrawing is None:
        raise NotFound(_("没有这项网格调整"))
    return redrawing


def special_grid_at(point: Point, on: date | None = None) -> SpecialGrid | None:
    """Will give the special grid a point lies in, the smallest code first; None outside all.

    point: SRID 4326. on: the city's today if not given.
    """
    found = SpecialGrid.objects.valid_on(on or clock.today()).filter(boundary__covers=point)
    return found.select_related("community").order_by("code", "pk").first()


def list_special_grids(*, area: Area | None = None, kind: str = "") -> QuerySet[SpecialGrid]:
    """Will list the special grids in force of an area and below, by code."""
    found = SpecialGrid.objects.valid_on(clock.today()).select_related("community")
    if area is not None:
        found = found.filter(community__path__startswith=area.path)
    if kind:
        found = found.filter(kind=kind)
    return found.defer("community__boundary").order_by("code")


def get_special_grid(*, pk: int) -> SpecialGrid:
    """Raises: NotFound."""
    grid = SpecialGrid.objects.select_related("community").filter(pk=pk).first()
    if grid is None:
        raise NotFound(_("没有这个专属网格"))
    return grid


def draw_shapes(rows: Sequence[tuple[int, str, str, GEOSGeometry | None]]) -> dict[str, Any]:
    """Will give shapes as GeoJSON; each is id, label, kind, geometry of SRID 4326."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": pk,
                "properties": {"label": label, "kind": kind},
                "geometry": json.loads(shape.geojson),
            }
            for pk, label, kind, shape in rows
            if shape is not None
        ],
    }


def list_cells_on(area: Area, *, on: date | None = None, after: str = "") -> QuerySet[Area]:
    """Will list the cells an area had on a day (today if not given), by code, behind one."""
    found = Area.objects.valid_on(on or clock.today()).filter(
        path__startswith=area.path, level__is_cell=True, code__gt=after
    )
    return found.select_related("parent").defer("parent__boundary").order_by("code")


def special_collection_of(found: Iterable[SpecialGrid]) -> dict[str, Any]:
    """Will give special grids as GeoJSON for another system, without their contacts."""
    features = [
        {
            "type": "Feature",
            "id": grid.pk,
            "properties": {
                "code": grid.code,
                "name": grid.name,
                "kind": grid.kind,
                "community_code": grid.community.code,
                "valid_from": grid.valid_from.isoformat(),
            },
            "geometry": json.loads(grid.boundary.geojson),
        }
        for grid in found
    ]
    return {"type": "FeatureCollection", "features": features}


def collection_of(found: Iterable[Area]) -> dict[str, Any]:
    """Will give areas as GeoJSON for another system, with what each code is made of."""
    return {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "features": [
            {
                "type": "Feature",
                "id": area.pk,
                "properties": {
                    "code": area.code,
                    "name": area.name,
                    "parent_code": area.parent.code if area.parent else "",
                    "parent_name": area.parent.name if area.parent else "",
                    "valid_from": area.valid_from.isoformat(),
                    "source": area.source,
                },
                "geometry": json.loads(area.boundary.geojson) if area.boundary else None,
            }
            for area in found
        ],
    }


def shapes_of_redrawing(redrawing: Redrawing) -> list[tuple[int, str, str, GEOSGeometry | None]]:
    """Will give the cells that end and those that follow."""
    old = [(a.pk, a.name, "old", a.boundary) for a in redrawing.retired.order_by("code")]
    parts: QuerySet[RedrawnCell] = redrawing.parts.order_by("pk")
    return [*old, *((part.pk, part.name, "new", part.boundary) for part in parts)]


def _within(viewer: Any, field: str) -> Q:
    paths = permissions.drawn_paths(viewer)
    if paths is None:
        return Q()
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{field}__startswith": path})
    return found
