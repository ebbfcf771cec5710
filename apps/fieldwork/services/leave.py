"""Asking for leave and being told yes or no; a deputy takes over the cells. Source: GR-02."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import Actor, record_row
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.fieldwork import permissions
from apps.fieldwork.enums import DutyPart, LeaveKind, LeaveState, WorkerState
from apps.fieldwork.models import CellDuty, Leave, Worker
from apps.fieldwork.services.plans import make_patrols
from apps.fieldwork.services.telling import leaders_of
from apps.notices import services as notices

LONGEST = timedelta(days=180)


@dataclass(frozen=True)
class NewLeave:
    """What is asked for: days, both included, and who takes over the cells."""

    kind: str
    from_on: date
    to_on: date
    reason: str = ""
    deputy: Worker | None = None


@transaction.atomic
def file_leave(actor: Actor, *, worker_id: int, new: NewLeave) -> Leave:
    """Will ask for leave, for oneself or by a leader for somebody; leaders are told.

    Locks the worker. Raises: NotFound; NotAllowed; InvalidInput (kind, from_on, to_on, deputy);
        Refused (another leave asked for or given overlaps).
    """
    worker = _lock(worker_id)
    if actor.pk != worker.user_id and not permissions.can_lead(actor, worker):
        raise NotAllowed(_("只能为本人或所管理的网格员请假"))
    if new.kind not in LeaveKind.values:
        raise InvalidInput(_("请选择请假类别"), field="kind")
    if new.from_on < clock.today():
        raise InvalidInput(_("起始日期不能早于今天"), field="from_on")
    if not new.from_on <= new.to_on <= new.from_on + LONGEST:
        raise InvalidInput(_("截止日期应不早于起始日期，且不超过 180 天"), field="to_on")
    if new.deputy is not None:
        _check_deputy(worker, new.deputy, new.from_on, new.to_on)
    try:
        with transaction.atomic():
            leave = Leave.objects.create(
                worker=worker,
                kind=new.kind,
                from_on=new.from_on,
                to_on=new.to_on,
                reason=new.reason.strip()[:200],
                deputy=new.deputy,
                filed_at=clock.now(),
                filed_by_id=actor.pk or 0,
            )
    except IntegrityError as error:
        raise Refused(_("与已有请假日期重叠"), code="leave_overlaps") from error
    record_row(actor, "leave.filed", leave, kind=leave.kind)
    notices.notify(
        recipients=[one for one in leaders_of(worker) if one.pk != actor.pk],
        kind="task",
        title=_("%(name)s申请请假") % {"name": worker.user.full_name},
        body=_("%(first)s 至 %(last)s") % {"first": leave.from_on, "last": leave.to_on},
        url="/fieldwork/leaves/",
        key=f"leave-filed:{leave.pk}",
    )
    return leave


@transaction.atomic
def rule_leave(
    actor: Actor,
    *,
    leave_id: int,
    is_approved: bool,
    note: str = "",
    deputy: Worker | None = None,
) -> Leave:
    """Will say yes or no to a leave; with yes the deputy takes over the cells for these days.

    deputy: instead of the one asked for. Patrols of today not begun go to whoever answers for
    the cells now. The worker is told. Locks the worker and the leave.
    Raises: NotFound; NotAllowed (one's own, filed by oneself, or outside one's areas); Refused
        (ruled already); InvalidInput (note missing with a no, deputy).
    """
    leave = _lock_leave(leave_id)
    if not permissions.can_rule(actor, leave):
        raise NotAllowed(_("不能审批本人提出或管理范围以外的请假"))
    if leave.state != LeaveState.FILED:
        raise Refused(_("该请假已处理"))
    if not is_approved and not note.strip():
        raise InvalidInput(_("请填写不批准的原因"), field="note")
    chosen = deputy or leave.deputy
    if is_approved and chosen is not None:
        _check_deputy(leave.worker, chosen, leave.from_on, leave.to_on)
        if isinstance(actor, User) and not permissions.can_lead(actor, chosen):
            raise NotAllowed(_("代管人不在您的管理范围内"))
    leave.state = LeaveState.APPROVED if is_approved else LeaveState.REFUSED
    leave.deputy, leave.ruling_note = chosen, note.strip()[:200]
    leave.ruled_by_id, leave.ruled_by_name = actor.pk, actor.display_name[:100]
    leave.ruled_at = clock.now()
    leave.save()
    if is_approved and chosen is not None:
        _hand_cells(actor, leave, chosen)
    if is_approved and leave.from_on <= clock.today():
        make_patrols(clock.today(), tenant_id=leave.worker.tenant_id)
    record_row(
        actor, "leave.ruled", leave,
        before={"state": LeaveState.FILED},
        after={"state": leave.state, "deputy": chosen.pk if chosen else None},
    )  # fmt: skip
    _tell_ruling(leave)
    return leave


@transaction.atomic
def withdraw_leave(actor: Actor, *, leave_id: int) -> Leave:
    """Will take back a leave that has not begun; the deputy's days are cancelled.

    By the worker or a leader. Locks the worker and the leave.
    Raises: NotFound; NotAllowed; Refused (begun, refused or taken back already).
    """
    leave = _lock_leave(leave_id)
    if actor.pk != leave.worker.user_id and not permissions.can_lead(actor, leave.worker):
        raise NotAllowed(_("只能撤回本人或所管理的网格员的请假"))
    is_open = leave.state in (LeaveState.FILED, LeaveState.APPROVED)
    if not is_open or (leave.state == LeaveState.APPROVED and leave.from_on <= clock.today()):
        raise Refused(_("该请假已开始或已处理，不能撤回"))
    before, leave.state = leave.state, LeaveState.WITHDRAWN
    leave.save(update_fields=["state"])
    CellDuty.objects.filter(leave=leave).update(is_cancelled=True)
    record_row(
        actor, "leave.withdrawn", leave, before={"state": before}, after={"state": leave.state}
    )
    return leave


def _check_deputy(worker: Worker, deputy: Worker, from_on: date, to_on: date) -> None:
    if deputy.pk == worker.pk:
        raise InvalidInput(_("代管人不能是本人"), field="deputy")
    if deputy.state != WorkerState.ACTIVE or deputy.tenant_id != worker.tenant_id:
        raise InvalidInput(_("代管人不在岗"), field="deputy")
    away = Leave.objects.filter(
        worker=deputy, state=LeaveState.APPROVED, from_on__lte=to_on, to_on__gte=from_on
    )
    if away.exists():
        raise InvalidInput(_("代管人在此期间也请假"), field="deputy")


def _hand_cells(actor: Actor, leave: Leave, deputy: Worker) -> None:
    held = CellDuty.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=leave.from_on),
        worker=leave.worker,
        part=DutyPart.MAIN,
        is_cancelled=False,
        from_on__lte=leave.to_on,
    ).order_by("pk")
    for duty in held:
        taken = CellDuty.objects.filter(
            Q(to_on__isnull=True) | Q(to_on__gte=leave.from_on),
            worker=deputy, cell=duty.cell_id, part=DutyPart.DEPUTY, is_cancelled=False,
            from_on__lte=leave.to_on,
        )  # fmt: skip
        if taken.exists():
            continue
        CellDuty.objects.create(
            worker=deputy,
            cell_id=duty.cell_id,
            part=DutyPart.DEPUTY,
            from_on=max(leave.from_on, duty.from_on),
            to_on=min(leave.to_on, duty.to_on or leave.to_on),
            leave=leave,
            made_by_name=actor.display_name[:100],
            made_at=clock.now(),
        )


def _tell_ruling(leave: Leave) -> None:
    words = _("已批准") if leave.state == LeaveState.APPROVED else _("未批准")
    recipients = [leave.worker.user]
    if leave.state == LeaveState.APPROVED and leave.deputy is not None:
        recipients.append(leave.deputy.user)
    notices.notify(
        recipients=recipients,
        kind="task",
        title=_("%(name)s的请假%(ruling)s")
        % {"name": leave.worker.user.full_name, "ruling": words},
        body=_("%(first)s 至 %(last)s") % {"first": leave.from_on, "last": leave.to_on},
        url="/fieldwork/leaves/",
        key=f"leave-ruled:{leave.pk}",
    )


def _lock(worker_id: int) -> Worker:
    found = Worker.objects.select_for_update(of=("self",)).select_related("user", "unit")
    worker = found.filter(pk=worker_id).first()
    if worker is None:
        raise NotFound(_("没有这名网格员，或您无权查看"))
    return worker


def _lock_leave(leave_id: int) -> Leave:
    known = Leave.objects.filter(pk=leave_id).values_list("worker_id", flat=True).first()
    if known is None:
        raise NotFound(_("没有这条请假"))
    _lock(known)
    found = Leave.objects.select_for_update(of=("self",))
    return found.select_related("worker__user", "worker__unit", "deputy__user").get(pk=leave_id)
