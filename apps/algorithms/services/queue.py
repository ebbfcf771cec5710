"""Work, algorithm and worker are brought together: by priority, quota, label and lease.

A worker takes one piece of work for a time; if it dies, the time runs out and another takes it.
What comes of it is written in the transaction that ends it, and only by who holds the lease, so
nothing is written twice. Source: CP-06, docs/decisions/0067.
"""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.algorithms import permissions
from apps.algorithms.enums import WorkState
from apps.algorithms.models import AlgorithmVersion, CostLine, Quota, Worker, WorkItem
from apps.algorithms.registry import Done, doer_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Stale

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
WAIT = timedelta(seconds=20)
ALIVE = timedelta(minutes=2)


@dataclass(frozen=True)
class WorkSpec:
    """A piece of work to be queued; see ``WorkItem``."""

    key: str
    kind: str
    version: AlgorithmVersion
    unit: Organization
    title: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 5
    label: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True)
class Lease:
    """What a worker holds of a piece of work."""

    item: WorkItem
    claim: uuid.UUID

    def renew(self) -> bool:
        """Will hold it longer; False where it was cancelled or somebody else has it by now."""
        mine = WorkItem.objects.filter(pk=self.item.pk, claim=self.claim, state=WorkState.RUNNING)
        return mine.update(claimed_until=clock.now() + LEASE) == 1


def submit(spec: WorkSpec) -> WorkItem:
    """Will queue a piece of work; the same key again gives the one there is.

    Raises: InvalidInput (nobody knows how to do this kind; priority not 1 to 9).
    """
    if doer_of(spec.kind) is None:
        raise InvalidInput(_("没有这种作业"), field="kind")
    if not 1 <= spec.priority <= 9:
        raise InvalidInput(_("优先级为 1 到 9"), field="priority")
    now = clock.now()
    item, _is_new = WorkItem.objects.get_or_create(
        key=spec.key,
        defaults={
            "kind": spec.kind,
            "title": spec.title[:120],
            "version": spec.version,
            "unit": spec.unit,
            "priority": spec.priority,
            "label": spec.label,
            "payload": dict(spec.payload),
            "created_at": now,
            "not_before": spec.not_before or now,
        },
    )
    return item


@transaction.atomic
def claim(worker: str, labels: tuple[str, ...] = ()) -> Lease | None:
    """Will take the piece of work that is next for this worker, None where there is none.

    The highest priority first, then the unit with the least running, then the oldest. Units
    over their quota wait. Never the same for two workers (rows locked by one are passed over).
    """
    now = clock.now()
    Worker.objects.update_or_create(
        name=worker[:60], defaults={"labels": list(labels), "seen_at": now}
    )
    for item in _candidates(labels, now)[:10]:
        locked = WorkItem.objects.select_for_update(skip_locked=True, of=("self",))
        mine = locked.filter(_takeable(now), pk=item.pk).select_related("version__algorithm")
        found = mine.first()
        if found is None or not _has_room(found, now):
            continue
        if found.attempts >= MOST_ATTEMPTS:
            _give_up(found, _("三次执行均中断，不再重试"))
            continue
        found.state, found.claim, found.worker = WorkState.RUNNING, uuid.uuid4(), worker[:60]
        found.claimed_until, found.attempts = now + LEASE, found.attempts + 1
        found.started_at = now
        found.save()
        return Lease(found, found.claim)
    return None


def _takeable(now: datetime) -> Q:
    waits = Q(state=WorkState.WAITING, not_before__lte=now)
    return waits | Q(state=WorkState.RUNNING, claimed_until__lt=now)


def _candidates(labels: tuple[str, ...], now: datetime) -> QuerySet[WorkItem]:
    running = (
        WorkItem.objects.filter(
            unit=OuterRef("unit"), state=WorkState.RUNNING, claimed_until__gte=now
        )
        .order_by()
        .values("unit")
        .annotate(many=Count("pk"))
        .values("many")
    )
    busy = Coalesce(Subquery(running, output_field=IntegerField()), Value(0))
    found = WorkItem.objects.filter(_takeable(now), label__in=["", *labels])
    over = units_over_quota(now)
    return (
        found.exclude(unit_id__in=over)
        .annotate(busy=busy)
        .order_by("-priority", "busy", "created_at", "pk")
    )


def units_over_quota(now: datetime) -> set[int]:
    """Will give the units that have used up their month or run as much at once as they may."""
    return {quota.unit_id for quota in Quota.objects.all() if _is_over(quota, now)}


def _is_over(quota: Quota, now: datetime) -> bool:
    running = WorkItem.objects.filter(
        unit=quota.unit_id, state=WorkState.RUNNING, claimed_until__gte=now
    ).count()
    if running >= quota.at_once:
        return True
    spent = CostLine.objects.filter(unit=quota.unit_id, month=month_of(now))
    ms = spent.aggregate(ms=Sum("ms", default=0))["ms"]
    return bool(ms >= quota.seconds_a_month * 1000)


def _has_room(item: WorkItem, now: datetime) -> bool:
    """Asked again with the quota locked: two workers may not both take the last place."""
    quota = Quota.objects.select_for_update().filter(unit=item.unit_id).first()
    return quota is None or not _is_over(quota, now)


def month_of(now: datetime) -> date:
    """Will give the first day of the city's month."""
    return timezone.localdate(now).replace(day=1)


@transaction.atomic
def finish(lease: Lease, done: Done) -> WorkItem:
    """Will end a piece of work and write what came of it and what it cost, all or nothing.

    Raises: Stale (the lease is another's by now, or the work was cancelled: nothing is written).
    """
    item = _hold(lease)
    if done.apply is not None:
        done.apply()
    item.state, item.finished_at, item.claim, item.claimed_until = (
        WorkState.DONE, clock.now(), None, None,
    )  # fmt: skip
    item.result, item.error = dict(done.result), ""
    item.save()
    _charge(item, done)
    return item


@transaction.atomic
def fail(lease: Lease, why: str) -> WorkItem:
    """Will note that work failed; it is tried again later, at most three times. Raises: Stale."""
    item = _hold(lease)
    if item.attempts >= MOST_ATTEMPTS:
        _give_up(item, why)
        return item
    item.state, item.claim, item.claimed_until = WorkState.WAITING, None, None
    item.not_before, item.error = clock.now() + WAIT * item.attempts, why[:300]
    item.save()
    return item


def work_once(worker: str, labels: tuple[str, ...] = ()) -> WorkItem | None:
    """Will take one piece of work, do it outside any transaction, and end it; None: no work."""
    lease = claim(worker, labels)
    if lease is None:
        return None
    try:
        return finish(lease, _do(lease))
    except Stale:
        logger.info("work was taken over or cancelled", extra={"item": lease.item.pk})
        return lease.item
    except DomainError as error:
        return _fail_quietly(lease, str(error))
    except Exception as error:
        logger.exception("work failed", extra={"item": lease.item.pk})
        return _fail_quietly(lease, f"{type(error).__name__}: {error}")


def _do(lease: Lease) -> Done:
    doer = doer_of(lease.item.kind)
    if doer is None:
        raise NotFound(_("没有这种作业"))
    return doer(lease.item.payload, lease.renew)


def _fail_quietly(lease: Lease, why: str) -> WorkItem:
    try:
        return fail(lease, why)
    except Stale:
        return lease.item


def _hold(lease: Lease) -> WorkItem:
    found = WorkItem.objects.select_for_update(of=("self",)).select_related("version")
    item = found.filter(pk=lease.item.pk, claim=lease.claim, state=WorkState.RUNNING).first()
    if item is None:
        raise Stale(_("作业已被其他节点接手或已取消"))
    return item


def _give_up(item: WorkItem, why: str) -> None:
    item.state, item.finished_at, item.error = WorkState.FAILED, clock.now(), why[:300]
    item.claim = item.claimed_until = None
    item.save()


def _charge(item: WorkItem, done: Done) -> None:
    line, _is_new = CostLine.objects.get_or_create(
        version=item.version, unit_id=item.unit_id, month=month_of(clock.now())
    )
    CostLine.objects.filter(pk=line.pk).update(
        calls=F("calls") + 1, ms=F("ms") + done.ms, frames=F("frames") + done.frames
    )


@transaction.atomic
def cancel_work(actor: User, *, item_id: int, reason: str) -> WorkItem:
    """Will take work out of the queue; running work is told at its next renewal. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput ("reason").
    """
    item = WorkItem.objects.select_for_update(of=("self",)).filter(pk=item_id).first()
    if item is None or not WorkItem.objects.filter(permissions.units_q(actor), pk=item_id).exists():
        raise NotFound(_("没有这个作业"))
    permissions.require_keep(actor)
    if len(reason.strip()) < 2:
        raise InvalidInput(_("请写明理由（2 到 200 字）"), field="reason")
    if item.state in (WorkState.WAITING, WorkState.RUNNING):
        before, item.state = item.state, WorkState.CANCELLED
        item.claim = item.claimed_until = None
        item.finished_at, item.error = clock.now(), reason[:300]
        item.save()
        audit.record(
            actor, "work.cancelled", object_type="algorithms.work", object_id=item.pk,
            object_label=item.title, data={"before": before, "reason": reason},
        )  # fmt: skip
    return item


@transaction.atomic
def save_quota(actor: User, *, unit: Organization, seconds_a_month: int, at_once: int) -> Quota:
    """Will say how much a unit may have computed. Audited with what it was.

    Raises: NotAllowed; InvalidInput (fields "seconds_a_month", "at_once").
    """
    permissions.require_publish(actor)
    if not permissions.covers(scope_for(actor, permissions.PUBLISH), unit):
        raise NotAllowed(_("您没有为该单位设置配额的权限"))
    if not 0 <= seconds_a_month <= 100_000_000:
        raise InvalidInput(_("每月计算秒数超出范围"), field="seconds_a_month")
    if not 1 <= at_once <= 64:
        raise InvalidInput(_("同时运行数为 1 到 64"), field="at_once")
    quota = Quota.objects.select_for_update().filter(unit=unit).first() or Quota(unit=unit)
    names = ("seconds_a_month", "at_once")
    before = audit.snapshot(quota, *names) if quota.pk else {}
    quota.seconds_a_month, quota.at_once = seconds_a_month, at_once
    quota.save()
    audit.record(
        actor, "quota.saved", object_type="algorithms.quota", object_id=quota.pk,
        object_label=unit.name,
        data=audit.document_changes(before, audit.snapshot(quota, *names)),
    )  # fmt: skip
    return quota
