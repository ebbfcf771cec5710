"""Carrying events to listeners: at least once from the outbox, each effect once (RU-03, MT-07).

``follow`` orders ``hear`` in the transaction that writes an event, only where an active listener
waits for it. ``hear`` writes one ``ListenerDelivery`` per listener whose condition holds, unique
by (listener, event), and orders ``deliver`` for each; ``deliver`` applies the effect in the
transaction that marks the row done. A storm ends by itself: at most 5 deliveries deep and 200
wide per root event; what goes further is stopped, kept, and told to the supervisors.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, Refused
from apps.common.phrases import points
from apps.matters import causes, permissions
from apps.matters.causes import Cause
from apps.matters.definition import definition_of
from apps.matters.enums import DeliveryState, ListenerState
from apps.matters.listening import Pattern, happened
from apps.matters.listening_vocabulary import LISTEN
from apps.matters.models import Case, CaseEvent, Listener, ListenerDelivery
from apps.matters.selectors.listeners import list_deliveries
from apps.matters.services.effects import apply_effect
from apps.notices import services as notices
from apps.rules import services as rules
from apps.rules.registry import get_vocabulary

logger = logging.getLogger(__name__)

DELIVER_TOPIC = "matters.deliver"
MAX_DEPTH = 5
MAX_FAN_OUT = 200
MAX_ATTEMPTS = 5
MOST_AT_ONCE = 200  # replays of one press
#: The room of advisory locks in which a root event counts its deliveries.
_LOCK_ROOM = 20261


@dataclass(frozen=True)
class ReplayOutcome:
    """What became of one replay. error: empty when it was ordered."""

    delivery_id: int
    error: str = ""


@transaction.atomic
def hear(*, event_id: int, facts: Mapping[str, Any]) -> None:
    """Will write what each listener makes of an event, and order the effects.

    facts: as they were when the event was written. Locks the root event's count, so that the
    limit on fan-out holds among workers.
    """
    event = CaseEvent.objects.get(pk=event_id)
    case = _case(event.case_id)
    cause = causes.current() or Cause(root=event.pk, depth=0, via=0)
    depth = cause.depth + 1
    _lock_root(cause.root)
    room = MAX_FAN_OUT - _count(cause.root)
    made: list[ListenerDelivery] = []
    for listener in _listeners(case, event):
        holds, reason = _judge(listener, facts)
        if holds is False:
            continue
        row = ListenerDelivery(
            listener=listener,
            event=event,
            case=case,
            root_id=cause.root,
            via_id=cause.via or None,
            depth=depth,
            reason=reason,
            created_at=clock.now(),
        )
        if holds is None:
            row.state, row.error = DeliveryState.FAILED, reason[:500]
        elif depth > MAX_DEPTH or len(made) >= room:
            row.state, row.error = DeliveryState.STOPPED, _why_stopped(depth)
        made.append(row)
    _write(made, cause, case)


def _listeners(case: Case, event: CaseEvent) -> list[Listener]:
    definition = definition_of(case.version_id, case.version.body)
    seen = happened(case.matter_type.code, definition, event)
    active = Listener.objects.filter(state=ListenerState.ACTIVE).order_by("pk")
    return [
        listener
        for listener in active
        if listener.tenant_id in (None, case.tenant_id)
        and Pattern.read(listener.pattern).fits(seen)
    ]


def _judge(listener: Listener, facts: Mapping[str, Any]) -> tuple[bool | None, str]:
    """Whether the condition holds and why; None: it cannot be asked any more."""
    try:
        condition = rules.parse_condition(get_vocabulary(LISTEN), listener.condition)
    except DomainError as error:
        return None, _("条件无法判断：%s") % error
    if not condition.evaluate(facts):
        return False, ""
    lines = [line for line in condition.explain(facts) if line.value and line.holds]
    return True, points(f"{line.text}（{line.value}）" for line in lines) or _("无条件")


def _write(made: Sequence[ListenerDelivery], cause: Cause, case: Case) -> None:
    """Writes the rows that are not there yet and orders the effect of those that wait."""
    if not made:
        return
    ListenerDelivery.objects.bulk_create(made, ignore_conflicts=True)
    waiting = ListenerDelivery.objects.filter(
        event_id=made[0].event_id, state=DeliveryState.WAITING
    )
    for key in waiting.order_by("pk").values_list("pk", flat=True):
        outbox.enqueue(DELIVER_TOPIC, key=f"{key}", payload={"delivery": key})
    stopped = [row for row in made if row.state == DeliveryState.STOPPED]
    if stopped:
        _alarm(stopped, cause, case)


def _alarm(stopped: Sequence[ListenerDelivery], cause: Cause, case: Case) -> None:
    """Tells the supervisors once per root event; the rows tell the rest."""
    logger.error("listeners stopped", extra={"root_event": cause.root, "count": len(stopped)})
    supervisors = users_with_permission("matters.supervise_case").filter(
        appointments__post__organization__tenant_id=case.tenant_id
    )
    notices.notify(
        recipients=supervisors.distinct(),
        kind="listener",
        title=_("监听触发过多，已拦截"),
        body=_("%(case)s：%(why)s（监听“%(name)s”等）")
        % {"case": case.number, "why": stopped[0].error, "name": stopped[0].listener.name},
        url="/cases/listeners/deliveries/?state=stopped",
        key=f"listener-storm:{cause.root}",
    )


def _why_stopped(depth: int) -> str:
    if depth > MAX_DEPTH:
        return _("监听连锁触发超过%s层") % MAX_DEPTH
    return _("同一起因触发的监听超过%s次") % MAX_FAN_OUT


def deliver(*, delivery_id: int) -> None:
    """Will apply one effect, once; locks the delivery until commit.

    Refused: it has failed, with the sentence, until somebody replays it. Any other error is
    logged and tried again after 2, 4, 8 ... seconds, five times in all.
    """
    with transaction.atomic():
        delivery = _lock(delivery_id)
        if delivery.state != DeliveryState.WAITING:
            return
        if delivery.listener.state != ListenerState.ACTIVE:
            _settle(delivery, DeliveryState.STOPPED, error=_("监听已停用"))
            return
        delivery.attempts += 1
        try:
            with (
                transaction.atomic(),
                causes.within(Cause(delivery.root_id, delivery.depth, delivery.pk)),
            ):
                result, delivery.result_case = apply_effect(delivery)
        except DomainError as error:
            _settle(delivery, DeliveryState.FAILED, error=str(error))
        except Exception as error:
            logger.warning("delivery failed", extra={"delivery": delivery_id}, exc_info=error)
            _try_later(delivery, f"{type(error).__name__}: {error}")
        else:
            _settle(delivery, DeliveryState.DONE, result=result)


def _settle(
    delivery: ListenerDelivery, state: DeliveryState, *, error: str = "", result: str = ""
) -> None:
    delivery.state, delivery.error, delivery.result = state, error[:500], result[:300]
    delivery.done_at = clock.now()
    delivery.save(update_fields=["state", "error", "result", "result_case", "attempts", "done_at"])


def _try_later(delivery: ListenerDelivery, error: str) -> None:
    if delivery.attempts >= MAX_ATTEMPTS:
        _settle(delivery, DeliveryState.FAILED, error=error)
        return
    delivery.error = error[:500]
    delivery.save(update_fields=["error", "attempts"])
    outbox.enqueue(
        DELIVER_TOPIC,
        key=f"{delivery.pk}:{delivery.attempts}",
        payload={"delivery": delivery.pk},
        available_at=clock.now() + timedelta(seconds=2**delivery.attempts),
    )


@transaction.atomic
def replay_delivery(actor: User, *, delivery_id: int) -> ListenerDelivery:
    """Will have a failed or stopped delivery tried again; audited.

    Raises: NotAllowed (not the actor's tenant, or no right over listeners); Refused (it did
        not fail, or its listener is not active).
    """
    delivery = _lock(delivery_id)
    permissions.require_watch_delivery(actor, delivery)
    if not delivery.is_replayable:
        raise Refused(_("只有失败或被拦截的投递可以重放"))
    if delivery.listener.state != ListenerState.ACTIVE:
        raise Refused(_("监听已停用，请先启用再重放"))
    before = delivery.error
    delivery.state, delivery.attempts, delivery.error = DeliveryState.WAITING, 0, ""
    delivery.done_at = None
    delivery.save(update_fields=["state", "attempts", "error", "done_at"])
    outbox.enqueue(
        DELIVER_TOPIC,
        key=f"{delivery.pk}:replay:{uuid.uuid4().hex}",
        payload={"delivery": delivery.pk},
    )
    audit.record(
        actor,
        "listener_delivery.replayed",
        object_type="listener",
        object_id=delivery.listener_id,
        object_label=delivery.listener.name,
        data={"delivery": delivery.pk, "error": before},
    )
    return delivery


def replay_deliveries(actor: User, *, delivery_ids: Sequence[int]) -> list[ReplayOutcome]:
    """Will have several deliveries tried again, each in its own transaction.

    One refused does not stop the others; what the actor does not watch is left out.
    Raises: InvalidInput (none or more than 200).
    """
    if not 1 <= len(delivery_ids) <= MOST_AT_ONCE:
        raise InvalidInput(_("请选择1至%s次投递") % MOST_AT_ONCE, field="deliveries")
    watched = list_deliveries(actor).filter(pk__in=delivery_ids).order_by("pk")
    return [_replay_one(actor, key) for key in list(watched.values_list("pk", flat=True))]


def _replay_one(actor: User, delivery_id: int) -> ReplayOutcome:
    try:
        replay_delivery(actor, delivery_id=delivery_id)
    except DomainError as error:
        return ReplayOutcome(delivery_id, str(error))
    return ReplayOutcome(delivery_id)


def _lock(delivery_id: int) -> ListenerDelivery:
    return (
        ListenerDelivery.objects.select_for_update(of=("self",))
        .select_related("listener", "case")
        .defer("case__search", "case__text")
        .get(pk=delivery_id)
    )


def _case(case_id: int) -> Case:
    found = Case.objects.select_related("version", "matter_type", "tenant", "unit")
    return found.defer("search").get(pk=case_id)


def _count(root: int) -> int:
    return (
        ListenerDelivery.objects.filter(root_id=root).exclude(state=DeliveryState.STOPPED).count()
    )


def _lock_root(root: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK_ROOM, root % 2**31])
