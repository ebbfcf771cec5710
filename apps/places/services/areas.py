"""Levels and new areas. Changing areas that exist is ``succession`` and ``imports``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib.gis.geos import MultiPolygon
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common.errors import InvalidInput, Refused
from apps.places import permissions
from apps.places.models import Area, AreaLevel, MapVersion


@dataclass(frozen=True)
class LevelSpec:
    """One storey: ``code_length`` digits are added to the parent's code."""

    code: str
    name: str
    code_length: int
    is_cell: bool = False


@dataclass(frozen=True)
class AreaSpec:
    """A new area by its whole code; the parent is found by the leading part of it.

    boundary: SRID 4326, or None when only code and name are known.
    """

    level: str
    code: str
    name: str
    boundary: MultiPolygon | None = None
    source: str = ""


@transaction.atomic
def define_levels(actor: Any, *, levels: Sequence[LevelSpec]) -> list[AreaLevel]:
    """Will set the storeys of the area tree, top first; a level with areas keeps its digits.

    Raises: NotAllowed; Refused (a level already used would change its code length or depth).
    """
    permissions.require_manage_areas(actor)
    before = _levels()
    defined = []
    for depth, spec in enumerate(levels, start=1):
        known = AreaLevel.objects.select_for_update().filter(code=spec.code).first()
        changed = known and (known.depth, known.code_length) != (depth, spec.code_length)
        if known and changed and known.areas.exists():
            raise Refused(
                _("层级“%(name)s”已有区域，不能改变层级或代码位数") % {"name": known.name}
            )
        defined.append(
            AreaLevel.objects.update_or_create(
                code=spec.code,
                defaults={
                    "name": spec.name,
                    "depth": depth,
                    "code_length": spec.code_length,
                    "is_cell": spec.is_cell,
                },
            )[0]
        )
    told = audit.document_changes(before, _levels())
    audit.record(actor, "area_levels.defined", data={"levels": [s.code for s in levels], **told})
    return defined


@transaction.atomic
def register_areas(actor: Any, *, areas: Iterable[AreaSpec], valid_from: date) -> list[Area]:
    """Will create areas of any levels in one go, parents first; all or none.

    Each code must have exactly the digits of its level, and its parent must be in force on
    ``valid_from`` or be among ``areas``. One insert per level and one audit entry.
    Raises: NotAllowed; InvalidInput (field "code" or "parent"); Refused (a code in use).
    Source: CO-01.
    """
    permissions.require_manage_areas(actor)
    levels = {level.code: level for level in AreaLevel.objects.all()}
    lengths = code_lengths(levels.values())
    parents: dict[str, Area] = {}
    made: list[Area] = []
    ordered = sorted(areas, key=lambda s: (levels[s.level].depth, s.code))
    for level_code, specs in groupby(ordered, key=lambda s: s.level):
        level = levels[level_code]
        batch = [
            _new_area(spec, level, lengths, _find_parent(spec, level, lengths, parents, valid_from))
            for spec in specs
        ]
        for area in batch:
            area.valid_from = valid_from
        insert_areas(batch)
        parents.update((area.code, area) for area in batch)
        made += batch
    touch_map()
    audit.record(
        actor, "areas.registered", data={"count": len(made), "valid_from": valid_from.isoformat()}
    )
    return made


def code_lengths(levels: Iterable[AreaLevel]) -> dict[int, int]:
    """Will give, by depth, how many digits a whole code has; depth 0 has none."""
    total, lengths = 0, {0: 0}
    for level in sorted(levels, key=lambda level: level.depth):
        total += level.code_length
        lengths[level.depth] = total
    return lengths


def insert_areas(areas: list[Area]) -> None:
    """Will insert areas whose ``parent`` is set, giving each its id, path and centre.

    Ids are drawn from the sequence first, because a path contains the area's own id.
    Raises: Refused (a code is in use in the same span of time).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('places_area', 'id')) "
            "from generate_series(1, %s)",
            [len(areas)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    for area, pk in zip(areas, ids, strict=True):
        area.pk = pk
        area.path = f"{area.parent.path if area.parent else '/'}{pk}/"
        if area.boundary is not None:
            area.center = area.boundary.point_on_surface
    try:
        with transaction.atomic():
            Area.objects.bulk_create(areas, batch_size=1000)
    except IntegrityError as error:
        if "area_code_once_at_a_time" not in str(error):
            raise
        raise Refused(
            _("有代码在同一时间段内已被使用，未写入任何区域"), code="area_code_in_use", field="code"
        ) from error


def touch_map() -> None:
    """Will raise the version of the map data, so that no cache shows the old map."""
    if not MapVersion.objects.filter(pk=1).update(version=F("version") + 1):
        MapVersion.objects.get_or_create(pk=1, defaults={"version": 1})


def _levels() -> dict[str, Any]:
    stated = ("name", "depth", "code_length", "is_cell")
    return {level.code: audit.snapshot(level, *stated) for level in AreaLevel.objects.all()}


def _new_area(
    spec: AreaSpec, level: AreaLevel, lengths: dict[int, int], parent: Area | None
) -> Area:
    if len(spec.code) != lengths[level.depth]:
        raise InvalidInput(
            _("代码 %(code)s 应为 %(digits)d 位")
            % {"code": spec.code, "digits": lengths[level.depth]},
            field="code",
        )
    return Area(
        level=level,
        parent=parent,
        name=spec.name,
        code=spec.code,
        code_part=spec.code[lengths[level.depth - 1] :],
        boundary=spec.boundary,
        source=spec.source,
    )


def _find_parent(
    spec: AreaSpec,
    level: AreaLevel,
    lengths: dict[int, int],
    known: dict[str, Area],
    day: date,
) -> Area | None:
    if level.depth == 1:
        return None
    code = spec.code[: lengths[level.depth - 1]]
    if code not in known:
        found = Area.objects.valid_on(day).filter(code=code).first()
        if found is None:
            raise InvalidInput(
                _("找不到代码为 %(code)s 的上级区域") % {"code": code}, field="parent"
            )
        known[code] = found
    return known[code]
