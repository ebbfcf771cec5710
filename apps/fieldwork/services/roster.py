"""Shifts and the roster made from them; leave with a deputy for the cells. Source: GR-02."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.audit import services as audit
from apps.audit.services import Actor, record_row
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.fieldwork import permissions
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.models import DutyDay, Shift, ShiftPlan, Worker
from apps.fieldwork.services.workers import lock_worker

#: How far ahead the roster is made.
AHEAD_DAYS = 28
_SHIFT = ("name", "weekdays", "starts_at", "ends_at", "is_active")


@dataclass(frozen=True)
class NewShift:
    """weekdays: 1 Monday to 7 Sunday. ends_at before starts_at: the next morning."""

    name: str
    weekdays: Sequence[int]
    starts_at: time
    ends_at: time
    is_active: bool = True


@transaction.atomic
def save_shift(
    actor: Actor, *, unit: Organization, new: NewShift, shift_id: int | None = None
) -> Shift:
    """Will enter or change a kind of working day; days already made keep their hours.

    Raises: NotFound; NotAllowed; InvalidInput (name, weekdays, ends_at).
    """
    area_path = unit.area.path if unit.area is not None else ""
    permissions.require(actor, permissions.LEAD, tenant_id=unit.tenant_id, area_path=area_path)
    shift = Shift(tenant=unit.tenant, unit=unit)
    if shift_id is not None:
        known = Shift.objects.select_for_update().filter(pk=shift_id, unit=unit).first()
        if known is None:
            raise NotFound(_("没有这个班次"))
        shift = known
    if not new.name.strip():
        raise InvalidInput(_("请填写班次名称"), field="name")
    if not new.weekdays or not set(new.weekdays) <= set(range(1, 8)):
        raise InvalidInput(_("请选择上班的星期"), field="weekdays")
    if new.starts_at == new.ends_at:
        raise InvalidInput(_("上下班时间不能相同"), field="ends_at")
    before = audit.snapshot(shift, *_SHIFT)
    shift.name, shift.weekdays = new.name.strip()[:40], sorted(set(new.weekdays))
    shift.starts_at, shift.ends_at, shift.is_active = new.starts_at, new.ends_at, new.is_active
    try:
        with transaction.atomic():
            shift.save()
    except IntegrityError as error:
        raise InvalidInput(_("该单位已有同名班次"), field="name") from error
    record_row(actor, "shift.saved", shift, **audit.changes(before, audit.snapshot(shift, *_SHIFT)))
    return shift


@transaction.atomic
def switch_shift(actor: Actor, *, shift_id: int) -> Shift:
    """Will stop offering a shift, or offer it again; days already made keep it.

    Raises: NotFound; NotAllowed.
    """
    found = Shift.objects.select_for_update(of=("self",)).select_related("unit__area")
    shift = found.filter(pk=shift_id).first()
    if shift is None:
        raise NotFound(_("没有这个班次"))
    area_path = shift.unit.area.path if shift.unit.area is not None else ""
    permissions.require(actor, permissions.LEAD, tenant_id=shift.tenant_id, area_path=area_path)
    before = audit.snapshot(shift, "is_active")
    shift.is_active = not shift.is_active
    shift.save(update_fields=["is_active"])
    changed = audit.changes(before, audit.snapshot(shift, "is_active"))
    record_row(actor, "shift.switched", shift, **changed)
    return shift


@transaction.atomic
def follow_shift(actor: Actor, *, worker_id: int, shift: Shift | None, from_on: date) -> Worker:
    """Will make a worker follow a shift from a day on, or none; the days ahead are made anew.

    Days somebody set by hand stay. Locks the worker.
    Raises: NotFound; NotAllowed; InvalidInput (shift of another body, from_on in the past).
    """
    worker = lock_worker(actor, worker_id)
    if from_on < clock.today():
        raise InvalidInput(_("起始日期不能早于今天"), field="from_on")
    if shift is not None and (shift.tenant_id != worker.tenant_id or not shift.is_active):
        raise InvalidInput(_("该班次不可用"), field="shift")
    before = worker.shift_plans.filter(Q(to_on__isnull=True) | Q(to_on__gte=from_on)).first()
    worker.shift_plans.filter(from_on__gte=from_on).delete()
    worker.shift_plans.filter(Q(to_on__isnull=True) | Q(to_on__gte=from_on)).update(
        to_on=from_on - timedelta(days=1)
    )
    if shift is not None:
        ShiftPlan.objects.create(worker=worker, shift=shift, from_on=from_on)
    worker.duty_days.filter(day__gte=from_on, is_manual=False).delete()
    make_roster([worker.pk], first=from_on)
    record_row(
        actor, "worker.shift_set", worker,
        before={"shift": before.shift_id if before else None},
        after={"shift": shift.pk if shift else None, "from_on": from_on.isoformat()},
    )  # fmt: skip
    return worker


@transaction.atomic
def set_duty_day(actor: Actor, *, worker_id: int, day: date, shift: Shift | None) -> DutyDay:
    """Will put a worker on a shift on one day, or give a rest day. Locks the worker.

    Raises: NotFound; NotAllowed; InvalidInput (shift of another body); Refused (a past day).
    """
    worker = lock_worker(actor, worker_id)
    if day < clock.today():
        raise Refused(_("过去的排班不能修改"))
    if shift is not None and shift.tenant_id != worker.tenant_id:
        raise InvalidInput(_("该班次不可用"), field="shift")
    known = DutyDay.objects.filter(worker=worker, day=day).first()
    made = known or DutyDay(worker=worker, day=day)
    before = audit.snapshot(made, "shift")
    made.shift, made.is_manual = shift, True
    made.starts_at, made.ends_at = hours_of(shift, day) if shift else (None, None)
    made.save()
    record_row(
        actor, "roster.day_set", worker, day=day.isoformat(),
        **audit.changes(before, audit.snapshot(made, "shift")),
    )  # fmt: skip
    return made


def make_roster(worker_ids: Collection[int] | None = None, *, first: date | None = None) -> int:
    """Will make the days ahead that are not there yet; gives how many. Safe to run twice."""
    begin, last = first or clock.today(), clock.today() + timedelta(days=AHEAD_DAYS)
    plans = ShiftPlan.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=begin),
        from_on__lte=last,
        worker__state=WorkerState.ACTIVE,
    ).select_related("shift")
    if worker_ids is not None:
        plans = plans.filter(worker__in=worker_ids)
    there = set(
        DutyDay.objects.filter(
            day__range=(begin, last), worker__in=plans.values("worker")
        ).values_list("worker_id", "day")
    )
    days = [
        _day_of(plan, day)
        for plan in plans.order_by("pk")
        for day in _days(max(begin, plan.from_on), min(last, plan.to_on or last))
        if (plan.worker_id, day) not in there
    ]
    DutyDay.objects.bulk_create(days, ignore_conflicts=True)
    return len(days)


def hours_of(shift: Shift, day: date) -> tuple[datetime, datetime]:
    """Will give when a shift begins and ends on a day, aware; the end may be the next morning."""
    ends_on = day if shift.ends_at > shift.starts_at else day + timedelta(days=1)
    begin = timezone.make_aware(datetime.combine(day, shift.starts_at))
    return begin, timezone.make_aware(datetime.combine(ends_on, shift.ends_at))


def _day_of(plan: ShiftPlan, day: date) -> DutyDay:
    if day.isoweekday() not in plan.shift.weekdays:
        return DutyDay(worker_id=plan.worker_id, day=day)
    begin, end = hours_of(plan.shift, day)
    return DutyDay(
        worker_id=plan.worker_id, day=day, shift=plan.shift, starts_at=begin, ends_at=end
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@transaction.atomic
def set_days(actor: Actor, *, changes: Sequence[tuple[int, date, Shift | None]]) -> int:
    """Will set many days of many workers, all or none, as ``set_duty_day``; gives how many.

    Raises: as there.
    """
    ordered = sorted(changes, key=lambda one: (one[0], one[1]))
    for worker_id, day, shift in ordered:
        set_duty_day(actor, worker_id=worker_id, day=day, shift=shift)
    return len(ordered)
