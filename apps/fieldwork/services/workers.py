"""Files of workers, and which cells are theirs. Source: GR-02."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.audit.services import Actor, record_row
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.fieldwork import permissions
from apps.fieldwork.enums import (
    DutyPart,
    SessionEnd,
    Skill,
    WorkerKind,
    WorkerState,
)
from apps.fieldwork.models import CellDuty, Worker
from apps.fieldwork.services.duty import end_for
from apps.fieldwork.services.plans import make_patrols
from apps.places.models import Area


@dataclass(frozen=True)
class NewWorker:
    """What the file of a worker says. skills: codes of ``Skill``."""

    user: User
    unit: Organization
    kind: str = WorkerKind.FULL_TIME
    phone: str = ""
    skills: Sequence[str] = ()
    since_on: date | None = None
    photo: StoredFile | None = None


_STATED = ("unit", "kind", "phone", "skills", "since_on", "photo")


@transaction.atomic
def save_worker(actor: Actor, *, new: NewWorker, worker_id: int | None = None) -> Worker:
    """Will enter or change the file of a worker; the person of a file never changes.

    Locks an existing one. Raises: NotFound; NotAllowed; InvalidInput (user: lacks the right to
        do field work in the unit, or has a file already; unit; kind; skills).
    """
    _require_unit(actor, new.unit)
    if worker_id is not None:
        worker = lock_worker(actor, worker_id)
    else:
        worker = Worker(tenant=new.unit.tenant, user=new.user, created_at=clock.now())
    _check(new, worker)
    before = audit.snapshot(worker, *_STATED)
    worker.unit, worker.area_path = new.unit, _path_of(new.unit)
    worker.kind, worker.phone = new.kind, new.phone.strip()[:30]
    worker.skills = sorted(set(new.skills))
    worker.since_on = new.since_on or worker.since_on or clock.today()
    worker.photo = new.photo or worker.photo
    try:
        with transaction.atomic():
            worker.save()
    except IntegrityError as error:
        raise InvalidInput(_("该人员已登记为网格员"), field="user") from error
    record_row(
        actor, "worker.saved", worker, **audit.changes(before, audit.snapshot(worker, *_STATED))
    )
    return worker


@transaction.atomic
def set_state(actor: Actor, *, worker_id: int, state: str) -> Worker:
    """Will pause somebody, take them back, or record that they left.

    Pausing and leaving end the running duty; leaving also ends their cells today; patrols
    of today not begun go to whoever answers for the cells now. Locks the worker.
    Raises: NotFound; NotAllowed; InvalidInput (state); Refused (it is so already).
    """
    worker = lock_worker(actor, worker_id)
    if state not in WorkerState.values:
        raise InvalidInput(_("没有这种状态"), field="state")
    if worker.state == state:
        raise Refused(_("该网格员已是此状态"))
    before = audit.snapshot(worker, "state")
    worker.state = state
    worker.save(update_fields=["state"])
    if state != WorkerState.ACTIVE:
        end_for(actor, worker=worker, by=SessionEnd.LEFT)
    if state == WorkerState.LEFT:
        for duty in worker.duties.select_for_update().filter(_still_to_come()).order_by("pk"):
            _close(actor, duty, last=clock.today())
        make_patrols(clock.today(), tenant_id=worker.tenant_id)
    record_row(
        actor, "worker.state_set", worker, **audit.changes(before, audit.snapshot(worker, "state"))
    )
    return worker


@transaction.atomic
def assign_cell(
    actor: Actor,
    *,
    worker_id: int,
    cell: Area,
    from_on: date,
    to_on: date | None = None,
    part: str = DutyPart.MAIN,
) -> CellDuty:
    """Will make a worker answer for a cell from a day on. Locks the worker.

    A cell has one main worker at a time: who held it is to be ended first. Two who assign one
    cell at once: the database lets one through.
    Raises: NotFound; NotAllowed (worker or cell outside the actor's areas); InvalidInput (cell,
        from_on, to_on, part); Refused (it has a main worker then, named; or twice the same).
    """
    worker = lock_worker(actor, worker_id)
    permissions.require(actor, permissions.LEAD, tenant_id=worker.tenant_id, area_path=cell.path)
    if not cell.level.is_cell:
        raise InvalidInput(_("请选择网格"), field="cell")
    if worker.state == WorkerState.LEFT:
        raise InvalidInput(_("该网格员已离岗"), field="worker")
    if part not in DutyPart.values:
        raise InvalidInput(_("没有这种责任"), field="part")
    if to_on is not None and to_on < from_on:
        raise InvalidInput(_("止期早于起期"), field="to_on")
    if part == DutyPart.MAIN and (holder := _holders(cell, from_on, to_on).first()):
        raise Refused(
            _("%(cell)s在该时段的责任网格员是%(name)s，请先结束其责任")
            % {"cell": cell.name, "name": holder.worker.user.full_name},
            code="cell_taken",
        )
    try:
        with transaction.atomic():
            duty = CellDuty.objects.create(
                worker=worker,
                cell=cell,
                part=part,
                from_on=from_on,
                to_on=to_on,
                made_by_name=actor.display_name[:100],
                made_at=clock.now(),
            )
    except IntegrityError as error:
        raise Refused(_("该网格在该时段已有安排"), code="cell_taken") from error
    until = to_on.isoformat() if to_on else None
    told = {"part": part, "from_on": from_on.isoformat(), "to_on": until}
    record_row(actor, "cell.assigned", duty, before={}, after=told)
    return duty


@transaction.atomic
def assign_cells(
    actor: Actor, *, worker_id: int, cells: Sequence[Area], from_on: date
) -> list[CellDuty]:
    """Will make a worker the main one of many cells at once; all or none. Locks the worker.

    One entry of the log names all of them.
    Raises: as ``assign_cell``.
    """
    worker = lock_worker(actor, worker_id)
    for cell in cells:
        permissions.require(
            actor, permissions.LEAD, tenant_id=worker.tenant_id, area_path=cell.path
        )
    if any(not cell.level.is_cell for cell in cells):
        raise InvalidInput(_("请选择网格"), field="cell")
    if worker.state == WorkerState.LEFT:
        raise InvalidInput(_("该网格员已离岗"), field="worker")
    moment = clock.now()
    rows = [
        CellDuty(
            worker=worker,
            cell=cell,
            part=DutyPart.MAIN,
            from_on=from_on,
            made_by_name=actor.display_name[:100],
            made_at=moment,
        )
        for cell in cells
    ]
    try:
        with transaction.atomic():
            made = CellDuty.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Refused(_("其中有网格在该时段已有责任网格员"), code="cell_taken") from error
    told = {"cells": [cell.code for cell in cells], "from_on": from_on.isoformat()}
    record_row(actor, "cells.assigned", worker, before={}, after=told)
    return made


@transaction.atomic
def end_cell(actor: Actor, *, duty_id: int, last: date) -> CellDuty:
    """Will end a duty with a day, which still counts; one not begun yet is cancelled.

    Locks the duty. Raises: NotFound; NotAllowed; Refused (ended earlier, or cancelled).
    """
    duty = (
        CellDuty.objects.select_for_update(of=("self",))
        .select_related("worker__user", "cell")
        .filter(pk=duty_id)
        .first()
    )
    if duty is None:
        raise NotFound(_("没有这条网格责任"))
    _require_lead(actor, duty.worker)
    if duty.is_cancelled or (duty.to_on is not None and duty.to_on <= last):
        raise Refused(_("该责任已结束"))
    _close(actor, duty, last=last)
    return duty


def lock_worker(actor: Actor, worker_id: int) -> Worker:
    """Will lock a worker the actor arranges. Raises: NotFound; NotAllowed."""
    found = Worker.objects.select_for_update(of=("self",)).select_related("user", "tenant", "unit")
    worker = found.filter(pk=worker_id).first()
    if worker is None:
        raise NotFound(_("没有这名网格员，或您无权查看"))
    _require_lead(actor, worker)
    return worker


def _require_lead(actor: Actor, worker: Worker) -> None:
    permissions.require(
        actor, permissions.LEAD, tenant_id=worker.tenant_id, area_path=worker.area_path
    )


def _require_unit(actor: Actor, unit: Organization) -> None:
    if unit.area is None:
        raise InvalidInput(_("所在单位没有责任区域"), field="unit")
    permissions.require(actor, permissions.LEAD, tenant_id=unit.tenant_id, area_path=_path_of(unit))


def _check(new: NewWorker, worker: Worker) -> None:
    if worker.user_id != new.user.pk:
        raise InvalidInput(_("不能把网格员档案改给他人"), field="user")
    if worker.tenant_id != new.unit.tenant_id:
        raise InvalidInput(_("所在单位不属于本级"), field="unit")
    if new.kind not in WorkerKind.values:
        raise InvalidInput(_("没有这种用工性质"), field="kind")
    if unknown := set(new.skills) - set(Skill.values):
        raise InvalidInput(
            _("没有这种技能：%(code)s") % {"code": sorted(unknown)[0]}, field="skills"
        )
    able = users_with_permission(permissions.WORK, organization=new.unit, include_below=True)
    if worker._state.adding and not able.filter(pk=new.user.pk).exists():
        raise InvalidInput(
            _("%(name)s在%(unit)s没有“网格员”岗位，请先在人员组织中授岗")
            % {"name": new.user.display_name, "unit": new.unit},
            field="user",
        )


def _path_of(unit: Organization) -> str:
    return unit.area.path if unit.area is not None else ""


def _holders(cell: Area, from_on: date, to_on: date | None) -> QuerySet[CellDuty]:
    found = CellDuty.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=from_on),
        cell=cell,
        part=DutyPart.MAIN,
        is_cancelled=False,
    ).select_related("worker__user")
    return found if to_on is None else found.filter(from_on__lte=to_on)


def _still_to_come() -> Q:
    return Q(is_cancelled=False) & (Q(to_on__isnull=True) | Q(to_on__gte=clock.today()))


def _close(actor: Actor, duty: CellDuty, *, last: date) -> None:
    before = audit.snapshot(duty, "to_on", "is_cancelled")
    if duty.from_on > last:
        duty.is_cancelled = True
    else:
        duty.to_on = last
    duty.save(update_fields=["to_on", "is_cancelled"])
    after = audit.snapshot(duty, "to_on", "is_cancelled")
    record_row(actor, "cell.ended", duty, **audit.changes(before, after))
