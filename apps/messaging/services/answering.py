"""What an agent does with a conversation: take it, answer, end it, place it, mute it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.matters.models import Case
from apps.messaging.enums import ConversationState, Direction, MessageKind
from apps.messaging.errors import ConversationTaken, NothingToDo
from apps.messaging.models import Conversation, Message
from apps.messaging.permissions import can_oversee, require_answer
from apps.messaging.selectors.cases import cases_of
from apps.messaging.services.locking import lock_conversation_of
from apps.messaging.services.sending import order
from apps.messaging.services.waiting import end_wait

ANSWER_MAX = 2000
REASON_MAX = 200
MUTE_LONGEST = timedelta(days=30)


@transaction.atomic
def claim(actor: User, *, conversation_id: int) -> Conversation:
    """Will give a conversation to the agent who takes it; again by the same changes nothing.

    Who oversees may take it from somebody else. Locks the conversation; audited.
    Raises: NotFound; NotAllowed; ConversationTaken.
    """
    conversation = lock_conversation_of(actor, conversation_id)
    require_answer(actor, conversation.account)
    if conversation.agent_id == actor.pk:
        return conversation
    if conversation.agent is not None and not can_oversee(actor):
        raise ConversationTaken(
            _("%(name)s正在接待此会话") % {"name": conversation.agent.display_name}
        )
    before = _seen(conversation)
    conversation.agent, conversation.state = actor, ConversationState.SERVING
    conversation.save(update_fields=["agent", "state"])
    _note(actor, conversation, "conversation.claimed", before)
    return conversation


@transaction.atomic
def release(actor: User, *, conversation_id: int) -> Conversation:
    """Will give a conversation back to the queue. Audited.

    Raises: NotFound; NotAllowed; ConversationTaken (somebody else's); NothingToDo.
    """
    conversation = _own(actor, conversation_id)
    before = _seen(conversation)
    conversation.agent = None
    conversation.state = (
        ConversationState.WAITING if conversation.waiting_since else ConversationState.CLOSED
    )
    conversation.save(update_fields=["agent", "state"])
    _note(actor, conversation, "conversation.released", before)
    return conversation


@transaction.atomic
def answer(actor: User, *, conversation_id: int, text: str, key: str) -> Message:
    """Will order an agent's answer and stop the clock of the citizen who waits.

    Takes the conversation first where nobody has it. text: 1-2,000 characters. key: of the form;
    the same again gives the first answer.
    Raises: NotFound; NotAllowed; ConversationTaken; InvalidInput (field "text").
    """
    words = text.strip()
    if not words or len(words) > ANSWER_MAX:
        raise InvalidInput(_("答复应为1到%s个字") % ANSWER_MAX, field="text")
    conversation = claim(actor, conversation_id=conversation_id)
    message = order(
        conversation,
        kind=MessageKind.ANSWER,
        text=words,
        key=f"answer:{key}"[:160],
        author=actor,
        case=_only_case(conversation),
    )
    if message is None:
        return Message.objects.get(conversation=conversation, key=f"answer:{key}"[:160])
    end_wait(conversation, at=clock.now(), agent=actor)
    conversation.save(update_fields=["waiting_since"])
    audit.record(
        actor,
        "message.answered",
        object_type="messaging.conversation",
        object_id=conversation.pk,
        object_label=conversation.account.name,
        data={"message": message.pk, "length": len(words)},
    )
    return message


@transaction.atomic
def close(actor: User, *, conversation_id: int) -> Conversation:
    """Will end a conversation; the citizen's next message opens it again. Audited.

    Raises: NotFound; NotAllowed; ConversationTaken; NothingToDo (it is ended).
    """
    conversation = lock_conversation_of(actor, conversation_id)
    require_answer(actor, conversation.account)
    _require_mine(actor, conversation)
    if conversation.state == ConversationState.CLOSED:
        raise NothingToDo(_("会话已经结束"))
    before = _seen(conversation)
    end_wait(conversation, at=clock.now(), agent=None)
    conversation.agent, conversation.state = None, ConversationState.CLOSED
    conversation.save(update_fields=["agent", "state", "waiting_since"])
    _note(actor, conversation, "conversation.closed", before)
    return conversation


@transaction.atomic
def attach(actor: User, *, conversation_id: int, message_id: int, case_id: int) -> Message:
    """Will put a citizen's message beside one of their cases, or another one than before. Audited.

    Raises: NotFound; NotAllowed; InvalidInput (field "case": none of theirs; field "message");
        NothingToDo (it is there).
    """
    conversation = lock_conversation_of(actor, conversation_id)
    require_answer(actor, conversation.account)
    message = conversation.messages.filter(pk=message_id, direction=Direction.IN).first()
    if message is None:
        raise InvalidInput(_("没有这条来信"), field="message")
    case = next((one for one in cases_of(conversation) if one.pk == case_id), None)
    if case is None:
        raise InvalidInput(_("请选择此人的一件诉求"), field="case")
    if message.case_id == case.pk:
        raise NothingToDo(_("此来信已附到该诉求"))
    before = {"case": message.case_id}
    message.case = case
    message.save(update_fields=["case"])
    audit.record(
        actor,
        "message.attached",
        object_type="messaging.message",
        object_id=message.pk,
        object_label=case.number,
        data=audit.changes(before, {"case": case.pk}),
    )
    return message


@transaction.atomic
def mute(actor: User, *, conversation_id: int, until: datetime, reason: str) -> Conversation:
    """Will keep what somebody writes without having it wait, until a moment, for a reason. Audited.

    until: aware, in the future, at most 30 days. The messages are kept and shown.
    Raises: NotFound; NotAllowed; InvalidInput (fields "until", "reason").
    """
    conversation = lock_conversation_of(actor, conversation_id)
    require_answer(actor, conversation.account)
    moment = clock.now()
    if not moment < until <= moment + MUTE_LONGEST:
        raise InvalidInput(_("静默应在30天内结束"), field="until")
    if not 2 <= len(reason.strip()) <= REASON_MAX:
        raise InvalidInput(_("请填写静默理由"), field="reason")
    before = _seen(conversation)
    conversation.muted_until, conversation.mute_reason = until, reason.strip()
    end_wait(conversation, at=moment, agent=None)
    conversation.agent, conversation.state = None, ConversationState.CLOSED
    conversation.save()
    _note(actor, conversation, "conversation.muted", before)
    return conversation


@transaction.atomic
def unmute(actor: User, *, conversation_id: int) -> Conversation:
    """Will let somebody be heard again before the end. Audited.

    Raises: NotFound; NotAllowed; NothingToDo (not muted).
    """
    conversation = lock_conversation_of(actor, conversation_id)
    require_answer(actor, conversation.account)
    if conversation.muted_until is None or conversation.muted_until <= clock.now():
        raise NothingToDo(_("此会话没有静默"))
    before = _seen(conversation)
    conversation.muted_until, conversation.mute_reason = None, ""
    conversation.save(update_fields=["muted_until", "mute_reason"])
    _note(actor, conversation, "conversation.unmuted", before)
    return conversation


def _own(actor: User, conversation_id: int) -> Conversation:
    conversation = lock_conversation_of(actor, conversation_id)
    require_answer(actor, conversation.account)
    if conversation.agent_id is None:
        raise NothingToDo(_("没有人在接待此会话"))
    _require_mine(actor, conversation)
    return conversation


def _require_mine(actor: User, conversation: Conversation) -> None:
    agent = conversation.agent
    if agent is not None and agent.pk != actor.pk and not can_oversee(actor):
        raise ConversationTaken(_("%(name)s正在接待此会话") % {"name": agent.display_name})


def _only_case(conversation: Conversation) -> Case | None:
    running = [case for case in cases_of(conversation) if not case.is_ended]
    return running[0] if len(running) == 1 else None


def _seen(conversation: Conversation) -> dict[str, object]:
    return audit.snapshot(conversation, "state", "agent", "muted_until", "mute_reason")


def _note(actor: User, conversation: Conversation, action: str, before: dict[str, object]) -> None:
    audit.record(
        actor,
        action,
        object_type="messaging.conversation",
        object_id=conversation.pk,
        object_label=conversation.account.name,
        data=audit.changes(before, _seen(conversation)),
    )
