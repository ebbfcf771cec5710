"""What an event of a case means to its order. Called in the transaction that writes the event.

Whoever acts, on the pages of orders, on the case page, by REST or by a timer: the order's own
moments and figures are written here and nowhere else.
"""

from django.utils.translation import gettext as _

from apps.accounts.selectors import staff_of
from apps.clocks import selectors as clock_reads
from apps.common import outbox, rows
from apps.common.errors import Refused
from apps.matters.models import Case, CaseEvent
from apps.ops import registry
from apps.ops.enums import Phase
from apps.ops.models import Repair, WorkOrder
from apps.ops.permissions import REPAIR
from apps.ops.services._shared import managers_of, tell
from apps.ops.services.reporting import OWN_PREFIX, adopt_case

PROVE = "ops.prove"


def follow_event(case: Case, event: CaseEvent) -> None:
    """Will bring the order of a case up to an event. The case is locked."""
    rows.flush()
    if event.action == "open":
        if not (case.source_key or "").startswith(OWN_PREFIX):
            adopt_case(case, at=event.at, by_system=event.actor_id is None)
        return
    order = WorkOrder.objects.select_for_update(of=("self",)).filter(case_id=case.pk).first()
    if order is None:
        return
    order.case = case
    step = _STEPS.get(event.action)
    if step is not None:
        step(order, event)
        order.save()


def _sent(order: WorkOrder, event: CaseEvent) -> None:
    order.confirmed_at = order.confirmed_at or event.at
    order.sent_at, order.vendor = event.at, order.case.unit
    unit = order.case.unit
    if unit is not None:
        tell(
            staff_of(unit, REPAIR), order, kind="task", key=f"sent:{event.seq}",
            title=_("新工单：%s") % order.case.title,
            body=_("%(level)s，请及时接单。") % {"level": order.level},
        )  # fmt: skip


def _taken(order: WorkOrder, event: CaseEvent) -> None:
    if order.responded_at is None:
        order.responded_at = event.at
        order.respond_late = _is_late(order, "respond")


def _answered(order: WorkOrder, event: CaseEvent) -> None:
    tell(
        managers_of(order.case.tenant_id, order.case.area), order, kind="task",
        key=f"answered:{event.seq}", title=_("工单待反馈确认：%s") % order.case.title,
        body=event.public_text,
    )  # fmt: skip
    if order.fault_kind.proof:
        outbox.enqueue(PROVE, key=f"{order.pk}:{event.seq}", payload={"order": order.pk})


def _accepted(order: WorkOrder, event: CaseEvent) -> None:
    repair = _rule(order, event, accepted=True)
    order.closed_at = event.at
    order.restored_at = repair.to_at if repair is not None else event.at
    if repair is not None and repair.cause:
        order.cause = repair.cause
    order.restore_late = _is_late(order, "restore")
    _tell_reporter(order, event, _("工单已办结：%s"))


def _sent_back(order: WorkOrder, event: CaseEvent) -> None:
    _rule(order, event, accepted=False)
    order.rejected += 1
    order.sent_at = event.at


def _rejected(order: WorkOrder, event: CaseEvent) -> None:
    _resumed(order, event)
    order.closed_at = event.at
    _tell_reporter(order, event, _("工单被驳回：%s"))


def _asked(order: WorkOrder, event: CaseEvent) -> None:
    tell(
        managers_of(order.case.tenant_id, order.case.area), order, kind="request",
        key=f"asked:{event.seq}", title=f"{event.label}：{order.case.title}", body=event.note,
    )  # fmt: skip


def _ruled_extension(order: WorkOrder, event: CaseEvent) -> None:
    if event.data.get("decision") == "approve":
        order.extended += 1


def _ruled_suspension(order: WorkOrder, event: CaseEvent) -> None:
    if event.data.get("decision") == "approve":
        order.suspended_since = event.at


def _resumed(order: WorkOrder, event: CaseEvent) -> None:
    if order.suspended_since is not None:
        order.suspended_s += int((event.at - order.suspended_since).total_seconds())
        order.suspended_since = None


_STEPS = {
    "dispatch": _sent,
    "reassign": _sent,
    "sign": _taken,
    "feed_back": _answered,
    "close": _accepted,
    "redo": _sent_back,
    "void": _rejected,
    "request_extension": _asked,
    "request_suspension": _asked,
    "rule_extension": _ruled_extension,
    "rule_suspension": _ruled_suspension,
    "resume": _resumed,
}


def _is_late(order: WorkOrder, name: str) -> bool | None:
    found = clock_reads.get_clock("case", order.case_id, name)
    return None if found is None else found.breached_at is not None


def _rule(order: WorkOrder, event: CaseEvent, *, accepted: bool) -> Repair | None:
    repair = order.repairs.select_for_update().order_by("-number").first()
    if repair is None or repair.is_accepted is not None:
        return None
    repair.is_accepted, repair.ruled_at = accepted, event.at
    repair.ruled_by_name, repair.ruling = event.actor_name, event.note[:500]
    repair.save(update_fields=["is_accepted", "ruled_at", "ruled_by_name", "ruling"])
    if not accepted:
        tell(
            [repair.person], order, kind="ruling", key=f"sent-back:{event.seq}",
            title=_("反馈被驳回：%s") % order.case.title, body=event.note,
        )  # fmt: skip
    return repair


def _tell_reporter(order: WorkOrder, event: CaseEvent, title: str) -> None:
    if order.reporter is not None and order.reporter_id != event.actor_id:
        tell(
            [order.reporter], order, kind="ruling", key=f"ended:{event.seq}",
            title=title % order.case.title, body=event.note,
        )  # fmt: skip


def require_proof(case: Case, action: str, data: object) -> None:
    """Will refuse to close an order without what its fault kind asks for; a guard of the engine.

    Raises: Refused (no repair written down, no picture from after it, no passed proof of it).
    Source: OP-10, issue "a vendor who closes without proof".
    """
    if action != "close":
        return
    order = WorkOrder.objects.select_related("fault_kind").filter(case_id=case.pk).first()
    if order is None:
        return
    repair = order.repairs.order_by("-number").first()
    if repair is None or repair.is_accepted is not None:
        raise Refused(_("还没有维修记录，不能确认办结"))
    kind = order.fault_kind
    if kind.needs_photo and not repair.photos.filter(phase=Phase.AFTER).exists():
        raise Refused(_("“%s”须有修复后照片，不能确认办结") % kind)
    if kind.proof and not repair.proofs.filter(kind=kind.proof, passed=True).exists():
        known = registry.find_proof(kind.proof)
        label = known.label if known is not None else kind.proof
        raise Refused(_("“%(kind)s”须有“%(proof)s”通过的结果，不能确认办结") % {
            "kind": kind, "proof": label,
        })  # fmt: skip
