"""What happens on the telephone, written down.

``apply_event`` is told by the exchange (its adapter, or the signed address); ``take_call`` and
``end_call`` are what agents do. Talking to the exchange itself is the views' part, outside any
transaction.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.hotline import permissions, phones, registry
from apps.hotline.enums import CallEventKind, CallState
from apps.hotline.errors import CallTaken
from apps.hotline.models import Call, Caller, Line
from apps.hotline.telephony import CallEvent
from apps.notices import services as notices


@transaction.atomic
def apply_event(event: CallEvent) -> Call:
    """Will write down what the exchange reports of a call.

    The same event twice changes nothing; events in any order give the same call, because its
    state follows from its three moments. Locks the call until commit; afterwards tells the
    browsers of the agent concerned, or of all who may take it.

    Raises: InvalidInput (field "line": no such line).
    Source: HL-04.
    """
    call = _lock(event)
    before = (call.state, call.agent_id, call.recording) if call else None
    if call is None:
        call = _create(event)
    _set_moment(call, event)
    if event.agent and call.agent_id is None:
        call.agent = User.objects.filter(username=event.agent, is_active=True).first()
    if event.recording:
        call.recording = event.recording
    call.state = call.state_of
    call.save()
    registry.tell_of_call(call, event)
    if before != (call.state, call.agent_id, call.recording):
        _tell(call)
    return call


@transaction.atomic
def give_call(*, call: Call, agent: User | None) -> Call:
    """Will make the call another agent's, or nobody's while it waits again.

    For whoever follows the agents' parts of a call; ``call`` is locked by ``apply_event``.
    Tells the browsers of those concerned. Source: HL-04.
    """
    former = call.agent_id
    if former == (agent.pk if agent else None):
        return call
    call.agent = agent
    call.save(update_fields=["agent"])
    if former is not None:
        notices.tell_pages([former], topic="call", data={"call": call.pk, "state": call.state})
    _tell(call)
    return call


@transaction.atomic
def take_call(actor: User, *, call_id: int) -> Call:
    """Will give a call to the agent who picks it up; again by the same agent changes nothing.

    Locks the call. Raises: NotFound (no such call, or not on a line of the actor's tenant);
        NotAllowed; CallTaken (somebody else has it, or the caller hung up).
    """
    call = lock_call(actor, call_id)
    if call.agent_id == actor.pk:
        return call
    if call.agent_id is not None and call.agent is not None:
        raise CallTaken(_("%(name)s已接听此来电") % {"name": call.agent.display_name})
    if not call.is_live:
        raise CallTaken(_("对方已挂断"))
    call.agent = actor
    call.save(update_fields=["agent"])
    registry.tell_of_call(call, _own_event(call, CallEventKind.RINGING, actor))
    _tell(call)
    return call


@transaction.atomic
def end_call(actor: User, *, call_id: int) -> Call:
    """Will note that the agent hung up; the exchange's own event may come before or after.

    Locks the call. Raises: NotFound; NotAllowed (not the agent's own call).
    """
    call = lock_call(actor, call_id)
    permissions.require_own_call(actor, call)
    if call.ended_at is None:
        call.ended_at = clock.now()
        call.state = call.state_of
        call.save(update_fields=["ended_at", "state"])
        registry.tell_of_call(call, _own_event(call, CallEventKind.ENDED, actor))
        _tell(call)
    return call


def record_playback(actor: User, *, call: Call, purpose: str = "") -> None:
    """Will log that a recording was listened to. Raises: NotAllowed."""
    permissions.require_play(actor, call)
    audit.record(
        actor,
        "hotline.play_recording",
        object_type="call",
        object_id=call.pk,
        object_label=call.exchange_id,
        data={"purpose": purpose},
    )


def lock_call(actor: User, call_id: int) -> Call:
    """Will lock a call of the actor's tenant until commit. Raises: NotFound, NotAllowed."""
    permissions.require_take_calls(actor)
    call = (
        Call.objects.select_for_update(of=("self",))
        .select_related("line")  # who waited for the lock reads an agent joined before as nobody
        .filter(pk=call_id, line__tenant_id__in=permissions.tenant_ids(actor))
        .first()
    )
    if call is None:
        raise NotFound(_("没有这通来电"))
    return call


def _own_event(call: Call, kind: CallEventKind, actor: User) -> CallEvent:
    """What an agent did at the desk, told like an event of the exchange."""
    return CallEvent(
        kind=kind,
        exchange_id=call.exchange_id,
        line=call.line.number,
        at=clock.now(),
        agent=actor.username,
    )


def _lock(event: CallEvent) -> Call | None:
    return (
        Call.objects.select_for_update(of=("self",))
        .select_related("line")  # who waited for the lock reads an agent joined before as nobody
        .filter(exchange_id=event.exchange_id)
        .first()
    )


def _create(event: CallEvent) -> Call:
    line = Line.objects.filter(number=event.line).first()
    if line is None:
        raise InvalidInput(_("没有这条热线：%s") % event.line, field="line")
    phone = phones.parse(event.phone) or ""
    caller = Caller.objects.filter(tenant_id=line.tenant_id, phone=phone).first() if phone else None
    Call.objects.bulk_create(
        [
            Call(
                exchange_id=event.exchange_id,
                direction=event.direction,
                state=CallState.RINGING,
                line=line,
                phone=phone,
                caller=caller,
                rang_at=event.at,
            )
        ],
        ignore_conflicts=True,  # two events of one new call at once: both go on with one row
    )
    call = _lock(event)
    if call is None:  # pragma: no cover  the row was inserted above or by the other one
        raise NotFound(_("没有这通来电"))
    return call


def _set_moment(call: Call, event: CallEvent) -> None:
    call.rang_at = min(call.rang_at, event.at)
    if event.kind == CallEventKind.ANSWERED:
        call.answered_at = _first(call.answered_at, event.at)
    elif event.kind == CallEventKind.ENDED:
        call.ended_at = _first(call.ended_at, event.at)


def _first(known: datetime | None, reported: datetime) -> datetime:
    return reported if known is None else min(known, reported)


def _tell(call: Call) -> None:
    if call.agent_id is not None:
        audience = [call.agent_id]
    else:
        audience = list(
            users_with_permission("hotline.take_calls")
            .filter(appointments__post__organization__tenant_id=call.line.tenant_id)
            .values_list("pk", flat=True)
            .distinct()
        )
    notices.tell_pages(audience, topic="call", data={"call": call.pk, "state": str(call.state)})
