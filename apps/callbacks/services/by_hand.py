"""A call-back begun from a case by who has the right, instead of waiting for its turn.

It is the same call-back with the same rules: of a pool that is about the case, once a round, by
nobody of the handling unit, within the pool's hours. The call itself is the view's part.
Source: HL-14, HL-17.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.callbacks import permissions
from apps.callbacks.enums import OPEN_STATES, Takes, TaskState, Way
from apps.callbacks.errors import NotInHand
from apps.callbacks.models import CallbackTask, Pool
from apps.callbacks.services.calling import IN_HAND, called_before, handled_by
from apps.callbacks.services.filling import Chosen, can_be_called_back, make_task, wants
from apps.callbacks.services.sampling import wanted_closed
from apps.common import clock
from apps.common.errors import NotAllowed, Refused
from apps.matters.models import Case
from apps.matters.selectors import get_case


@transaction.atomic
def begin_call_back(actor: User, *, case_id: int) -> CallbackTask:
    """Will give the actor the call-back of a case, made now where none waits; audited.

    Again while it is in hand changes nothing. Locks the actor, then the call-back.
    Raises: NotFound (no such case for the actor); NotAllowed (no right here, or of a unit that
        handled it); Refused (called already, in other hands, outside the hours, no pool is
        about the case, or another call-back is in hand).
    """
    case = get_case(actor, case_id=case_id)
    if not permissions.can_call_about(actor, case):
        raise NotAllowed(_("您没有回访此案件的权限"))
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    held = CallbackTask.objects.filter(agent=actor, state=TaskState.CLAIMED)
    if held.exclude(case=case).exists():
        raise Refused(_("您手中还有未完成的回访"))
    task = _open_of(case) or _made(case)
    _require_free(actor, task)
    if task.agent_id != actor.pk:
        before = audit.snapshot(task, "state", "agent", "way")
        task.state, task.agent, task.way = TaskState.CLAIMED, actor, Way.VOICE
        task.claimed_until = clock.now() + IN_HAND
        task.save(update_fields=["state", "agent", "way", "claimed_until"])
        audit.record(
            actor,
            "callback.begun_by_hand",
            object_type="callback",
            object_id=task.pk,
            object_label=case.number,
            data=audit.changes(before, audit.snapshot(task, "state", "agent", "way")),
        )
    return task


def _open_of(case: Case) -> CallbackTask | None:
    found = CallbackTask.objects.select_for_update(of=("self",)).select_related("pool", "case")
    return found.filter(case=case, round=case.round, state__in=OPEN_STATES).first()


def _made(case: Case) -> CallbackTask:
    pools = Pool.objects.filter(tenant_id=case.tenant_id, is_active=True)
    pools = pools.order_by("-priority", "pk").prefetch_related("units")
    for pool in pools:
        is_closed = pool.takes == Takes.CLOSED
        if _is_about(pool, case):
            task = make_task(case, Chosen(pool, _("人工发起"), is_closed=is_closed))
            if task is not None:
                return task
    raise Refused(_("没有适用于此案件的回访池，或本轮已回访过"))


def _is_about(pool: Pool, case: Case) -> bool:
    if pool.takes == Takes.CLOSED:
        return wanted_closed(pool).filter(pk=case.pk).exists()
    waits = case.answered_at is not None and can_be_called_back(case)
    return waits and bool(case.demand.reporter_phone) and wants(pool, case)


def _require_free(actor: User, task: CallbackTask) -> None:
    moment = clock.now()
    in_other_hands = task.state == TaskState.CLAIMED and task.agent_id != actor.pk
    if in_other_hands and task.claimed_until is not None and task.claimed_until > moment:
        raise NotInHand()
    if called_before(actor, task) or handled_by(actor, task):
        raise NotAllowed(_("承办单位的人员和上一轮的回访员不能回访此件"))
    if not _is_open_hour(task.pool, moment):
        raise Refused(_("现在不在该回访池的回访时段"))


def _is_open_hour(pool: Pool, moment: datetime) -> bool:
    return pool.from_time <= timezone.localtime(moment).time() < pool.to_time
