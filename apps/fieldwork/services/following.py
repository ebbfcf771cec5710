"""When cells are drawn anew, whoever answered for the ground goes on answering for it."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from apps.audit.services import Actor
from apps.fieldwork.enums import DutyPart
from apps.fieldwork.models import CellDuty, PatrolPlan
from apps.fieldwork.services.workers import assign_cell, end_cell
from apps.places.models import Area

LEAST_SHARED = 1e-12  # square degrees; less is a common border


@transaction.atomic
def follow_cells(actor: Actor, *, old_ids: Sequence[int], new_ids: Sequence[int], on: date) -> int:
    """Will hand the duties of closed cells on to the cells that lie there now; gives how many.

    on: the first day of the new cells. The main worker of a new cell is whoever had most of its
    ground; a second one, whose cell was merged into it, becomes a deputy, so that nobody is
    left out in silence. Plans go over the new cells. Twice is harmless. Locks the duties.
    Raises: NotAllowed.
    """
    found = (
        CellDuty.objects.select_for_update(of=("self",))
        .filter(Q(to_on__isnull=True) | Q(to_on__gte=on), cell_id__in=old_ids, is_cancelled=False)
        .select_related("worker", "cell")
        .order_by("pk")
    )
    duties = list(found)
    for duty in duties:
        end_cell(actor, duty_id=duty.pk, last=on - timedelta(days=1))
    cells = list(Area.objects.filter(pk__in=new_ids, level__is_cell=True).order_by("code"))
    made = sum(_hand_on(actor, cell, duties, on) for cell in cells)
    for plan in PatrolPlan.objects.filter(cells__in=old_ids).distinct().order_by("pk"):
        gone = list(plan.cells.filter(pk__in=old_ids))
        plan.cells.add(*(cell for cell in cells if any(_shared(old, cell) for old in gone)))
        plan.cells.remove(*gone)
    return made


def _hand_on(actor: Actor, cell: Area, duties: Sequence[CellDuty], on: date) -> int:
    shares = {duty.pk: _shared(duty.cell, cell) for duty in duties}
    there = [duty for duty in duties if shares[duty.pk]]
    there.sort(key=lambda duty: (duty.part != DutyPart.MAIN, -shares[duty.pk], duty.pk))
    taken: set[int] = set()
    for duty in there:
        if duty.worker_id in taken:
            continue
        is_main = not taken and duty.part == DutyPart.MAIN
        assign_cell(
            actor,
            worker_id=duty.worker_id,
            cell=cell,
            from_on=max(on, duty.from_on),
            to_on=duty.to_on if duty.to_on and duty.to_on >= on else None,
            part=DutyPart.MAIN if is_main else DutyPart.DEPUTY,
        )
        taken.add(duty.worker_id)
    return len(taken)


def _shared(old: Area, new: Area) -> float:
    """How much ground both have, in square degrees; 0 for a common border."""
    if old.boundary is None or new.boundary is None:
        return 0.0
    shared = float(old.boundary.intersection(new.boundary).area)
    return shared if shared > LEAST_SHARED else 0.0
