"""What is wrong with the areas below one area, asked of PostGIS in one go.

The areas in force on a day are copied into a temporary table with a spatial index; a
re-drawing's cells stand there in place of those they retire. Shapes are compared in degrees,
where an edge shared by two areas is the same line for both; only what is found is measured, in
the city's plane. (``ST_CoverageInvalidEdges`` needs PostGIS 3.4 with GEOS 3.12, newer than the
reference system has, and tells edges, not square metres.) Source: GR-01, CJ/T 213.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from apps.places.enums import FaultKind
from apps.places.geometry import WGS84, metric_srid
from apps.places.models import Area, Redrawing
from apps.places.services.succession import FIRST_SUCCESSOR_NUMBER

#: Below this two outlines differ by rounding.
LEAST_M2 = 1.0
#: The same in square degrees, rather less: asked before anything is measured, because a sliver of
#: no ground between one long edge and several short ones gets some where straight lines bend.
LEAST_DEGREES2 = 5e-11
#: A gap or overlap thinner than this is two drawings of one line.
SLIVER_M = 1.0
#: No cell is so thin on average.
THIN_CELL_M = 5.0


@dataclass(frozen=True)
class Fault:
    """One thing found. area_id, other_id: None for a cell not yet in force."""

    kind: str
    area_id: int | None
    label: str
    other_id: int | None = None
    other_label: str = ""
    size_m2: float | None = None
    width_m: float | None = None
    detail: str = ""
    geometry: GEOSGeometry | None = None
    is_drawn: bool = False


_TABLE = """
    DROP TABLE IF EXISTS checked_area;
    CREATE TEMPORARY TABLE checked_area (
        key bigint PRIMARY KEY, area_id bigint, parent_key bigint, depth int NOT NULL,
        is_cell boolean NOT NULL, is_inside boolean NOT NULL, part text NOT NULL,
        label text NOT NULL, raw geometry, shape geometry
    ) ON COMMIT DROP
"""
_FILL = """
    INSERT INTO checked_area
    SELECT a.id, a.id, a.parent_id, l.depth, l.is_cell, starts_with(a.path, %(path)s),
           a.code_part, left(a.code || ' ' || a.name, 140), a.boundary,
           CASE WHEN ST_IsValid(a.boundary) THEN a.boundary
                ELSE ST_CollectionExtract(ST_MakeValid(a.boundary), 3) END
    FROM places_area a JOIN places_arealevel l ON l.id = a.level_id
    WHERE a.valid_from <= %(on)s AND (a.valid_to IS NULL OR a.valid_to > %(on)s)
      AND a.id <> ALL(%(retired)s)
      AND (starts_with(a.path, %(path)s)
           OR (l.depth >= %(depth)s
               AND a.boundary && (SELECT boundary FROM places_area WHERE id = %(area)s)))
"""
_FILL_DRAWN = """
    INSERT INTO checked_area
    SELECT -p.id, NULL, r.area_id, l.depth, l.is_cell, true, p.code_part,
           left(trim(p.code_part || ' ' || p.name), 140), p.boundary,
           CASE WHEN ST_IsValid(p.boundary) THEN p.boundary
                ELSE ST_CollectionExtract(ST_MakeValid(p.boundary), 3) END
    FROM places_redrawncell p
    JOIN places_redrawing r ON r.id = p.redrawing_id
    JOIN places_arealevel l ON l.depth = %(depth)s + 1
    WHERE r.id = %(redrawing)s
"""
_INDEX = """
    CREATE INDEX ON checked_area USING gist (shape);
    CREATE INDEX ON checked_area (parent_key);
    ANALYZE checked_area
"""
# Each gives: kind, key, label, other key, other label, m2, width, detail, geometry.
_MEASURED = """
    , measured AS MATERIALIZED (
        SELECT *, ST_Area(plane) AS m2, 2 * ST_Area(plane) / NULLIF(ST_Perimeter(plane), 0) AS wide
        FROM (SELECT *, ST_Transform(piece, %(srid)s) AS plane FROM found
              WHERE ST_Area(piece) > %(least_degrees)s) transformed
    )
    SELECT CASE WHEN wide < %(sliver)s THEN 'sliver' ELSE %(kind)s END,
           key, label, other_key, other_label, m2, wide, '', piece
    FROM measured WHERE m2 >= %(least)s ORDER BY label, other_label
"""
_OUTLINES = """
    SELECT CASE WHEN raw IS NULL THEN 'missing' ELSE 'invalid' END, key, label, NULL::bigint, '',
           NULL::float, NULL::float,
           CASE WHEN raw IS NULL THEN '' ELSE ST_IsValidReason(raw) END,
           CASE WHEN raw IS NULL THEN NULL ELSE (ST_IsValidDetail(raw)).location END
    FROM checked_area
    WHERE is_inside AND (raw IS NULL OR NOT ST_IsValid(raw))
    ORDER BY label
"""
_OUTSIDE = """
    WITH found AS (
        SELECT a.key, a.label, p.key AS other_key, p.label AS other_label,
               ST_CollectionExtract(ST_Difference(a.shape, p.shape), 3) AS piece
        FROM checked_area p JOIN checked_area a ON a.parent_key = p.key
        WHERE p.is_inside AND a.is_inside AND NOT ST_Covers(p.shape, a.shape)
    )
"""
_OVERLAPS = """
    WITH found AS (
        SELECT a.key, a.label, b.key AS other_key, b.label AS other_label,
               ST_CollectionExtract(ST_Intersection(a.shape, b.shape), 3) AS piece
        FROM checked_area a JOIN checked_area b
          ON a.depth = b.depth AND a.shape && b.shape AND a.key <> b.key
        WHERE a.is_inside AND (a.key < b.key OR NOT b.is_inside)
          AND ST_Relate(a.shape, b.shape, '2********')
    )
"""
_GAPS = """
    WITH covered AS (
        SELECT parent_key, ST_Union(shape) AS shape FROM checked_area
        WHERE is_inside AND shape IS NOT NULL GROUP BY parent_key
    ), found AS (
        SELECT p.key, p.label, NULL::bigint AS other_key, '' AS other_label,
               (ST_Dump(ST_CollectionExtract(ST_Difference(p.shape, c.shape), 3))).geom AS piece
        FROM covered c JOIN checked_area p ON p.key = c.parent_key
        WHERE p.is_inside AND p.shape IS NOT NULL
    )
"""
_THIN = """
    WITH measured AS MATERIALIZED (
        SELECT *, ST_Area(plane) AS m2, 2 * ST_Area(plane) / NULLIF(ST_Perimeter(plane), 0) AS wide
        FROM (SELECT *, ST_Transform(shape, %(srid)s) AS plane FROM checked_area
              WHERE is_inside AND is_cell AND shape IS NOT NULL) transformed
    )
    SELECT 'sliver', key, label, NULL::bigint, '', m2, wide, '', shape
    FROM measured WHERE wide < %(thin)s ORDER BY label
"""
# Numbers run from west to east within a row and from the northern row to the southern. Rows
# slant: the next cell may lie higher by half a cell to the east, and begins a row to the west if it
# lies lower by a quarter.
_ORDER = """
    WITH placed AS (
        SELECT key, label, shape, ST_X(ST_Centroid(shape)) AS x, ST_Y(ST_Centroid(shape)) AS y,
               ST_YMax(shape) - ST_YMin(shape) AS high,
               parent_key, part FROM checked_area
        WHERE is_inside AND is_cell AND shape IS NOT NULL AND NOT ST_IsEmpty(shape)
          AND part ~ '^[0-9]+$' AND part::int < %(first_successor)s
    ), paired AS (
        SELECT *, lag(key) OVER w AS before_key, lag(label) OVER w AS before_label,
               lag(x) OVER w AS before_x, lag(y) OVER w AS before_y,
               least(high, lag(high) OVER w) AS low
        FROM placed WINDOW w AS (PARTITION BY parent_key ORDER BY part::int)
    )
    SELECT 'order', key, label, before_key, before_label, NULL::float, NULL::float, '', shape
    FROM paired
    WHERE before_key IS NOT NULL
      AND y > before_y + CASE WHEN x < before_x THEN -low / 4 ELSE low / 2 END
    ORDER BY label
"""


def find_faults(
    area: Area, *, on: date, redrawing: Redrawing | None = None
) -> tuple[int, list[Fault]]:
    """Will give how many areas were looked at, and every fault of the area and all below it.

    redrawing: its cells stand in place of those they retire. Call it within a transaction.
    """
    retired = [] if redrawing is None else list(redrawing.retired.values_list("pk", flat=True))
    given: dict[str, Any] = {
        "path": area.path,
        "area": area.pk,
        "depth": area.level.depth,
        "on": on,
        "retired": retired,
        "srid": metric_srid(),
        "least": LEAST_M2,
        "least_degrees": LEAST_DEGREES2,
        "sliver": SLIVER_M,
        "thin": THIN_CELL_M,
        "first_successor": FIRST_SUCCESSOR_NUMBER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        cursor.execute(_FILL, given)
        if redrawing is not None:
            cursor.execute(_FILL_DRAWN, given | {"redrawing": redrawing.pk})
        cursor.execute(_INDEX)
        cursor.execute("SELECT count(*) FROM checked_area WHERE is_inside")
        looked_at = cursor.fetchone()[0]
        found = []
        for statement, kind in (
            (_OUTLINES, ""),
            (_OUTSIDE + _MEASURED, FaultKind.OUTSIDE),
            (_OVERLAPS + _MEASURED, FaultKind.OVERLAP),
            (_GAPS + _MEASURED, FaultKind.GAP),
            (_THIN, ""),
            (_ORDER, ""),
        ):
            cursor.execute(statement, given | {"kind": str(kind)})
            found += [_fault(row) for row in cursor.fetchall()]
    return looked_at, found


def _fault(row: tuple[Any, ...]) -> Fault:
    kind, key, label, other, other_label, size, wide, detail, shape = row
    return Fault(
        kind=kind,
        area_id=key if key > 0 else None,
        label=label,
        other_id=other if other and other > 0 else None,
        other_label=other_label,
        size_m2=None if size is None else round(size, 1),
        width_m=None if wide is None else round(wide, 2),
        detail=detail[:200],
        geometry=_shape(shape),
        is_drawn=key < 0 or bool(other and other < 0),
    )


def _shape(value: Any) -> GEOSGeometry | None:
    if value is None:
        return None
    shape = GEOSGeometry(value)
    shape.srid = WGS84
    return shape
