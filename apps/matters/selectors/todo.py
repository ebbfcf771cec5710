"""What waits for a viewer, over all queues: the desk's first page (PT-05)."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.common.paging import CappedCount
from apps.matters.models import Case
from apps.matters.selectors.queues import (
    Queue,
    Tab,
    count_tabs,
    list_queue,
    queues_for,
)

SHOWN = 5
#: Piles that are somebody else's turn, or history: seen in the queue, not on the first page.
_NOT_MINE = frozenset(
    {"paused", "unsigned", "open", "ordered", "unanswered", "parked", "unit/asked"}
)


@dataclass(frozen=True)
class Duty:
    """One pile with something in it, and its most urgent cases."""

    queue: Queue
    tab: Tab
    count: CappedCount
    cases: list[Case]


def todo_for(viewer: User) -> list[Duty]:
    """Will give the piles that wait for the viewer, in menu order; empty ones are left out.

    Cost: one small capped count per pile and one short list per pile that is not empty.
    """
    duties = []
    for queue in queues_for(viewer):
        if queue.code == "all":
            continue
        counts = count_tabs(viewer, queue)
        for tab in queue.tabs:
            count = counts.get(tab.code)
            if count is None or not count.value or _is_others_turn(queue, tab):
                continue
            cases = list(list_queue(viewer, queue, tab)[:SHOWN])
            duties.append(Duty(queue, tab, count, cases))
    return duties


def _is_others_turn(queue: Queue, tab: Tab) -> bool:
    return bool({tab.code, f"{queue.code}/{tab.code}"} & _NOT_MINE)
