"""Shifts, the week's plan, and swaps. Audited. Source: HL-09."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.callcentre import permissions
from apps.callcentre.enums import SwapState
from apps.callcentre.models import Agent, DeskShift, DutySlot, SwapRequest
from apps.callcentre.services.presence import lock_agent
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused

_SHIFT = ("name", "starts_at", "ends_at", "is_active")
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Copied:
    """How a week was copied: duties made, and those that would have clashed."""

    made: int
    clashed: int


@transaction.atomic
def save_shift(
    actor: Actor,
    *,
    tenant: Tenant,
    name: str,
    starts_at: time,
    ends_at: time,
    is_active: bool = True,
    shift_id: int | None = None,
) -> DeskShift:
    """Will write a shift, new or over the one given; duties already planned stay as they are.

    Raises: NotAllowed; NotFound; InvalidInput (fields "name", "ends_at").
    """
    _require(actor, tenant.pk)
    shift = DeskShift(tenant=tenant)
    if shift_id is not None:
        found = DeskShift.objects.select_for_update().filter(tenant=tenant, pk=shift_id).first()
        if found is None:
            raise NotFound(_("没有这个班次"))
        shift = found
    name = name.strip()
    same = DeskShift.objects.filter(tenant=tenant, name=name).exclude(pk=shift.pk)
    if not 1 <= len(name) <= 20 or same.exists():
        raise InvalidInput(_("请填写 20 字以内、未用过的名称"), field="name")
    if starts_at == ends_at:
        raise InvalidInput(_("上下班时间不能相同"), field="ends_at")
    before = audit.snapshot(shift, *_SHIFT)
    shift.name, shift.starts_at, shift.ends_at = name, starts_at, ends_at
    shift.is_active = is_active
    shift.save()
    after = audit.snapshot(shift, *_SHIFT)
    if before != after:
        audit.record(
            actor,
            "callcentre.shift_saved",
            object_type="desk_shift",
            object_id=shift.pk,
            object_label=name,
            data=audit.changes(before, after),
        )
    return shift


@transaction.atomic
def assign(actor: Actor, *, agent_id: int, shift_id: int, day: date) -> DutySlot:
    """Will plan an agent for a shift of a day; the same again changes nothing. Locks the agent.

    Raises: NotFound; NotAllowed; Refused (field "agent": the agent has other duty then).
    """
    agent = lock_agent(agent_id)
    _require(actor, agent.group.tenant_id)
    shift = DeskShift.objects.filter(
        pk=shift_id, tenant_id=agent.group.tenant_id, is_active=True
    ).first()
    if shift is None:
        raise NotFound(_("没有这个班次"))
    known = DutySlot.objects.filter(agent=agent, shift=shift, day=day).first()
    if known is not None:
        return known
    slot = _plan(agent, shift, day)
    if slot is None:
        raise Refused(_("%s 当时已有排班") % agent, field="agent")
    audit.record(actor, "callcentre.duty_planned", **_told(slot))
    return slot


@transaction.atomic
def unassign(actor: Actor, *, slot_id: int) -> None:
    """Will take a duty off the plan, with swaps asked for it; twice is harmless.

    Raises: NotFound (of another body); NotAllowed; Refused (it began already).
    """
    slot = (
        DutySlot.objects.select_for_update(of=("self",))
        .select_related("agent__group", "agent__user", "shift")
        .filter(pk=slot_id)
        .first()
    )
    if slot is None:
        return
    _require(actor, slot.agent.group.tenant_id)
    if slot.begins_at <= clock.now():
        raise Refused(_("已开始的班不能撤销"))
    told = _told(slot)
    slot.delete()
    audit.record(actor, "callcentre.duty_cancelled", **told)


@transaction.atomic
def copy_week(actor: Actor, *, tenant: Tenant, source: date, target: date) -> Copied:
    """Will plan a week as another was: same agents, same shifts, same days of the week.

    source, target: any day of the weeks. What is planned already stays; what would clash is
    left out and counted. Raises: NotAllowed; InvalidInput (field "target": the same week).
    """
    _require(actor, tenant.pk)
    source, target = monday_of(source), monday_of(target)
    if source == target:
        raise InvalidInput(_("不能复制到同一周"), field="target")
    slots = DutySlot.objects.select_related("agent__group", "shift").filter(
        agent__group__tenant=tenant,
        agent__is_active=True,
        shift__is_active=True,
        day__gte=source,
        day__lt=source + _WEEK,
    )
    made = clashed = 0
    for slot in slots.order_by("agent", "begins_at"):
        day = target + (slot.day - source)
        if DutySlot.objects.filter(agent=slot.agent, shift=slot.shift, day=day).exists():
            continue
        if _plan(slot.agent, slot.shift, day) is None:
            clashed += 1
        else:
            made += 1
    if made:
        audit.record(
            actor,
            "callcentre.week_copied",
            object_type="tenant",
            object_id=tenant.pk,
            object_label=str(target),
            data={"source": str(source), "made": made, "clashed": clashed},
        )
    return Copied(made, clashed)


@transaction.atomic
def ask_swap(actor: User, *, slot_id: int, to_id: int, reason: str) -> SwapRequest:
    """Will ask that a colleague sits instead of the actor.

    Raises: NotFound (not an own duty); InvalidInput (fields "to", "reason"); Refused (begun,
        asked already, or the colleague has other duty then).
    """
    slot = (
        DutySlot.objects.select_for_update(of=("self",))
        .select_related("agent__group", "agent__user", "shift")
        .filter(pk=slot_id, agent__user=actor)
        .first()
    )
    if slot is None:
        raise NotFound(_("没有这个班"))
    if slot.begins_at <= clock.now():
        raise Refused(_("已开始的班不能换"))
    reason = reason.strip()
    if not 2 <= len(reason) <= 200:
        raise InvalidInput(_("请填写 2 至 200 字的理由"), field="reason")
    colleague = _colleague(slot, to_id)
    if slot.swaps.filter(state=SwapState.PENDING).exists():
        raise Refused(_("这个班已有待审批的换班申请"))
    swap = SwapRequest.objects.create(
        slot=slot, to=colleague, reason=reason, asked_by=actor, asked_at=clock.now()
    )
    audit.record(actor, "callcentre.swap_asked", **_told(slot))
    return swap


@transaction.atomic
def rule_swap(actor: User, *, swap_id: int, agrees: bool) -> SwapRequest:
    """Will agree to a swap, and plan the colleague instead, or refuse it. Locks request and duty.

    Raises: NotFound; NotAllowed (no leader of the body, or the own request); Refused (ruled
        already, begun, or the colleague has other duty by now).
    """
    swap = (
        SwapRequest.objects.select_for_update(of=("self", "slot"))
        .select_related("slot__agent__group", "slot__agent__user", "slot__shift", "to__user")
        .filter(pk=swap_id)
        .first()
    )
    if swap is None:
        raise NotFound(_("没有这份换班申请"))
    permissions.require(actor, permissions.LEAD, swap.slot.agent.group.tenant_id)
    if actor.pk == swap.asked_by_id:
        raise NotAllowed(_("不能审批自己的申请"))
    if swap.state != SwapState.PENDING:
        raise Refused(_("这份申请已审批"))
    if agrees and swap.slot.begins_at <= clock.now():
        raise Refused(_("已开始的班不能换"))
    before = audit.snapshot(swap, "state") | audit.snapshot(swap.slot, "agent")
    if agrees:
        _colleague(swap.slot, swap.to_id)
        swap.slot.agent = swap.to
        swap.slot.save(update_fields=["agent"])
    swap.state = SwapState.APPROVED if agrees else SwapState.REJECTED
    swap.ruled_by, swap.ruled_at = actor, clock.now()
    swap.save(update_fields=["state", "ruled_by", "ruled_at"])
    after = audit.snapshot(swap, "state") | audit.snapshot(swap.slot, "agent")
    told = _told(swap.slot)
    told["data"] = audit.changes(before, after)
    audit.record(actor, "callcentre.swap_ruled", **told)
    return swap


def monday_of(day: date) -> date:
    """Will give the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def span_of_shift(shift: DeskShift, day: date) -> tuple[datetime, datetime]:
    """Will give the moments of a shift on a day, in the city's time."""
    zone = timezone.get_default_timezone()
    last = day + timedelta(days=1) if shift.ends_at <= shift.starts_at else day
    return (
        datetime.combine(day, shift.starts_at, tzinfo=zone),
        datetime.combine(last, shift.ends_at, tzinfo=zone),
    )


def _plan(agent: Agent, shift: DeskShift, day: date) -> DutySlot | None:
    begins_at, ends_at = span_of_shift(shift, day)
    try:
        with transaction.atomic():
            return DutySlot.objects.create(
                agent=agent, shift=shift, day=day, begins_at=begins_at, ends_at=ends_at
            )
    except IntegrityError:  # the exclusion constraint: other duty then
        return None


def _colleague(slot: DutySlot, to_id: int) -> Agent:
    found = (
        Agent.objects.select_related("user")
        .filter(pk=to_id, is_active=True, group__tenant_id=slot.agent.group.tenant_id)
        .exclude(pk=slot.agent_id)
        .first()
    )
    if found is None:
        raise InvalidInput(_("请选择本单位的另一位话务员"), field="to")
    busy = DutySlot.objects.filter(
        agent=found, begins_at__lt=slot.ends_at, ends_at__gt=slot.begins_at
    )
    if busy.exists():
        raise Refused(_("%s 当时已有排班") % found, field="to")
    return found


def _told(slot: DutySlot) -> dict[str, Any]:
    return {
        "object_type": "duty_slot",
        "object_id": slot.pk,
        "object_label": f"{slot.agent.number} {slot.day} {slot.shift.name}",
    }


def _require(actor: Actor, tenant_id: int) -> None:
    if isinstance(actor, User):
        permissions.require(actor, permissions.LEAD, tenant_id)
