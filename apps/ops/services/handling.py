"""What managers and repairers do with an order; each deed is one action of the engine.

The engine keeps right, state, clocks, history and notices; here stands what repairing adds: the
contract named at the confirmation, the repair with parts and pictures at the feedback.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import changes, snapshot
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.matters.services import NewFile, perform
from apps.ops import permissions
from apps.ops.enums import SENT, Cause, OrderState, Phase
from apps.ops.models import (
    FaultLevel,
    MaintenanceContract,
    Repair,
    RepairPart,
    RepairPhoto,
    WorkOrder,
)
from apps.ops.selectors import limits_for, usable_contracts, visible_orders
from apps.ops.services._shared import KEPT, note, seen_order

TEXT_MAX, PARTS_MAX, PHOTOS_MAX, MOST_AT_ONCE = 1000, 30, 9, 100
COST_MAX = Decimal(10_000_000)
_COMMA = re.compile(r"[,，\t]")
#: Deeds of the engine an order takes as they are, with the right they ask for.
PLAIN = frozenset(
    {
        "sign", "close", "redo", "void", "request_extension", "rule_extension",
        "request_suspension", "rule_suspension", "resume", "urge", "reply_order", "remark",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Confirmation:
    """How a manager confirms a report. level: its number; contract_id: of one in force."""

    level: int
    contract_id: int
    cause: str = Cause.UNKNOWN
    is_planned: bool = False
    note: str = ""


@transaction.atomic
def confirm_order(actor: User, *, order_id: int, said: Confirmation) -> WorkOrder:
    """Will confirm a reported fault and send it to the unit of a contract (工单确认).

    The clocks follow the limits of level and contract. Locks the case, then the order.
    Raises: NotFound; NotAllowed; Refused (confirmed already); InvalidInput (level, contract_id,
        cause, note).
    Source: OP-10, OP-18, OP-22.
    """
    order = seen_order(actor, order_id)
    permissions.require_manages(actor, order)
    if order.case.state != OrderState.REPORTED:
        raise Refused(_("该工单已确认过，请刷新页面"))
    contract = _contract(actor, order, said.contract_id)
    before = snapshot(order, *KEPT)
    _set(order, _level(said.level), contract, cause=said.cause)
    order.is_planned = said.is_planned
    order.save()
    note(actor, "work_order.confirmed", order, **changes(before, snapshot(order, *KEPT)))
    perform(
        actor,
        case_id=order.case_id,
        action="dispatch",
        data={
            "unit": contract.vendor_id, "limit_amount": 1, "limit_unit": "calendar_days",
            "instruction": said.note, "override_reason": order.because,
        },
    )  # fmt: skip
    return order


@transaction.atomic
def reassign_order(
    actor: User, *, order_id: int, contract_id: int, level: int, reason: str
) -> WorkOrder:
    """Will give an order to the unit of another contract; its clocks go on (改派).

    Raises: NotFound; NotAllowed; ActionNotPossible; InvalidInput (contract_id, level, reason).
    """
    order = seen_order(actor, order_id)
    permissions.require_manages(actor, order)
    if not reason.strip():
        raise InvalidInput(_("请填写改派理由"), field="reason")
    contract = _contract(actor, order, contract_id)
    before = snapshot(order, *KEPT)
    _set(order, _level(level), contract, cause=order.cause, because=reason)
    order.save()
    note(actor, "work_order.reassigned", order, **changes(before, snapshot(order, *KEPT)))
    perform(
        actor, case_id=order.case_id, action="reassign",
        data={"unit": contract.vendor_id, "reason": reason},
    )  # fmt: skip
    return order


def _contract(actor: User, order: WorkOrder, contract_id: int) -> MaintenanceContract:
    found = usable_contracts(actor, order.case.tenant_id).filter(pk=contract_id).first()
    if found is None:
        raise InvalidInput(_("请选择现行有效的维保合同"), field="contract_id")
    return found


def _level(number: int) -> FaultLevel:
    found = FaultLevel.objects.filter(number=number).first()
    if found is None:
        raise InvalidInput(_("没有这个故障等级"), field="level")
    return found


def _set(
    order: WorkOrder,
    level: FaultLevel,
    contract: MaintenanceContract,
    *,
    cause: str,
    because: str = "",
) -> None:
    if cause not in Cause.values:
        raise InvalidInput(_("请选择故障原因"), field="cause")
    if contract.pk != order.contract_id:
        order.because = (because or _("由管理员指定")).strip()[:300]
    order.level, order.contract, order.tier = level, contract, contract.tier
    order.vendor, order.cause = contract.vendor, cause
    order.respond_limit, order.restore_limit = limits_for(level, contract)


# --- Many at once -------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became of one order. error: empty when it was done."""

    order: WorkOrder
    error: str = ""


def confirm_many(actor: User, *, order_ids: Sequence[int]) -> list[Outcome]:
    """Will confirm each as the rule proposes; tells of each, one's trouble stops no other.

    Raises: InvalidInput (none, or more than 100).
    """
    if not 1 <= len(order_ids) <= MOST_AT_ONCE:
        raise InvalidInput(_("请选择1至%s张工单") % MOST_AT_ONCE, field="orders")
    done = []
    for order in visible_orders(actor).filter(pk__in=order_ids).order_by("pk"):
        try:
            if order.contract_id is None:
                raise Refused(_("没有合同承保该设备，请逐张确认"))
            said = Confirmation(
                order.level.number, order.contract_id, order.cause, order.is_planned
            )
            confirm_order(actor, order_id=order.pk, said=said)
        except DomainError as error:
            done.append(Outcome(order, str(error)))
        else:
            done.append(Outcome(order))
    return done


# --- Deeds as the engine knows them -----------------------------------------------------


@transaction.atomic
def do(
    actor: User, *, order_id: int, action: str, data: Mapping[str, Any], key: str | None = None
) -> WorkOrder:
    """Will do one plain action of the engine on an order the actor may see.

    Locks the case, then the order. Raises: NotFound; what ``matters.services.perform`` refuses.
    Source: OP-10, OP-11.
    """
    order = seen_order(actor, order_id)
    if action not in PLAIN:
        raise NotFound(_("没有这个操作"))
    perform(actor, case_id=order.case_id, action=action, data=data, key=key)
    order.refresh_from_db()
    return order


# --- The repair ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PartSpec:
    """A part used up. price: of one, yuan."""

    name: str
    quantity: Decimal
    price: Decimal = Decimal(0)


@dataclass(frozen=True)
class RepairSpec:
    """What the repairer did. from_at, to_at: aware; to_at is when it worked again.

    cost: of labour and all that is no part, yuan. before, after: stored pictures.
    """

    text: str
    cause: str
    from_at: datetime
    to_at: datetime
    cost: Decimal = Decimal(0)
    parts: Sequence[PartSpec] = field(default_factory=tuple)
    before: Sequence[StoredFile] = field(default_factory=tuple)
    after: Sequence[StoredFile] = field(default_factory=tuple)


@transaction.atomic
def feed_back(
    actor: User, *, order_id: int, said: RepairSpec, key: uuid.UUID | None = None
) -> Repair:
    """Will write down a repair and hand the order back to be confirmed (工单反馈).

    An order nobody has taken yet is taken by the actor with it. key: the phone's own; the same
    key of the same person gives the first repair again, whatever became of the order since.
    Locks the case, then the order.
    Raises: NotFound; NotAllowed; ActionNotPossible; InvalidInput (text, cause, from_at, to_at,
        cost, parts, before, after).
    Source: OP-10, GR-03 (offline).
    """
    order = seen_order(actor, order_id)
    if key is not None:
        there = Repair.objects.filter(person=actor, key=key).first()
        if there is not None:
            return there
    permissions.require_repairs(actor, order)
    _check(order, said)
    if order.case.state == SENT:
        perform(actor, case_id=order.case_id, action="sign", data={})
    unit = order.case.unit
    if unit is None:
        raise Refused(_("该工单还没有派给维修单位"))
    repair = Repair.objects.create(
        order=order,
        number=order.repairs.count() + 1,
        text=said.text.strip(),
        cause=said.cause,
        from_at=said.from_at,
        to_at=said.to_at,
        cost=said.cost,
        person=actor,
        unit=unit,
        made_at=clock.now(),
        key=key,
    )
    RepairPart.objects.bulk_create(
        RepairPart(repair=repair, name=p.name.strip(), quantity=p.quantity, price=p.price)
        for p in said.parts
    )
    for phase, files in ((Phase.BEFORE, said.before), (Phase.AFTER, said.after)):
        RepairPhoto.objects.bulk_create(
            [RepairPhoto(repair=repair, file=file, phase=phase) for file in files],
            ignore_conflicts=True,
        )
    perform(
        actor,
        case_id=order.case_id,
        action="feed_back",
        data={"resolution": "solved", "result": repair.text},
        files=[NewFile(f, _("修复后照片%s") % n) for n, f in enumerate(said.after, start=1)],
    )
    note(
        actor, "work_order.repaired", order, repair=repair.pk, cause=said.cause,
        parts=len(said.parts), cost=str(cost_of(repair)),
    )  # fmt: skip
    return repair


def read_parts(text: str) -> list[PartSpec]:
    """Will read parts as typed, one a line: name, quantity, price; the last two may be left out.

    Commas of both widths part them. Raises: InvalidInput (parts, naming the line).
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, *figures = (piece.strip() for piece in _COMMA.split(line))
        try:
            quantity, price = (Decimal(each) for each in [*figures, *("1", "0")[len(figures) :]])
        except (InvalidOperation, ValueError) as error:
            raise _not_understood(number) from error
        if not (quantity.is_finite() and price.is_finite()):
            raise _not_understood(number)
        found.append(PartSpec(name, quantity, price))
    return found


def _not_understood(number: int) -> InvalidInput:
    return InvalidInput(_("第%d行看不懂，应为：名称，数量，单价") % number, field="parts")


def cost_of(repair: Repair) -> Decimal:
    """Will give what a repair cost in all, yuan."""
    return sum((part.quantity * part.price for part in repair.parts.all()), repair.cost)


def _check(order: WorkOrder, said: RepairSpec) -> None:
    if not 1 <= len(said.text.strip()) <= TEXT_MAX:
        raise InvalidInput(_("请填写处理情况，不超过%d字") % TEXT_MAX, field="text")
    if said.cause not in Cause.values or not said.cause:
        raise InvalidInput(_("请选择故障原因"), field="cause")
    if said.to_at < said.from_at:
        raise InvalidInput(_("修复时间不能早于开始时间"), field="to_at")
    if said.to_at > clock.now():
        raise InvalidInput(_("修复时间不能晚于现在"), field="to_at")
    if said.to_at < order.reported_at and not order.is_planned:
        raise InvalidInput(_("修复时间不能早于上报时间"), field="to_at")
    if not 0 <= said.cost <= COST_MAX:
        raise InvalidInput(_("费用须在0至1000万元之间"), field="cost")
    if len(said.parts) > PARTS_MAX:
        raise InvalidInput(_("配件最多%d项") % PARTS_MAX, field="parts")
    for part in said.parts:
        if not part.name.strip() or not 0 < part.quantity <= 100_000:
            raise InvalidInput(_("请填写配件名称和数量"), field="parts")
        if not 0 <= part.price <= COST_MAX:
            raise InvalidInput(_("配件单价须在0至1000万元之间"), field="parts")
    for name in ("before", "after"):
        if len(getattr(said, name)) > PHOTOS_MAX:
            raise InvalidInput(_("每组照片最多%d张") % PHOTOS_MAX, field=name)
