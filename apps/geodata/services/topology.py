"""How the features of a layer lie to one another: overlaps and gaps, loose ends.

Judged in the database over the new version's spatial index, within the import's transaction.
"""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from apps.geodata.checking import Issue
from apps.geodata.enums import IssueKind, Severity
from apps.geodata.models import DatasetVersion
from apps.places.geometry import metric_srid

SLIVER_M2 = 1.0  # less is rounding
REACH_M = 5.0  # an end this near another line was meant to touch it
TOUCH_M = 0.01
MAX_FOUND = 1000
MAX_UNION = 50_000  # areas; a union of more takes longer than anybody waits

_OVERLAPS = """
    select a.row_number, b.row_number, m2, st_x(p), st_y(p)
    from geodata_importedfeature a
    join geodata_importedfeature b
      on b.version_id = a.version_id and b.id > a.id and a.geometry && b.geometry
     and st_relate(a.geometry, b.geometry, '2********'),
    lateral (select st_intersection(a.geometry, b.geometry) as shape) s,
    lateral (select st_area(st_transform(shape, %s)) as m2, st_pointonsurface(shape) as p) t
    where a.version_id = %s and st_dimension(a.geometry) = 2 and m2 > %s
    order by m2 desc limit %s
"""
_GAPS = """
    with whole as (
        select (st_dump(st_union(geometry))).geom as shape
        from geodata_importedfeature where version_id = %s and st_dimension(geometry) = 2
    ), holes as (
        select (st_dumprings(shape)).path[1] as ring, (st_dumprings(shape)).geom as hole from whole
    ), sized as (
        select st_area(st_transform(hole, %s)) as m2, st_pointonsurface(hole) as p
        from holes where ring > 0
    )
    select m2, st_x(p), st_y(p) from sized where m2 > %s order by m2 desc limit %s
"""
_LOOSE = """
    with ends as (
        select f.id, f.row_number, st_pointn(l.geom, n) as p
        from geodata_importedfeature f,
        lateral st_dump(f.geometry) l,
        lateral (values (1), (-1)) as e(n)
        where f.version_id = %s and st_dimension(f.geometry) = 1
    )
    select e.row_number, m, st_x(e.p), st_y(e.p)
    from ends e,
    lateral (
        select min(st_distance(st_transform(o.geometry, %s), st_transform(e.p, %s))) as m
        from geodata_importedfeature o
        where o.version_id = %s and o.id <> e.id
          and o.geometry && st_expand(e.p, %s) and st_dimension(o.geometry) = 1
    ) near
    where m > %s and m <= %s
    order by m desc limit %s
"""


def judge_topology(version: DatasetVersion, kind: str, *, strict: bool) -> list[Issue]:
    """Will list what does not fit together. kind: "coverage", "network" or "" for nothing."""
    severity = Severity.ERROR if strict else Severity.WARNING
    if kind == "coverage":
        return [*_overlaps(version, severity), *_gaps(version, severity)]
    return _loose_ends(version, severity) if kind == "network" else []


def _overlaps(version: DatasetVersion, severity: Severity) -> list[Issue]:
    found = _ask(_OVERLAPS, [metric_srid(), version.pk, SLIVER_M2, MAX_FOUND])
    return [
        Issue(
            one,
            IssueKind.OVERLAP,
            severity,
            _("与第 %(row)d 行重叠 %(size)s 平方米") % {"row": other, "size": f"{m2:.1f}"},
            "",
            (x, y),
        )
        for one, other, m2, x, y in found
    ]


def _gaps(version: DatasetVersion, severity: Severity) -> list[Issue]:
    if version.feature_count > MAX_UNION:
        return []
    found = _ask(_GAPS, [version.pk, metric_srid(), SLIVER_M2, MAX_FOUND])
    return [
        Issue(
            0,
            IssueKind.GAP,
            severity,
            _("有 %(size)s 平方米不属于任何面") % {"size": f"{m2:.1f}"},
            "",
            (x, y),
        )
        for m2, x, y in found
    ]


def _loose_ends(version: DatasetVersion, severity: Severity) -> list[Issue]:
    metric = metric_srid()
    degrees = REACH_M / 60_000  # more than enough at any latitude of the country
    found = _ask(
        _LOOSE,
        [version.pk, metric, metric, version.pk, degrees, TOUCH_M, REACH_M, MAX_FOUND],
    )
    return [
        Issue(
            row,
            IssueKind.DANGLE,
            severity,
            _("线的端点距最近的线 %(gap)s 米，未相接") % {"gap": f"{gap:.2f}"},
            "",
            (x, y),
        )
        for row, gap, x, y in found
    ]


def _ask(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
