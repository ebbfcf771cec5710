"""Work orders: each with its limit to restore, as the clocks judged it. Source: OP-10, OP-22."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from apps.appraisal.enums import Cause, FactKind
from apps.appraisal.sources.rows import Source, Told, seconds
from apps.clocks.enums import ClockState
from apps.clocks.models import Clock
from apps.ops.enums import REJECTED
from apps.ops.models import WorkOrder

SUBJECT, RESTORE = "case", "restore"


def watches(asset_ids: Sequence[int] | None) -> dict[int, datetime]:
    """Will give nothing: that a thing was reported broken once does not make it watched."""
    return {}


def read(asset_ids: Sequence[int], begin: int, end: int) -> Iterable[Told]:
    """Will tell the orders whose limit to restore fell into the span; rejected reports not.

    An order that stands suspended has no limit yet.
    """
    since, until = datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)
    found = WorkOrder.objects.filter(asset_id__in=asset_ids, reported_at__lt=until).exclude(
        case__state=REJECTED
    )
    orders = {order.case_id: order for order in found.select_related("case", "fault_kind")}
    clocks = Clock.objects.filter(
        subject_type=SUBJECT, subject_id__in=orders, name=RESTORE, due_at__gte=since,
        due_at__lt=until,
    ).exclude(state=ClockState.SUSPENDED)  # fmt: skip
    for case_id, due_at in clocks.order_by("pk").values_list("subject_id", "due_at"):
        yield _told(orders[case_id], seconds(due_at), end)


def _told(order: WorkOrder, due: int, end: int) -> Told:
    assert order.asset_id is not None
    done = _done(order, due)
    return Told(
        order.asset_id,
        FactKind.ORDER,
        f"order:{order.pk}",
        _("%(number)s %(kind)s") % {"number": order.case.number, "kind": order.fault_kind.name},
        seconds(order.reported_at),
        due + 1,
        cause=order.cause if order.cause in Cause.values else "",
        planned=order.is_planned,
        # What was mended after the span is as good as not mended.
        detail={"due": due, "done": done if done is not None and done < end else None},
    )


def _done(order: WorkOrder, due: int) -> int | None:
    if order.restored_at is None:
        return None
    done = seconds(order.restored_at)
    # The clock is the judge: a repair it called late is late, whatever the repairer wrote down.
    return max(done, due + 1) if order.restore_late else min(done, due)


SOURCE = Source("orders", False, watches, read)
