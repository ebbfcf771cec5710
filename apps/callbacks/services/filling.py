"""From cases to call-backs: made once per round, taken back when a case went on.

Swept by ``tasks``; every sweep may run twice or be killed midway without harm, because one task
per round is a constraint of the table and who is drawn follows from the pool's seed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.callbacks.enums import OPEN_STATES, Takes, TaskState, Way
from apps.callbacks.hours import next_moment
from apps.callbacks.models import CallbackTask, Pool
from apps.callbacks.services.pools import find_script
from apps.callbacks.services.sampling import HOTLINE, closed_for
from apps.common import clock
from apps.hotline.models import Demand
from apps.matters.definition import definition_of
from apps.matters.enums import EvaluationTarget, Priority, StateCategory
from apps.matters.models import Case, Evaluation

CALL_BACK = "call_back"
BATCH = 500
PRIORITY_MOST = 9


@dataclass(frozen=True)
class Chosen:
    """The pool that takes a case, and why."""

    pool: Pool
    reason: str
    earlier: CallbackTask | None = None
    is_closed: bool = False


def fill_pools(*, limit: int = BATCH) -> int:
    """Will make the call-backs of cases that units answered; gives how many were made.

    One per round of a case (HL-14); then those drawn of closed cases nobody was called about.
    Each case in its own transaction.
    """
    active = list(Pool.objects.filter(is_active=True).prefetch_related("units"))
    pools = [pool for pool in active if pool.takes == Takes.ANSWERED]
    made = 0
    for tenant_id in {pool.tenant_id for pool in active}:
        own = [pool for pool in pools if pool.tenant_id == tenant_id]
        for case in _waiting(tenant_id)[:limit]:
            made += _take_in(case, own)
    for pool in active:
        if pool.takes == Takes.CLOSED:
            made += _draw(pool, limit)
    return made


def _draw(pool: Pool, limit: int) -> int:
    made = 0
    for case in closed_for(pool)[:limit]:
        share = "" if pool.share_percent == 100 else _("，抽取%d%%") % pool.share_percent
        chosen = Chosen(pool, f"{pool.name}{share}", is_closed=True)
        made += make_task(case, chosen) is not None
    return made


def _waiting(tenant_id: int) -> list[Case]:
    known = CallbackTask.objects.filter(
        case=OuterRef("pk"), round=OuterRef("round"), is_closed=False
    )
    found = (
        Case.objects.filter(
            tenant_id=tenant_id,
            category=StateCategory.CHECKING,
            answered_at__isnull=False,
            matter_type__code__startswith=HOTLINE,
        )
        .exclude(Exists(known))
        .exclude(demand__reporter_phone="")
        .filter(demand__isnull=False)
        .select_related("version", "demand", "unit", "tenant")
        .defer("search", "text", "form_data")
        .order_by("answered_at", "pk")
    )
    return [case for case in found if can_be_called_back(case)]


def can_be_called_back(case: Case) -> bool:
    """Will tell whether the case's matter waits for a call-back in the state it is in."""
    action = definition_of(case.version_id, case.version.body).actions.get(CALL_BACK)
    return action is not None and case.state in action.sources


def _take_in(case: Case, pools: Sequence[Pool]) -> int:
    chosen = _choose(case, pools)
    return int(chosen is not None and make_task(case, chosen) is not None)


def _choose(case: Case, pools: Sequence[Pool]) -> Chosen | None:
    earlier = (
        CallbackTask.objects.filter(case=case, round__lt=case.round, state=TaskState.DONE)
        .select_related("pool")
        .order_by("-round")
        .first()
    )
    if earlier is not None and earlier.is_redo:
        return Chosen(earlier.pool, _("重办后再次回访（第%d轮）") % case.round, earlier)
    for pool in pools:
        if wants(pool, case) and is_drawn(pool, case.pk, case.round):
            share = "" if pool.share_percent == 100 else _("，抽取%d%%") % pool.share_percent
            return Chosen(pool, f"{pool.name}{share}", earlier)
    return None


def is_drawn(pool: Pool, case_id: int, round_number: int) -> bool:
    """Will tell whether the sample takes this round of a case; the same answer for ever."""
    drawn = hashlib.sha256(f"{pool.seed}:{case_id}:{round_number}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") % 100 < pool.share_percent


def wants(pool: Pool, case: Case) -> bool:
    """Will tell whether a pool is about this case, whether it is drawn or not."""
    if case.round < pool.first_round:
        return False
    if pool.channels and case.channel not in pool.channels:
        return False
    below = f"{case.class_code}."
    if pool.class_codes and not any(below.startswith(f"{code}.") for code in pool.class_codes):
        return False
    units = [unit.path for unit in pool.units.all()]
    if units and not any(case.unit_path.startswith(path) for path in units):
        return False
    return pool.score_most is None or _last_score(case) <= pool.score_most


def _last_score(case: Case) -> int:
    found = Evaluation.objects.filter(case=case, target=EvaluationTarget.RESULT)
    score = found.order_by("-round", "-at").values_list("score", flat=True).first()
    return 5 if score is None else score


@transaction.atomic
def make_task(case: Case, chosen: Chosen) -> CallbackTask | None:
    """Will make the call-back of a round of a case; None: it is there, or has no script."""
    pool, moment = chosen.pool, clock.now()
    script = find_script(case.tenant, pool.script_code)
    if script is None:
        return None
    begins = (case.closed_at if chosen.is_closed else case.answered_at) or moment
    due_from = begins + timedelta(hours=pool.earliest_h)
    priority, reason = pool.priority, chosen.reason
    if chosen.earlier is not None and chosen.earlier.is_redo:
        priority += 2
    if case.priority != Priority.NORMAL:
        priority, reason = priority + 1, f"{reason} · {case.get_priority_display()}"
    task, is_new = CallbackTask.objects.get_or_create(
        case=case,
        round=case.round,
        is_closed=chosen.is_closed,
        defaults={
            "tenant_id": case.tenant_id,
            "pool": pool,
            "script": script,
            "unit": case.unit,
            "unit_path": case.unit_path,
            "area_path": case.area_path,
            "earlier": chosen.earlier,
            "way": Way.VOICE if chosen.is_closed else _way(case),
            "priority": min(priority, PRIORITY_MOST),
            "reason": reason[:160],
            "created_at": moment,
            "due_from": due_from,
            "due_until": begins + timedelta(hours=pool.latest_h),
            "next_try_at": next_moment(
                max(due_from, moment), opens=pool.from_time, closes=pool.to_time
            ),
        },
    )
    return task if is_new else None


def _way(case: Case) -> Way:
    """The citizen's choice; a link only where it can be opened and its answer can close."""
    demand: Demand = case.demand
    definition = definition_of(case.version_id, case.version.body)
    who = definition.actions[CALL_BACK].who
    by_system = any(definition.actors[name].reach == "system" for name in who)
    can_link = bool(settings.PUBLIC_ADDRESS) and by_system
    return Way.LINK if can_link and not demand.wants_callback else Way.VOICE


def void_overtaken() -> int:
    """Will take back the call-backs of cases that went on without them; gives how many."""
    waits = Q(is_closed=False, case__category=StateCategory.CHECKING)
    ended = Q(is_closed=True, case__category=StateCategory.ENDED, case__pending_request="")
    gone = CallbackTask.objects.filter(state__in=OPEN_STATES).exclude(
        Q(waits | ended, case__round=F("round"))
    )
    done = 0
    for pk in gone.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        done += _void(pk)
    return done


@transaction.atomic
def _void(task_id: int) -> int:
    task = (
        CallbackTask.objects.select_for_update(of=("self",)).select_related("case").get(pk=task_id)
    )
    if task.state not in OPEN_STATES:
        return 0
    before = audit.snapshot(task, "state")
    task.state, task.agent, task.claimed_until = TaskState.VOID, None, None
    task.save(update_fields=["state", "agent", "claimed_until"])
    audit.record(
        SYSTEM,
        "callback.voided",
        object_type="callback",
        object_id=task.pk,
        object_label=task.case.number,
        data=audit.changes(before, audit.snapshot(task, "state")),
    )
    return 1


def take_back_forgotten(now: datetime | None = None) -> int:
    """Will put call-backs whose agent let the time pass back in line; gives how many."""
    moment = now or clock.now()
    gone = CallbackTask.objects.filter(state=TaskState.CLAIMED, claimed_until__lt=moment)
    return gone.update(state=TaskState.WAITING, agent=None, claimed_until=None)
