"""The nightly pass: portions of cases, each in one transaction with its progress.

A process that dies loses the portion it was at, nothing else: the next task goes on behind the
last case looked at. One worker at a time; a second one has nothing to do.
"""

import logging
import time
from collections.abc import Sequence

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError
from apps.matters.models import Case
from apps.matters.services import Condemned, forget_cases, sweep_people
from apps.retention.enums import ScheduleState
from apps.retention.models import Run, Schedule
from apps.retention.selectors import due_cases, rule_of
from apps.retention.selectors.due import cutoff
from apps.retention.services.ledger import write_ledger

logger = logging.getLogger(__name__)

PORTION = 100  # cases in one transaction: about a second, so that nobody waits long for a row
BUDGET_S = 600.0
_LOCK = 7_224_109  # advisory: one worker in the whole installation


def work_through(*, seconds: float = BUDGET_S) -> int:
    """Will go on with each city's pass, or begin today's, and give the number of cases forgotten.

    Stops after ``seconds``; called again it resumes. Does nothing while another one does. A city
    without a schedule in force is left alone, also in the middle of a pass. Writes the ledger of
    tombstones after each portion.
    """
    if not _take_turn():
        return 0
    try:
        return _work(time.monotonic() + seconds)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _take_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _work(until: float) -> int:
    done = 0
    write_ledger()  # what a process that died had not written any more
    for schedule in Schedule.objects.filter(state=ScheduleState.IN_FORCE).order_by("pk"):
        run = _current_run(schedule)
        while run is not None and time.monotonic() < until:
            run, count = _portion(run.pk)
            done += count
            write_ledger()
    return done


@transaction.atomic
def _current_run(schedule: Schedule) -> Run | None:
    """The pass to go on with; a new one once a day. One under an older version ends here."""
    Schedule.objects.select_for_update().get(pk=schedule.pk)
    moment = clock.now()
    standing = Run.objects.filter(tenant=schedule.tenant_id, finished_at=None).first()
    if standing is not None and standing.schedule_id == schedule.pk:
        return standing
    if standing is not None:
        standing.finished_at = moment
        standing.save(update_fields=["finished_at"])
    last = Run.objects.filter(schedule=schedule).first()
    if last is not None and timezone.localdate(last.started_at) == clock.today():
        return None
    return Run.objects.create(
        tenant_id=schedule.tenant_id,
        schedule=schedule,
        started_at=moment,
        seen_at=moment,
        total=due_cases(schedule, moment).count(),
    )


@transaction.atomic
def _portion(run_id: int) -> tuple[Run | None, int]:
    """Does the next cases of a run; gives the run, None once it has ended, and how many went."""
    run = Run.objects.select_for_update(of=("self",)).select_related("schedule").get(pk=run_id)
    still = Schedule.objects.filter(pk=run.schedule_id, state=ScheduleState.IN_FORCE).exists()
    if run.finished_at is not None or not still:
        return None, 0
    due = due_cases(run.schedule, run.started_at).filter(pk__gt=run.upto).order_by("pk")
    found = list(due.only("pk")[:PORTION])
    run.seen_at = clock.now()
    if not found:
        _finish(run)
        return None, 0
    count, failed = _forget(run, found)
    run.upto = found[-1].pk
    run.forgotten += count
    run.failed += failed
    run.kept += len(found) - min(len(found), count + failed)
    run.save(update_fields=["upto", "forgotten", "failed", "kept", "seen_at"])
    return run, count


def _forget(run: Run, cases: Sequence[Case]) -> tuple[int, int]:
    """Forgets together; where one of them cannot be, each for itself. Gives done and failed."""
    lines = {line.position: line for line in run.schedule.lines.select_related("schedule")}
    condemned = []
    for case in cases:
        line = lines[case.line]  # type: ignore[attr-defined]
        before = cutoff(line, run.started_at)
        condemned.append(Condemned(case.pk, line.depth, rule_of(line), before))  # type: ignore[arg-type]
    try:
        with transaction.atomic():
            return len(forget_cases(SYSTEM, condemned)), 0
    except (DatabaseError, DomainError, ValueError, KeyError):
        logger.warning("a portion could not be forgotten together", exc_info=True)
    done = failed = 0
    for one in condemned:
        try:
            with transaction.atomic():
                done += len(forget_cases(SYSTEM, [one]))
        except (DatabaseError, DomainError, ValueError, KeyError):
            logger.exception("a case could not be forgotten", extra={"case_id": one.case_id})
            failed += 1
    return done, failed


def _finish(run: Run) -> None:
    """Sweeps what no case refers to, by the longest time of the schedule, and ends the run."""
    before = min(cutoff(line, run.started_at) for line in run.schedule.lines.all())
    run.swept = sweep_people(before)
    run.finished_at = run.seen_at
    run.save(update_fields=["swept", "finished_at", "seen_at"])
    audit.record(
        SYSTEM,
        "retention_run.finished",
        object_type="retention_run",
        object_id=run.pk,
        object_label=str(run.schedule),
        data={"forgotten": run.forgotten, "kept": run.kept, "failed": run.failed} | run.swept,
    )
