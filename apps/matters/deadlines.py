"""The clocks of what stands beside a case: side tasks, orders, suspensions.

Each is one clock named ``due`` of its own subject, so that it has a ledger, a calendar and a
timer like the clocks of the case; ``services.duties`` is told when one expires.
"""

import math
from collections.abc import Iterable
from datetime import datetime

from apps.clocks import selectors as clock_reads
from apps.clocks import services as clocks
from apps.clocks.enums import ClockState
from apps.matters.actors import CaseActor
from apps.matters.models import Case

TASK, ORDER, REQUEST = "case_task", "case_order", "case_request"
NAME = "due"


def start(
    subject: str,
    pk: int,
    *,
    case: Case,
    label: str,
    limit: clocks.Limit,
    at: datetime,
    by: CaseActor,
) -> datetime:
    """Will start the clock of a row and give when it is due."""
    clock = clocks.open_clock(
        subject_type=subject,
        subject_id=pk,
        name=NAME,
        label=label,
        calendar=clocks.calendar_for(case.area),
        limit=limit,
        at=at,
        by=by,
    )
    return clock.due_at


def until(moment: datetime, *, at: datetime) -> clocks.Limit:
    """Will give the limit that ends at a moment, in whole minutes."""
    minutes = math.ceil((moment - at).total_seconds() / 60)
    return clocks.Limit(max(minutes, 1), "calendar_minutes")


def stop(subject: str, ids: Iterable[int], *, at: datetime, outcome: str, by: CaseActor) -> None:
    """Will stop the clocks of these rows that still run."""
    for found in clock_reads.clocks_of(subject, list(ids)).values():
        for clock in found:
            if clock.state != ClockState.STOPPED:
                clocks.stop(clock, at=at, outcome=outcome, by=by)
