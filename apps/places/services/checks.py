"""Runs of the check over the grid, kept with every fault they found."""

import time
from collections import Counter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.places import permissions
from apps.places.enums import FaultKind
from apps.places.models import Area, CellCheck, CellFault, Redrawing
from apps.places.services.succession import union_of
from apps.places.services.topology import Fault, find_faults

_OF_THE_GROUND = frozenset({FaultKind.GAP, FaultKind.SLIVER})


@transaction.atomic
def check_cells(actor: Any, *, area_id: int) -> CellCheck:
    """Will look for gaps, overlaps and the other faults in an area and all below it, and keep them.

    Some ten seconds for 10,000 cells. Changes no area.
    Raises: NotAllowed; NotFound; InvalidInput (field "area": a cell, or no boundary).
    Source: GR-01.
    """
    area = Area.objects.valid_on(clock.today()).select_related("level").filter(pk=area_id).first()
    if area is None:
        raise NotFound(_("区域不存在"))
    permissions.require_draw_in(actor, area)
    if area.level.is_cell or area.boundary is None:
        raise InvalidInput(_("请选择有边界的上级区域"), field="area")
    return run_check(actor, area)


def run_check(actor: Any, area: Area, redrawing: Redrawing | None = None) -> CellCheck:
    """Will check for a deed that has asked for the right; of a re-drawing only its own faults.

    A fault is its own if one of its cells has a part in it, or if it leaves open ground that
    one of the cells it retires held.
    """
    started = time.perf_counter()
    today = clock.today()
    looked_at, found = find_faults(area, on=today, redrawing=redrawing)
    if redrawing is not None:
        found = _own(redrawing, found)
    counts = Counter(fault.kind for fault in found)
    run = CellCheck.objects.create(
        area=area,
        redrawing=redrawing,
        on=today,
        area_count=looked_at,
        fault_count=len(found),
        counts=dict(sorted(counts.items())),
        seconds=round(time.perf_counter() - started, 2),
        actor_id=str(actor.pk or ""),
        actor_name=actor.display_name,
        made_at=clock.now(),
    )
    CellFault.objects.bulk_create([_row(run, fault) for fault in found], batch_size=1000)
    audit.record(
        actor,
        "cells.checked",
        object_type="cell_check",
        object_id=run.pk,
        object_label=area.name,
        data={"areas": looked_at, "faults": len(found), "counts": run.counts},
    )
    return run


def note_cells_export(actor: Any, *, area: Area, what: str) -> None:
    """Will note that cells or faults left as a file. what: the format, or "faults"."""
    audit.record(
        actor,
        "cells.exported",
        object_type="area",
        object_id=area.pk,
        object_label=area.name,
        data={"what": what},
    )


def _own(redrawing: Redrawing, found: list[Fault]) -> list[Fault]:
    held = [a.boundary for a in redrawing.retired.all() if a.boundary is not None]
    ground = union_of(held) if held else None

    def leaves_open(fault: Fault) -> bool:
        if ground is None or fault.geometry is None or fault.kind not in _OF_THE_GROUND:
            return False
        return bool(ground.intersection(fault.geometry).area > 0)

    return [fault for fault in found if fault.is_drawn or leaves_open(fault)]


def _row(run: CellCheck, fault: Fault) -> CellFault:
    return CellFault(
        check_run=run,
        kind=fault.kind,
        area_id=fault.area_id,
        other_id=fault.other_id,
        label=fault.label,
        other_label=fault.other_label,
        size_m2=fault.size_m2,
        width_m=fault.width_m,
        detail=fault.detail,
        geometry=fault.geometry,
    )
