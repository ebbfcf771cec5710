"""One-key checks: ordered by a button or a plan, worked through once by a worker.

The network is asked on a thread of its own, all kinds side by side within one bound; this thread
writes down what comes, every half second, so that a page sees it grow. A run whose worker died is
interrupted: half a picture of yesterday's evening is no health report of this morning.
Source: OP-03, docs/decisions/0068.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.waking import Waker
from apps.monitoring import permissions
from apps.monitoring.asking import AT_ONCE, Asker
from apps.monitoring.enums import OPEN_RUNS, RunKind, RunState, State
from apps.monitoring.models import CheckRun, RunFinding
from apps.monitoring.probes import Outcome
from apps.monitoring.registry import Finding, Point, Supply, supplies_of
from apps.notices import services as notices
from apps.places.models import Area

logger = logging.getLogger(__name__)

#: A worker says that it lives each time it writes; nothing it waits for lasts longer than this.
LEASE = timedelta(seconds=60)
LONGEST = timedelta(minutes=30)
KEPT = timedelta(days=180)
FLUSH_S = 0.5
PAUSE_S = 0.1
AT_A_TIME = 500
#: The first points are few, so that something is asked and seen at once; then ever more.
FIRST = 64
_runners = Waker("monitoring.run_due", expires=60)


class _Stopped(Exception):
    """It was cancelled or interrupted meanwhile: what comes now is nobody's."""


@transaction.atomic
def order_run(actor: Actor, *, area: Area, kinds: Sequence[str] = ()) -> CheckRun:
    """Will queue a one-key check over an area and wake a worker. Audited.

    kinds: of ``RunKind``; none: all thirteen.
    Raises: NotAllowed; InvalidInput (field "kinds"); Refused (one of this area is under way).
    """
    permissions.require_run_in(actor, area)
    if unknown := set(kinds) - set(RunKind.values):
        raise InvalidInput(_("没有这种检查：%s") % "、".join(sorted(unknown)), field="kinds")
    wanted = [kind for kind in RunKind.values if not kinds or kind in kinds]
    last = CheckRun.objects.filter(area=area, state=RunState.DONE).order_by("-pk").first()
    maker = actor if isinstance(actor, User) else None
    try:
        with transaction.atomic():
            run = CheckRun.objects.create(
                area=area, kinds=wanted, previous=last, maker=maker, created_at=clock.now()
            )
    except IntegrityError as error:
        if "monitoring_run_open_once" not in str(error):
            raise
        raise Refused(_("该区域正在检查，请等它完成或取消"), code="run_under_way") from error
    _note(actor, "onekey_run.ordered", run, kinds=wanted)
    _runners.wake_after_commit()
    return run


@transaction.atomic
def cancel_run(actor: Actor, *, run_id: int) -> CheckRun:
    """Will end a run; its worker stops within a second. What was found is kept. Audited.

    Raises: NotFound; NotAllowed; Refused (over already).
    """
    found = CheckRun.objects.select_for_update(of=("self",)).select_related("area")
    run = found.filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("没有这次检查"))
    permissions.require_run_in(actor, run.area)
    if not run.is_open:
        raise Refused(_("该检查已结束（%s）") % run.get_state_display(), field="state")
    _end(run, RunState.CANCELLED)
    _note(actor, "onekey_run.cancelled", run)
    return run


def run_due() -> int:
    """Will work through queued runs, one after another, and give their number."""
    done = 0
    while (run := _claim()) is not None:
        _run(run)
        done += 1
    return done


@transaction.atomic
def interrupt_dead_runs() -> int:
    """Will end runs whose worker has said nothing for a minute; gives how many."""
    dead = CheckRun.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=RunState.RUNNING, claimed_until__lt=clock.now()
    )
    runs = list(dead.select_related("area", "maker").order_by("pk"))
    for run in runs:
        _end(run, RunState.INTERRUPTED, error=_("后台进程中断，结果不完整，请重新检查"))
        _note(SYSTEM, "onekey_run.interrupted", run)
    return len(runs)


def drop_old_runs() -> int:
    """Will delete runs older than 180 days with what they found, and give their number."""
    old = CheckRun.objects.filter(created_at__lt=clock.now() - KEPT).exclude(state__in=OPEN_RUNS)
    ids = list(old.values_list("pk", flat=True))
    RunFinding.objects.filter(run__in=ids)._raw_delete("default")
    CheckRun.objects.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def _claim() -> CheckRun | None:
    found = CheckRun.objects.select_for_update(skip_locked=True, of=("self",))
    run = found.select_related("area", "maker").filter(state=RunState.QUEUED).order_by("pk").first()
    if run is not None:
        now = clock.now()
        run.state, run.started_at, run.claimed_until = RunState.RUNNING, now, now + LEASE
        run.save(update_fields=["state", "started_at", "claimed_until"])
    return run


def _run(run: CheckRun) -> None:
    try:
        _Round(run).work()
    except _Stopped:
        logger.info("a one-key check was stopped", extra={"run": run.pk})
    except Exception:  # the loop's edge: this one is parked, the next goes on
        logger.exception("a one-key check failed", extra={"run": run.pk})
        _finish(run, RunState.FAILED, error=_("检查未能完成，请重试"))


@dataclass
class _Waiting:
    """A point some of whose questions are still being asked."""

    supply: Supply
    point: Point
    outcomes: list[Outcome] = field(default_factory=list)


class _Round:
    """One run under way: what is waited for, found and not yet written."""

    def __init__(self, run: CheckRun) -> None:
        self.run = run
        self.total = self.done = 0
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.notes: dict[str, str] = {}
        self.found: list[RunFinding] = []
        self.written_at = 0.0
        self.until = clock.now() + LONGEST

    def work(self) -> None:
        """Will look at every point and write down what was found."""
        self._write()
        waiting: dict[object, _Waiting] = {}
        with Asker(at_once=AT_ONCE) as asker:
            for kind in self.run.kinds:
                supplies = supplies_of(kind)
                if not supplies:
                    self.notes[kind] = "missing"
                for supply in supplies:
                    self._take_points(supply, asker, waiting)
            while waiting:
                # In portions: a thread that wakes for each answer keeps the other from asking.
                time.sleep(PAUSE_S)
                self._take_outcomes(asker, waiting)
                self._write_in_time()
        self._write()
        _finish(self.run, RunState.DONE)

    def _take_points(self, supply: Supply, asker: Asker, waiting: dict[object, _Waiting]) -> None:
        for points in _chunks(supply.points(self.run.area)):
            self.total += len(points)
            for point in points:
                if not point.questions:
                    self._judge(_Waiting(supply, point))
                    self._write_in_time()
                    continue
                tag = (supply.kind, supply.code, point.key)
                waiting[tag] = _Waiting(supply, point)
                for question in point.questions:
                    asker.put(tag, question)
            self._take_outcomes(asker, waiting)
            self._write_in_time()

    def _take_outcomes(self, asker: Asker, waiting: dict[object, _Waiting]) -> None:
        for tag, outcome in asker.take_all():
            one = waiting[tag]
            one.outcomes.append(outcome)
            if len(one.outcomes) == len(one.point.questions):
                del waiting[tag]
                self._judge(one)

    def _judge(self, one: _Waiting) -> None:
        try:
            found = one.supply.judge(one.point, one.outcomes)
        except Exception:  # one app's point that cannot be judged spoils no other
            logger.exception("a point could not be judged", extra={"point": one.point.key})
            found = Finding(State.UNKNOWN, _("无法判断"))
        kind, point = one.supply.kind, one.point
        self.done += 1
        self.counts[kind][found.state] += 1
        self.found.append(
            RunFinding(
                run=self.run, kind=kind, key=point.key, label=point.label,
                asset_id=point.asset_id, state=found.state, text=found.text[:300],
                facts=found.facts,
            )
        )  # fmt: skip

    def _write_in_time(self) -> None:
        if clock.now() > self.until:
            _finish(self.run, RunState.FAILED, error=_("检查超过30分钟，请缩小范围"))
            raise _Stopped
        is_first = self.done > 0 and self.done == len(self.found)
        is_due = time.monotonic() - self.written_at >= FLUSH_S
        if is_first or is_due or len(self.found) >= AT_A_TIME:
            self._write()

    @transaction.atomic
    def _write(self) -> None:
        """Raises: _Stopped (cancelled or interrupted)."""
        now = clock.now()
        own = CheckRun.objects.filter(pk=self.run.pk, state=RunState.RUNNING)
        said: dict[str, dict[str, Any]] = {
            kind: dict(counts) for kind, counts in self.counts.items()
        }
        said |= {kind: {"note": note} for kind, note in self.notes.items()}
        if not own.update(
            done=self.done, total=self.total, summary=said, claimed_until=now + LEASE
        ):
            raise _Stopped
        # Two apps may name one point alike: the first finding of it stands.
        RunFinding.objects.bulk_create(self.found, batch_size=AT_A_TIME, ignore_conflicts=True)
        self.found = []
        self.written_at = time.monotonic()


def _chunks(points: Iterable[Point]) -> Iterable[list[Point]]:
    rest, size = iter(points), FIRST
    while chunk := list(islice(rest, size)):
        yield chunk
        size = min(2 * size, AT_A_TIME)


@transaction.atomic
def _finish(run: CheckRun, state: RunState, *, error: str = "") -> None:
    """Writes the end, if the run is still under way; tells whoever ordered it."""
    found = CheckRun.objects.select_for_update(of=("self",)).select_related("area", "maker")
    row = found.filter(pk=run.pk, state=RunState.RUNNING).first()
    if row is None:
        return
    _end(row, state, error=error)
    bad = sum(
        int(counts.get(one, 0))
        for counts in row.summary.values()
        for one in (State.DOWN, State.DEGRADED)
    )
    _note(row.maker or SYSTEM, "onekey_run.finished", row, state=str(state), bad=bad)
    if row.maker is not None:
        told = {"area": row.area.name, "state": state.label, "bad": bad}
        notices.notify(
            recipients=[row.maker],
            kind="monitoring",
            title=_("一键运维（%(area)s）：%(state)s，异常 %(bad)d 个") % told,
            body=error,
            url=f"/monitoring/runs/{row.pk}/",
            key=f"onekey:{row.pk}:{state}",
        )


def _end(run: CheckRun, state: RunState, *, error: str = "") -> None:
    run.state, run.finished_at, run.claimed_until, run.error = state, clock.now(), None, error
    run.save(update_fields=["state", "finished_at", "claimed_until", "error"])


def _note(actor: Actor, action: str, run: CheckRun, **data: Any) -> None:
    audit.record(
        actor, action, object_type="monitoring.run", object_id=run.pk,
        object_label=str(run.area), data=data,
    )  # fmt: skip
