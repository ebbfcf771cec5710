"""Re-drawing grid cells (网格调整): drawn by one, checked by another, applied on its day.

A draft says which cells end and what stands in their place from a day on; the check looks at it
as if it held already. Cells that end are closed and kept, ``AreaSuccession`` tells what
follows: a case keeps the cell of its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, LineString, MultiPolygon
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.common.phrases import series
from apps.places import permissions
from apps.places.enums import RedrawKind, RedrawState
from apps.places.models import Area, CellCheck, Redrawing, RedrawnCell
from apps.places.services import drawing
from apps.places.services.checks import run_check
from apps.places.services.succession import PartSpec, redraw_areas

#: Told to whoever keeps things by cell; payload: "old" and "new", keys of areas, and "on".
CELLS_REDRAWN = "places.cells_redrawn"
OPEN = (RedrawState.DRAFT, RedrawState.CHECKED)
CELLS_MAX = 20
REASON_MAX = 200
NAME_MAX = 80


@dataclass(frozen=True)
class Drawn:
    """One cell as it would be. code_part: "" takes the next free number."""

    name: str
    boundary: MultiPolygon
    code_part: str = ""


@transaction.atomic
def draft_split(
    actor: Any, *, cell_id: int, line: LineString, names: Sequence[str] = (), on: date, reason: str
) -> Redrawing:
    """Will draft the parts of a cell on both sides of a line, the northern and western first.

    line: SRID 4326, from outside the cell to outside. names: of the parts, in that order; what
    is missing is the cell's name with a number.
    Raises: as ``draft_boundary``; InvalidInput (field "line").
    Source: GR-01.
    """
    (cell,) = _lock_cells(actor, [cell_id])
    shapes = drawing.cut(_boundary(cell), line)
    given = [*names, *[""] * len(shapes)]
    parts = [
        Drawn(given[n].strip() or f"{cell.name}-{n + 1}", shape) for n, shape in enumerate(shapes)
    ]
    return _draft(actor, RedrawKind.SPLIT, cell.parent, [cell], parts, on, reason)


@transaction.atomic
def draft_merge(
    actor: Any, *, cell_ids: Sequence[int], name: str, on: date, reason: str
) -> Redrawing:
    """Will draft one cell in place of several that touch. Raises: as ``draft_boundary``;
    InvalidInput (fields "cells", "name").
    """
    cells = _lock_cells(actor, cell_ids)
    if len(cells) < 2 or len({cell.parent_id for cell in cells}) != 1:
        raise InvalidInput(_("请选择同一上级下至少两个相邻网格"), field="cells")
    if not name.strip():
        raise InvalidInput(_("请填写新网格的名称"), field="name")
    whole = drawing.join([_boundary(cell) for cell in cells])
    parts = [Drawn(name.strip(), whole)]
    return _draft(actor, RedrawKind.MERGE, cells[0].parent, cells, parts, on, reason)


@transaction.atomic
def draft_boundary(
    actor: Any, *, cell_id: int, boundary: GEOSGeometry, on: date, reason: str
) -> Redrawing:
    """Will draft another outline of a cell; its neighbours follow, codes and names stay.

    boundary: SRID 4326, within the cell's parent but for a slip of the hand.
    Locks the cells under the same parent, ordered by id.
    Raises: NotAllowed (no right there); NotFound; InvalidInput (fields "boundary", "on" (in the
        past), "reason"); Refused (closed; somebody re-draws one of the cells already).
    """
    (cell,) = _lock_cells(actor, [cell_id])
    parent = cell.parent
    assert parent is not None  # a cell always lies in something
    frame = _boundary(parent)
    siblings = {a.pk: a for a in _lock_below(parent) if a.pk != cell.pk and a.boundary}
    shape, changed = drawing.pull(
        drawing.outline(boundary, within=frame),
        cell=_boundary(cell),
        neighbours={pk: _boundary(area) for pk, area in siblings.items()},
    )
    retired = [cell, *(siblings[pk] for pk in sorted(changed))]
    parts = [Drawn(cell.name, shape, cell.code_part)]
    parts += [
        Drawn(siblings[pk].name, changed[pk], siblings[pk].code_part) for pk in sorted(changed)
    ]
    return _draft(actor, RedrawKind.BOUNDARY, parent, retired, parts, on, reason)


@transaction.atomic
def draft_new(
    actor: Any, *, area_id: int, boundary: GEOSGeometry, name: str, on: date, reason: str
) -> Redrawing:
    """Will draft a cell on ground of an area that no cell holds yet.

    Raises: as ``draft_boundary``; InvalidInput (fields "area", "name").
    """
    area = (
        Area.objects.valid_on(clock.today())
        .select_for_update(of=("self",))
        .select_related("level")
        .filter(pk=area_id)
        .first()
    )
    if area is None:
        raise NotFound(_("区域不存在"))
    permissions.require_draw_in(actor, area)
    if not is_above_cells(area):
        raise InvalidInput(_("请选择网格的上级区域"), field="area")
    if not name.strip():
        raise InvalidInput(_("请填写新网格的名称"), field="name")
    parts = [Drawn(name.strip(), drawing.outline(boundary, within=_boundary(area)))]
    return _draft(actor, RedrawKind.NEW, area, [], parts, on, reason)


@transaction.atomic
def recheck_redrawing(actor: Any, *, redrawing_id: int) -> CellCheck:
    """Will check a re-drawing that waits against the areas as they are now.

    Raises: NotAllowed; NotFound; Refused (applied or dropped).
    """
    redrawing = _lock(actor, redrawing_id)
    _require_state(redrawing, *OPEN)
    return run_check(actor, redrawing.area, redrawing)


@transaction.atomic
def agree_redrawing(actor: Any, *, redrawing_id: int) -> Redrawing:
    """Will let a draft take force on its day; checked anew first, by somebody but its drafter.

    On the very day, or with a day gone by, it is applied at once.
    Raises: NotAllowed; NotFound; Refused (not a draft; a cell is closed; faults left).
    """
    redrawing = _lock(actor, redrawing_id)
    _require_state(redrawing, RedrawState.DRAFT)
    if redrawing.drafter_id == str(actor.pk or ""):
        raise NotAllowed(_("不能复核自己绘制的网格调整"))
    _require_faultless(actor, redrawing)
    redrawing.state = RedrawState.CHECKED
    redrawing.checker_id, redrawing.checker_name = str(actor.pk or ""), actor.display_name
    redrawing.checked_at = clock.now()
    redrawing.save(update_fields=["state", "checker_id", "checker_name", "checked_at"])
    _record(actor, "redrawing.agreed", redrawing)
    if redrawing.on <= clock.today():
        _apply(actor, redrawing)
    return redrawing


@transaction.atomic
def drop_redrawing(actor: Any, *, redrawing_id: int, note: str) -> Redrawing:
    """Will end a re-drawing that is not applied yet, and say why; its cells are free again.

    Raises: NotAllowed; NotFound; Refused (applied or dropped); InvalidInput (field "note").
    """
    redrawing = _lock(actor, redrawing_id)
    _require_state(redrawing, *OPEN)
    if not note.strip():
        raise InvalidInput(_("请填写撤销的原因"), field="note")
    redrawing.state, redrawing.note = RedrawState.DROPPED, note.strip()[:REASON_MAX]
    redrawing.save(update_fields=["state", "note"])
    _record(actor, "redrawing.dropped", redrawing, note=redrawing.note)
    return redrawing


def apply_due(actor: Any) -> int:
    """Will apply what was agreed for today or before, each by itself; gives how many.

    One that cannot be applied any more (a cell was closed meanwhile) is dropped with the reason.
    """
    due = Redrawing.objects.filter(state=RedrawState.CHECKED, on__lte=clock.today())
    return sum(_apply_one(actor, pk) for pk in due.order_by("pk").values_list("pk", flat=True))


def is_above_cells(area: Area) -> bool:
    """Will tell whether the areas directly below this one are grid cells."""
    levels = type(area.level).objects.filter(depth=area.level.depth + 1)
    return levels.filter(is_cell=True).exists()


def _apply_one(actor: Any, redrawing_id: int) -> bool:
    with transaction.atomic():
        redrawing = (
            Redrawing.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("area__level")
            .filter(pk=redrawing_id, state=RedrawState.CHECKED)
            .first()
        )
        if redrawing is None:
            return False
        try:
            with transaction.atomic():
                _require_faultless(actor, redrawing)
                _apply(actor, redrawing)
        except DomainError as error:
            redrawing.state, redrawing.note = RedrawState.DROPPED, str(error)[:REASON_MAX]
            redrawing.save(update_fields=["state", "note"])
            _record(actor, "redrawing.dropped", redrawing, note=redrawing.note)
            return False
    return True


def _apply(actor: Any, redrawing: Redrawing) -> None:
    today = clock.today()
    old = list(redrawing.retired.order_by("pk"))
    parts = list(redrawing.parts.order_by("pk"))
    made = redraw_areas(
        parent=redrawing.area,
        area_ids=[area.pk for area in old],
        parts=[PartSpec(p.name, p.boundary, p.code_part or None) for p in parts],
        on=today,
    )
    for part, area in zip(parts, made, strict=True):
        part.area = area
        part.save(update_fields=["area"])
    redrawing.state, redrawing.applied_on = RedrawState.APPLIED, today
    redrawing.save(update_fields=["state", "applied_on"])
    outbox.enqueue(
        CELLS_REDRAWN,
        key=str(redrawing.pk),
        payload={
            "old": [area.pk for area in old],
            "new": [area.pk for area in made],
            "on": today.isoformat(),
        },
    )
    told = audit.changes(
        {"cells": {area.code: area.name for area in old}},
        {"cells": {area.code: area.name for area in made}},
    )
    _record(actor, "redrawing.applied", redrawing, applied_on=today.isoformat(), **told)


def _draft(
    actor: Any,
    kind: RedrawKind,
    parent: Area | None,
    retired: Sequence[Area],
    parts: Sequence[Drawn],
    on: date,
    reason: str,
) -> Redrawing:
    assert parent is not None  # a cell always lies in something
    if on < clock.today():
        raise InvalidInput(_("生效日期不能早于今天"), field="on")
    if not reason.strip() or len(reason.strip()) > REASON_MAX:
        raise InvalidInput(_("请填写调整原因，不超过 200 字"), field="reason")
    for cell in retired:
        if on <= cell.valid_from:
            raise InvalidInput(
                _("日期须晚于“%(name)s”的生效日期") % {"name": cell.name}, field="on"
            )
    if any(len(part.name) > NAME_MAX for part in parts):
        raise InvalidInput(_("网格名称不能超过 80 个字"), field="name")
    _require_free(retired)
    redrawing = Redrawing.objects.create(
        area=parent,
        kind=kind,
        on=on,
        reason=reason.strip(),
        drafter_id=str(actor.pk or ""),
        drafter_name=actor.display_name,
        drafted_at=clock.now(),
    )
    redrawing.retired.set(retired)
    RedrawnCell.objects.bulk_create(
        RedrawnCell(
            redrawing=redrawing, name=part.name, code_part=part.code_part, boundary=part.boundary
        )
        for part in parts
    )
    _record(actor, "redrawing.drafted", redrawing, kind=str(kind), on=on.isoformat())
    run_check(actor, parent, redrawing)
    return redrawing


def _lock_cells(actor: Any, cell_ids: Sequence[int]) -> list[Area]:
    """Will lock cells in force that the actor may draw, ordered by id."""
    permissions.require_draw(actor)
    wanted = set(cell_ids)
    if len(wanted) > CELLS_MAX:
        raise InvalidInput(_("一次最多调整 %(n)d 个网格") % {"n": CELLS_MAX}, field="cells")
    cells = list(
        Area.objects.select_for_update(of=("self",))
        .select_related("level", "parent__level")
        .filter(pk__in=wanted, level__is_cell=True)
        .order_by("pk")
    )
    if len(cells) != len(wanted):
        raise NotFound(_("网格不存在"))
    for cell in cells:
        permissions.require_draw_in(actor, cell)
        if cell.valid_to is not None:
            raise Refused(_("“%(name)s”已失效") % {"name": cell.name}, code="area_closed")
    return cells


def _lock_below(parent: Area) -> list[Area]:
    return list(
        Area.objects.select_for_update(of=("self",))
        .filter(parent=parent, valid_to__isnull=True)
        .order_by("pk")
    )


def _require_free(cells: Sequence[Area]) -> None:
    """The cells are locked, so two keepers who draw the same one come here in turn."""
    ids = [cell.pk for cell in cells]
    taken = Area.objects.filter(pk__in=ids, redrawings__state__in=OPEN).distinct()
    names = list(taken.values_list("name", flat=True))
    if names:
        raise Refused(
            _("“%(names)s”已在另一项未完成的网格调整中") % {"names": series(names)},
            code="cell_being_redrawn",
        )


def _require_faultless(actor: Any, redrawing: Redrawing) -> None:
    gone = redrawing.retired.filter(valid_to__isnull=False).values_list("name", flat=True)
    if gone:
        raise Refused(_("“%(name)s”已失效") % {"name": series(gone)}, code="area_closed")
    run: CellCheck = run_check(actor, redrawing.area, redrawing)
    if run.blocking_count:
        raise Refused(
            _("核对发现 %(n)d 处问题，不能生效") % {"n": run.blocking_count},
            code="redrawing_has_faults",
        )


def _lock(actor: Any, redrawing_id: int) -> Redrawing:
    permissions.require_draw(actor)
    redrawing = (
        Redrawing.objects.select_for_update(of=("self",))
        .select_related("area__level")
        .filter(pk=redrawing_id)
        .first()
    )
    if redrawing is None or not permissions.can_draw_in(actor, redrawing.area):
        raise NotFound(_("没有这项网格调整"))
    return redrawing


def _require_state(redrawing: Redrawing, *states: RedrawState) -> None:
    if redrawing.state not in states:
        raise Refused(
            _("这项网格调整%(state)s，不能再改") % {"state": redrawing.get_state_display()},
            code="redrawing_state",
        )


def _boundary(area: Area) -> MultiPolygon:
    if area.boundary is None:
        raise Refused(_("“%(name)s”没有边界") % {"name": area.name}, code="no_boundary")
    return area.boundary


def _record(actor: Any, action: str, redrawing: Redrawing, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="redrawing",
        object_id=redrawing.pk,
        object_label=str(redrawing),
        data=data,
    )
