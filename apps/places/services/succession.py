"""Merging, splitting and closing areas.

An area is never changed in place: it is closed on a day and successors take over, each
with rows in ``AreaSuccession``. What lies below moves along the same way, because its code
begins with its parent's. Records keep the area they had; ``selectors.area_prefixes`` finds
them from the successor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places import permissions
from apps.places.geometry import area_m2
from apps.places.models import Area, AreaLevel, AreaSuccession
from apps.places.services.areas import insert_areas, touch_map

# Two boundaries drawn by hand never meet exactly; this share of the area is forgiven.
TOLERATED_SHARE = 0.001
# Source: CJ/T 349-2010, numbers of merged and split communities begin at 601.
FIRST_SUCCESSOR_NUMBER = 601
# Square degrees, about 1 m². Less common ground is rounding: the one does not follow the other.
COMMON_GROUND = 1e-10


@dataclass(frozen=True)
class PartSpec:
    """One part of a split. code_part: None lets the next free number be taken."""

    name: str
    boundary: MultiPolygon
    code_part: str | None = None


@transaction.atomic
def merge_areas(
    actor: Any,
    *,
    area_ids: Sequence[int],
    name: str,
    on: date,
    code_part: str | None = None,
) -> Area:
    """Will close the areas on a day and open one that takes over all of them and their parts.

    All must be in force, of one level and with one parent. Locks them and everything below,
    ordered by id. The successor lies under the same parent.
    Raises: NotAllowed; NotFound; InvalidInput (fewer than two, mixed levels or parents, day
    not after the start); Refused (an area is closed already; the code part is taken).
    Source: CO-01.
    """
    permissions.require_manage_areas(actor)
    areas = _lock(area_ids, on)
    if len(areas) < 2 or len({(a.level_id, a.parent_id) for a in areas}) != 1:
        raise InvalidInput(_("请选择同一上级下至少两个同级区域"), field="area_ids")
    boundaries = [a.boundary for a in areas if a.boundary is not None]
    merged = union_of(boundaries) if len(boundaries) == len(areas) else None
    successor = _successor(areas[0], name, code_part, as_multi(merged), on)
    _close(areas, on)
    insert_areas([successor])
    _succeed([(area, successor) for area in areas], on)
    _move_below([(area, successor) for area in areas], on)
    told = audit.changes({"areas": _named(areas)}, {"areas": _named([successor])})
    _record(actor, "areas.merged", successor, on, area_ids=sorted(area_ids), **told)
    return successor


@transaction.atomic
def split_area(actor: Any, *, area_id: int, parts: Sequence[PartSpec], on: date) -> list[Area]:
    """Will close the area on a day and open its parts; each thing below goes to one part.

    The parts must cover the area without overlapping (0.1 % of the area is forgiven), and
    everything directly below must lie in one part: split below first where it does not.
    Locks the area and everything below.
    Raises: NotAllowed; NotFound; InvalidInput (field "parts"); Refused (closed; code taken).
    Source: CO-01.
    """
    permissions.require_manage_areas(actor)
    (area,) = _lock([area_id], on)
    _check_parts(area, parts)
    homes = _homes(area, parts, on)
    successors: list[Area] = []
    _close([area], on)
    for part in parts:
        successor = _successor(area, part.name, part.code_part, part.boundary, on)
        insert_areas([successor])
        successors.append(successor)
    _succeed([(area, successor) for successor in successors], on)
    for child, index in homes:
        _move_one(child, successors[index], on)
    told = audit.changes({"areas": _named([area])}, {"areas": _named(successors)})
    _record(actor, "area.split", area, on, successor_ids=[s.pk for s in successors], **told)
    return successors


def redraw_areas(
    *, parent: Area, area_ids: Sequence[int], parts: Sequence[PartSpec], on: date
) -> list[Area]:
    """Will close areas that hold nothing below them and open the parts under the same parent.

    For a deed that has asked for the right, checked the parts and records itself. A part
    follows every area whose ground it holds; its code may be one of theirs. Locks the areas.
    Raises: NotFound; InvalidInput (field "on"); Refused (closed already; the code is taken).
    """
    old = _lock(area_ids, on)
    like = old[0] if old else Area(level=_level_below(parent), parent=parent, source=parent.source)
    _close(old, on)
    made = []
    for part in parts:
        successor = _successor(like, part.name, part.code_part, part.boundary, on)
        insert_areas([successor])
        made.append(successor)
    pairs = [(a, b) for a in old for b in made if _common_ground(a, b) >= COMMON_GROUND]
    _succeed(pairs, on)
    touch_map()
    return made


@transaction.atomic
def close_area(actor: Any, *, area_id: int, on: date, successor_ids: Sequence[int] = ()) -> Area:
    """Will end an area on a day; ``successor_ids`` (in force) take over what it was.

    Raises: NotAllowed; NotFound; Refused (closed already; parts below are still in force).
    """
    permissions.require_manage_areas(actor)
    (area,) = _lock([area_id], on)
    if area.children.filter(valid_to__isnull=True).exists():
        raise Refused(_("“%(name)s”之下还有有效区域，请先处理下级") % {"name": area.name})
    successors = _lock(successor_ids, on)
    _close([area], on)
    _succeed([(area, successor) for successor in successors], on)
    _record(actor, "area.closed", area, on, successor_ids=list(successor_ids))
    return area


def _lock(area_ids: Sequence[int], on: date) -> list[Area]:
    areas = list(
        Area.objects.select_for_update(of=("self",))
        .select_related("level", "parent")
        .filter(pk__in=area_ids)
        .order_by("pk")
    )
    if len(areas) != len(set(area_ids)):
        raise NotFound(_("区域不存在"))
    for area in areas:
        if area.valid_to is not None:
            raise Refused(_("“%(name)s”已失效") % {"name": area.name}, code="area_closed")
        if on <= area.valid_from:
            raise InvalidInput(
                _("日期须晚于“%(name)s”的生效日期") % {"name": area.name}, field="on"
            )
    return areas


def _successor(
    old: Area, name: str, code_part: str | None, boundary: MultiPolygon | None, on: date
) -> Area:
    part = code_part or _free_part(old.parent, old)
    if len(part) != old.level.code_length or not part.isdigit():
        raise InvalidInput(
            _("本级代码应为 %(digits)d 位数字") % {"digits": old.level.code_length},
            field="code_part",
        )
    return Area(
        level=old.level,
        parent=old.parent,
        name=name,
        code_part=part,
        code=f"{old.parent.code if old.parent else ''}{part}",
        boundary=boundary,
        valid_from=on,
        source=old.source,
    )


def _free_part(parent: Area | None, like: Area) -> str:
    """Will give the next number never used under the parent, from 601 where digits allow."""
    digits = like.level.code_length
    used = set(
        Area.objects.filter(parent=parent, level=like.level).values_list("code_part", flat=True)
    )
    top: int = 10**digits
    start = FIRST_SUCCESSOR_NUMBER if digits >= 3 else 1
    for number in [*range(start, top), *range(1, start)]:
        part = str(number).zfill(digits)
        if part not in used:
            return part
    raise Refused(_("本级代码已用完"), code="area_codes_exhausted")


def _level_below(parent: Area) -> AreaLevel:
    return AreaLevel.objects.get(depth=parent.level.depth + 1)


def _common_ground(one: Area, other: Area) -> float:
    if one.boundary is None or other.boundary is None:
        return 0.0
    return float(one.boundary.intersection(other.boundary).area)


def _close(areas: Sequence[Area], on: date) -> None:
    for area in areas:
        area.valid_to = on
        area.save(update_fields=["valid_to"])


def _succeed(pairs: Sequence[tuple[Area, Area]], on: date) -> None:
    AreaSuccession.objects.bulk_create(
        AreaSuccession(predecessor=old, successor=new, on=on) for old, new in pairs
    )


def _move_below(pairs: Sequence[tuple[Area, Area]], on: date) -> None:
    for old, new in pairs:
        children = (
            Area.objects.select_for_update(of=("self",))
            .filter(parent=old, valid_to__isnull=True)
            .select_related("level")
            .order_by("pk")
        )
        for child in children:
            _move_one(child, new, on)


def _move_one(child: Area, parent: Area, on: date) -> None:
    """Will close the child and continue it, and all below it, under another parent."""
    taken = Area.objects.filter(parent=parent, code_part=child.code_part).exists()
    part = _free_part(parent, child) if taken else child.code_part
    copy = Area(
        level=child.level,
        parent=parent,
        name=child.name,
        code_part=part,
        code=f"{parent.code}{part}",
        boundary=child.boundary,
        valid_from=on,
        source=child.source,
    )
    _close([child], on)
    insert_areas([copy])
    _succeed([(child, copy)], on)
    _move_below([(child, copy)], on)


def _check_parts(area: Area, parts: Sequence[PartSpec]) -> None:
    if len(parts) < 2:
        raise InvalidInput(_("拆分至少需要两个部分"), field="parts")
    if area.boundary is None:
        raise Refused(_("“%(name)s”没有边界，不能拆分") % {"name": area.name})
    whole = area_m2(area.boundary)
    union = union_of([part.boundary for part in parts])
    overlap = sum(area_m2(part.boundary) for part in parts) - area_m2(union)
    missed = area_m2(union.sym_difference(area.boundary))
    if overlap > whole * TOLERATED_SHARE:
        raise InvalidInput(_("各部分的边界相互重叠"), field="parts")
    if missed > whole * TOLERATED_SHARE:
        raise InvalidInput(_("各部分合起来与原区域不一致"), field="parts")


def _homes(area: Area, parts: Sequence[PartSpec], on: date) -> list[tuple[Area, int]]:
    """Will say which part each direct child goes to."""
    homes = []
    children = (
        Area.objects.select_for_update(of=("self",))
        .filter(parent=area, valid_to__isnull=True)
        .select_related("level")
        .order_by("pk")
    )
    for child in children:
        if child.boundary is None:
            raise Refused(_("“%(name)s”没有边界，不能拆分") % {"name": child.name})
        size = area_m2(child.boundary)
        shares = [area_m2(child.boundary.intersection(p.boundary)) / size for p in parts]
        best = max(range(len(parts)), key=lambda index: shares[index])
        if shares[best] < 1 - 10 * TOLERATED_SHARE:
            raise InvalidInput(
                _("“%(name)s”跨越两个部分，请先拆分下级区域") % {"name": child.name}, field="parts"
            )
        homes.append((child, best))
    return homes


def union_of(shapes: Sequence[GEOSGeometry]) -> GEOSGeometry:
    """Will give the shapes as one."""
    whole = shapes[0]
    for shape in shapes[1:]:
        whole = whole.union(shape)
    return whole


def as_multi(shape: GEOSGeometry | None) -> MultiPolygon | None:
    """Will give a polygon or multipolygon as a multipolygon of the same SRID."""
    if shape is None or isinstance(shape, MultiPolygon):
        return shape
    return MultiPolygon(shape, srid=shape.srid)


def _named(areas: Sequence[Area]) -> dict[str, str]:
    return {area.code: area.name for area in areas}


def _record(actor: Any, action: str, area: Area, on: date, **data: Any) -> None:
    touch_map()
    audit.record(
        actor,
        action,
        object_type="area",
        object_id=area.pk,
        object_label=area.name,
        data={"on": on.isoformat(), **data},
    )
