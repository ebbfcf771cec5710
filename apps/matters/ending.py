"""What a case takes with it when it ends: nobody keeps a task or an order on it."""

from apps.common import outbox
from apps.common.journeys import Statement
from apps.common.questions import Question
from apps.matters import deadlines
from apps.matters.actions.base import Context
from apps.matters.actions.sidework import cancel_tasks
from apps.matters.enums import LinkKind
from apps.matters.models import Case, CaseLink, Order

#: Topic of the outbox: tells the reporters of merged cases what became of the main one.
MAIN_ENDED = "matters.main_case_ended"

_MERGED = Question(
    lambda case: CaseLink.objects.filter(target_id=case, kind=LinkKind.DUPLICATE_OF)[:1]
)


def merged_question(case: Case) -> Statement:
    """Will give what ``wind_up`` asks of every case, for a caller who foresees that it will."""
    return _MERGED.statement([case.pk])


def wind_up(ctx: Context) -> None:
    """Will cancel open side tasks, close unanswered orders and tell merged duplicates.

    Merging keeps the orders: a unit does not shake one off by it.
    """
    case = ctx.case
    if case.side_tasks():
        cancel_tasks(ctx)
    if case.open_orders and not ctx.holds_clocks:
        waiting = Order.objects.filter(case=case, replied_at__isnull=True, due_at__isnull=False)
        ids = list(waiting.values_list("pk", flat=True))
        deadlines.stop(deadlines.ORDER, ids, at=ctx.now, outcome="ended", by=ctx.actor)
        waiting.update(due_at=None)
        ctx.set(open_orders=0)
    if _MERGED.first(case.pk) is not None:
        outbox.enqueue(
            MAIN_ENDED,
            key=f"{case.pk}:{case.lock_version}",
            payload={"case": case.pk, "text": ctx.public_text},
        )
