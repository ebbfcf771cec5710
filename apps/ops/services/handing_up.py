"""Orders nobody took on, or mended, in time go to the next tier by rule (OP-18)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM, changes, snapshot
from apps.common import clock
from apps.common.errors import DomainError
from apps.matters.services import perform
from apps.ops.enums import HANDLING, SENT, Tier, Waiting
from apps.ops.models import HandUpRule, WorkOrder
from apps.ops.selectors import Choice, Need, choose_contract, limits_for
from apps.ops.services._shared import KEPT, lock_order, managers_of, note, tell

BATCH = 200
_WAITS_IN = {Waiting.RESPOND: (SENT,), Waiting.RESTORE: (SENT, HANDLING)}


def hand_up_due() -> int:
    """Will hand up every order a rule says so of now; gives how many. Safe to run twice.

    Each in a transaction of its own; one that may not move now (a request waits for its ruling)
    is looked at again the next time.
    """
    now, moved = clock.now(), 0
    for rule in HandUpRule.objects.filter(is_active=True).select_related("level"):
        for order_id in _due(rule, now):
            try:
                moved += hand_up(order_id, rule, now=now)
            except DomainError:
                continue
    return moved


def _due(rule: HandUpRule, now: datetime) -> list[int]:
    found = WorkOrder.objects.filter(
        case__tenant_id=rule.tenant_id,
        case__state__in=_WAITS_IN[Waiting(rule.waiting)],
        case__pending_request="",
        tier=rule.from_tier,
        closed_at__isnull=True,
        sent_at__lte=now - timedelta(minutes=rule.after_minutes),
    )
    if rule.level is not None:
        found = found.filter(level=rule.level)
    return list(found.order_by("sent_at").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def hand_up(order_id: int, rule: HandUpRule, *, now: datetime) -> bool:
    """Will give one order to the next tier if the rule still holds; tells whether it went.

    The clocks go on; a limit of the next contract counts from the report too. Managers are
    told, also where no contract of that tier covers the thing. Locks the case, then the order.
    """
    order = lock_order(order_id)
    waited = now - (order.sent_at or now) - timedelta(seconds=order.suspended_s)
    holds = (
        order.tier == rule.from_tier
        and order.case.state in _WAITS_IN[Waiting(rule.waiting)]
        and waited >= timedelta(minutes=rule.after_minutes)
    )
    if not holds:
        return False
    words = {
        "waiting": rule.get_waiting_display(), "minutes": rule.after_minutes,
        "from": rule.get_from_tier_display(), "to": rule.get_to_tier_display(),
    }  # fmt: skip
    why = _("派出%(minutes)d分钟%(waiting)s，由%(from)s升级到%(to)s") % words
    choice = _next(order, rule.to_tier, now)
    if choice is None:
        _tell(order, _("%s；没有该层级的合同承保，请人工改派") % why, key=f"stuck:{rule.pk}")
        return False
    before = snapshot(order, *KEPT)
    contract = choice.contract
    order.tier, order.contract, order.vendor = contract.tier, contract, contract.vendor
    order.because = f"{why}；{choice.because}"[:300]
    if contract.restore_amount is not None:
        order.restore_limit = limits_for(order.level, contract)[1]
    order.handed_up += 1
    order.save()
    note(SYSTEM, "work_order.handed_up", order, **changes(before, snapshot(order, *KEPT)))
    perform(
        SYSTEM, case_id=order.case_id, action="reassign",
        data={"unit": contract.vendor_id, "reason": why},
    )  # fmt: skip
    _tell(order, why, key=f"handed-up:{order.handed_up}")
    return True


def _next(order: WorkOrder, tier: str, now: datetime) -> Choice | None:
    area = order.asset.area if order.asset is not None else order.case.area
    need = Need(
        tenant_id=order.case.tenant_id, asset=order.asset, area=area, level=order.level,
        on=clock.today(),
    )  # fmt: skip
    return choose_contract(need, tier=Tier(tier), without=[order.contract_id or 0])


def _tell(order: WorkOrder, why: str, *, key: str) -> None:
    tell(
        managers_of(order.case.tenant_id, order.case.area), order, kind="overdue", key=key,
        title=_("工单升级：%s") % order.case.title, body=why,
    )  # fmt: skip
