"""What accounts may ask of field work when a grid worker leaves (AC-11).

Cells and patrols are not handed to a chosen colleague one by one: the cells end with the
worker, the board shows the gap, and leaders give them anew.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.registry import (
    Ending,
    OpenWork,
    WorkItem,
    register_ending,
    register_open_work,
    register_use,
)
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.fieldwork.enums import DutyPart, WorkerState
from apps.fieldwork.models import CellDuty, Worker
from apps.fieldwork.services.workers import assign_cell, end_cell, set_state


def register() -> None:
    """Will make known what a worker has in hand and what ends."""
    register_ending(Ending("fieldwork.worker", gettext_lazy("网格员资格"), 85, _retire, _active))
    register_open_work(
        OpenWork("fieldwork.cells", gettext_lazy("负责的网格"), _cells_of, _hand_over, _why_not)
    )
    register_use("fieldwork", _last_use)


def _active(user: User) -> int:
    return Worker.objects.filter(user=user).exclude(state=WorkerState.LEFT).count()


def _retire(actor: Actor, user: User) -> int:
    worker = Worker.objects.filter(user=user).exclude(state=WorkerState.LEFT).first()
    if worker is None:
        return 0
    set_state(SYSTEM, worker_id=worker.pk, state=WorkerState.LEFT)
    return 1


def _held(person: User) -> Sequence[CellDuty]:
    running = Q(to_on__isnull=True) | Q(to_on__gt=clock.today())
    duties = CellDuty.objects.filter(
        running, worker__user=person, part=DutyPart.MAIN, is_cancelled=False
    )
    return list(duties.select_related("cell__level", "worker").order_by("cell__code", "pk"))


def _cells_of(person: User) -> list[WorkItem]:
    return [
        WorkItem(
            key=duty.pk,
            label=duty.cell.name,
            unit_id=duty.worker.unit_id,
            url=f"/fieldwork/workers/{duty.worker_id}/",
        )
        for duty in _held(person)
    ]


def _why_not(colleague: User, item: WorkItem) -> str:
    taker = Worker.objects.filter(user=colleague, state=WorkerState.ACTIVE).first()
    return "" if taker is not None else _("只能移交给在岗网格员。")


def _hand_over(
    actor: Actor, person: User, to: User | None, keys: Collection[int], reason: str
) -> list[int]:
    """The cells end today; a colleague who takes them answers from tomorrow."""
    taker = Worker.objects.filter(user=to).first() if to is not None else None
    tomorrow, moved = clock.today() + timedelta(days=1), list[int]()
    for duty in _held(person):
        if duty.pk not in keys:
            continue
        until = duty.to_on
        end_cell(SYSTEM, duty_id=duty.pk, last=clock.today())
        if taker is not None:
            begin = max(tomorrow, duty.from_on)
            assign_cell(SYSTEM, worker_id=taker.pk, cell=duty.cell, from_on=begin, to_on=until)
        moved.append(duty.pk)
    return moved


def _last_use(user_ids: Collection[int]) -> Mapping[int, datetime]:
    rows = (
        AuditEntry.objects.filter(object_type__startswith="fieldwork.", actor_id__in=user_ids)
        .order_by()
        .values_list("actor_id")
        .annotate(last=Max("at"))
    )
    return {actor: last for actor, last in rows if actor is not None}
