"""What a case takes with it when it ends: nobody keeps a task or an order on it."""

from apps.common import outbox
from apps.matters import deadlines
from apps.matters.actions.base import Context
from apps.matters.actions.sidework import cancel_tasks
from apps.matters.enums import LinkKind
from apps.matters.models import CaseLink, Order

#: Topic of the outbox: tells the reporters of merged cases what became of the main one.
MAIN_ENDED = "matters.main_case_ended"


def wind_up(ctx: Context) -> None:
    """Will cancel open side tasks, close unanswered orders and tell merged duplicates."""
    case = ctx.case
    if case.side_tasks():
        cancel_tasks(ctx)
    if case.open_orders:
        waiting = Order.objects.filter(case=case, replied_at__isnull=True)
        ids = list(waiting.values_list("pk", flat=True))
        deadlines.stop(deadlines.ORDER, ids, at=ctx.now, outcome="ended", by=ctx.actor)
        ctx.set(open_orders=0)
    if CaseLink.objects.filter(target=case, kind=LinkKind.DUPLICATE_OF).exists():
        outbox.enqueue(
            MAIN_ENDED,
            key=f"{case.pk}:{case.lock_version}",
            payload={"case": case.pk, "text": ctx.public_text},
        )
