"""The clocks of a case with what their marks did and what their lines came from."""

from dataclasses import dataclass

from django.db.models import Q

from apps.clocks.models import Clock
from apps.clocks.statement import Mark, Row, Statement, statement_of
from apps.matters.models import Case, CaseEvent, Request
from apps.rules.models import Decision

SUBJECT = "case"


@dataclass(frozen=True)
class LedgerRow:
    """A line of the ledger and the request it came from."""

    row: Row
    request: Request | None


@dataclass(frozen=True)
class LedgerMark:
    """A threshold and the events it wrote."""

    mark: Mark
    events: list[CaseEvent]


@dataclass(frozen=True)
class Ledger:
    """One clock of a case. decision: of the rules, where the limit came from a dispatch."""

    statement: Statement
    rows: list[LedgerRow]
    marks: list[LedgerMark]
    decision: Decision | None


def list_ledgers(case: Case) -> list[Ledger]:
    """Will give the ledger of every clock of a case, those that run first."""
    clocks = (
        Clock.objects.filter(subject_type=SUBJECT, subject_id=case.pk)
        .select_related("calendar__parent", "calendar_revision")
        .order_by("stopped_at", "id")
    )
    found = list(clocks)
    found.sort(key=lambda clock: (clock.stopped_at is not None, clock.pk))
    requests = {f"request:{request.pk}": request for request in case.requests.all()}
    events = list(
        CaseEvent.objects.filter(case=case)
        .filter(Q(key__startswith="timer:") | Q(decision__isnull=False))
        .select_related("decision")
        .order_by("seq")
    )
    return [_ledger(clock, requests, events) for clock in found]


def _ledger(clock: Clock, requests: dict[str, Request], events: list[CaseEvent]) -> Ledger:
    statement = statement_of(clock)
    decided = [e.decision for e in events if e.decision and e.at == clock.started_at]
    return Ledger(
        statement=statement,
        rows=[LedgerRow(row, requests.get(row.request)) for row in statement.rows],
        marks=[
            LedgerMark(mark, [e for e in events if _written_by(e, clock, mark)])
            for mark in statement.marks
        ],
        decision=decided[0] if decided else None,
    )


def _written_by(event: CaseEvent, clock: Clock, mark: Mark) -> bool:
    return bool(event.key) and str(event.key).startswith(f"timer:{clock.pk}:{mark.code}:")
