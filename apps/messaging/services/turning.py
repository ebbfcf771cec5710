"""A conversation becomes a demand: by an agent at the desk, or by the account's rule (HL-08)."""

import re
import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.hotline import services as hotline
from apps.hotline.enums import Nature
from apps.hotline.services.drafts import FILES_MAX, source_key
from apps.matters.actors import Reporter
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.services import NewFile
from apps.messaging.enums import Direction, IntakeRule, MessageKind
from apps.messaging.models import Conversation, Message, MessageFile, Turn
from apps.messaging.permissions import require_answer
from apps.messaging.services.locking import lock_conversation_of

TEXT_LONGEST = 4000  # of a demand
TEXT_SHORTEST = 6  # below it there is nothing to register
MESSAGES_MOST = 30
_KEYWORDS = {
    "反映": Nature.HELP, "反應": Nature.HELP, "求助": Nature.HELP, "投诉": Nature.COMPLAINT,
    "投訴": Nature.COMPLAINT, "举报": Nature.REPORT, "舉報": Nature.REPORT,
    "建议": Nature.SUGGESTION, "建議": Nature.SUGGESTION, "咨询": Nature.CONSULT,
    "諮詢": Nature.CONSULT, "表扬": Nature.PRAISE, "表揚": Nature.PRAISE,
}  # fmt: skip
_BEGINS = re.compile(rf"\s*(?:我要)?({'|'.join(_KEYWORDS)})[：:，,\s]*")


@transaction.atomic
def prepare_desk(actor: User, *, conversation_id: int) -> uuid.UUID:
    """Will lay the citizen's words and files on the agent's desk and give the form's number.

    What was written since the last demand, oldest first; phone, name and channel are filled in.
    Registering the form makes the case one of this conversation. Audited.
    Raises: NotFound; NotAllowed; InvalidInput (field "text": nothing is there to register).
    Source: HL-08.
    """
    conversation = lock_conversation_of(actor, conversation_id)
    account = conversation.account
    require_answer(actor, account)
    messages = _unregistered(conversation)
    text = "\n".join(message.text.strip() for message in messages if message.text.strip())
    if not text:
        raise InvalidInput(_("会话里没有尚未登记的来信"), field="text")
    token = uuid.uuid4()
    hotline.save_draft(
        actor,
        token=token,
        data={
            "channel": account.channel,
            "text": text,
            "nature": account.nature,
            "class_code": account.class_code,
            "reporter_name": conversation.name,
            "reporter_phone": conversation.phone,
            "wants_callback": "on",
        },
    )
    for kept in _files_of(messages)[:FILES_MAX]:
        hotline.attach_file(actor, token=token, file=kept.file, name=kept.name)
    Turn.objects.create(
        conversation=conversation, source_key=source_key(token), by=actor, at=clock.now()
    )
    audit.record(
        actor,
        "conversation.laid_on_desk",
        object_type="messaging.conversation",
        object_id=conversation.pk,
        object_label=account.name,
        data={"messages": [message.pk for message in messages]},
    )
    return token


def register_by_rule(conversation: Conversation, message: Message) -> bool:
    """Will register a message as a demand where the account's rule says so; True where it did.

    A rule never registers what the service refuses: that waits for an agent. The conversation
    is locked by the caller.
    """
    account = conversation.account
    nature = nature_of(account.intake_rule, message.text, Nature(account.nature))
    text = _BEGINS.sub("", message.text, count=1).strip() or message.text.strip()
    if nature is None or len(text) < TEXT_SHORTEST:
        return False
    key = f"message:{message.pk}"
    try:
        with transaction.atomic():
            Turn.objects.create(conversation=conversation, source_key=key, at=message.at)
            outcome = hotline.register_demand(
                Reporter(case_id=0),
                tenant=account.tenant,
                intake=hotline.Intake(
                    title=message.subject[:120] or _first_words(text),
                    text=text[:TEXT_LONGEST],
                    channel=Channel(account.channel),
                    nature=nature,
                    reporter_name=conversation.name,
                    reporter_phone=conversation.phone,
                    class_code=account.class_code,
                    source_key=key,
                ),
                files=[NewFile(kept.file, kept.name) for kept in _files_of([message])[:FILES_MAX]],
            )
    except DomainError:
        return False
    message.case = outcome.case
    message.save(update_fields=["case"])
    return True


def nature_of(rule: str, text: str, usual: Nature) -> Nature | None:
    """Will tell what a rule takes a message for; None: for no demand."""
    found = _BEGINS.match(text)
    if found is not None and rule != IntakeRule.BY_HAND:
        return _KEYWORDS[found.group(1)]
    return usual if rule == IntakeRule.EVERY else None


def _first_words(text: str) -> str:
    for number, character in enumerate(text[:40]):
        if number > 3 and character in "。！？!?；;\n":
            return text[:number]
    return text if len(text) <= 40 else text[:39] + "…"


def _unregistered(conversation: Conversation) -> list[Message]:
    """What came after the last form that was registered; one laid aside counts for nothing."""
    found = Message.objects.filter(
        conversation=conversation, direction=Direction.IN, kind=MessageKind.CITIZEN, case=None
    )
    made = Case.objects.filter(source_key=OuterRef("source_key"))
    turned = Turn.objects.filter(Exists(made), conversation=conversation, by__isnull=False)
    last = turned.order_by("-id").first()
    if last is not None:
        found = found.filter(at__gt=last.at)
    return list(found.order_by("-id")[:MESSAGES_MOST])[::-1]


def _files_of(messages: list[Message]) -> list[MessageFile]:
    return list(
        MessageFile.objects.filter(message__in=messages).select_related("file").order_by("id")
    )
