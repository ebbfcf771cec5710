"""One way in for what citizens write, whatever the channel (HL-02, HL-06, HL-08).

``receive`` is called by the signed addresses, the reader of mailboxes and the REST of the app. It
keeps the message, once, and decides what becomes of it: a word of command, an answer to what the
city asked, a demand by rule, or an agent's turn. Nothing a citizen wrote is judged by a program:
abusive words wait for a person like any others.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.common import clock, files, ratelimit
from apps.common.errors import InvalidInput, TooMany
from apps.hotline import phones
from apps.matters.enums import Channel
from apps.messaging.enums import Direction, MessageKind, MessageState, Refused
from apps.messaging.models import (
    ChannelAccount,
    Conversation,
    Message,
    MessageFile,
    MessageMedia,
)
from apps.messaging.models.conversations import TEXT_MAX
from apps.messaging.registry import Incoming, IncomingFile
from apps.messaging.services.following_up import answer_by_itself
from apps.messaging.services.sending import LAST_TEXT, order
from apps.messaging.services.waiting import begin_wait

MINUTE = 60
FILES_MOST = 20
NAME_MAX = 60
#: A flood is told once in so long that it is one.
TOLD_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Received:
    """What became of a message. repeated: it was here before; refused: over the limit of rate."""

    message: Message | None
    repeated: bool = False
    refused: bool = False


def receive(account: ChannelAccount, incoming: Incoming) -> Received:
    """Will keep one message and do what follows from it, once per number of the channel.

    incoming.text may be of any length and any characters; what is longer than 20,000 is cut and
    said to be. Files: at most 20 are kept, each bounded by ``UPLOAD_MAX_BYTES``; the others are
    named with the reason, to the citizen too. Not atomic itself: the counters of a flood must
    outlive it. Files are stored before the conversation is locked.

    Raises: InvalidInput (field "outsider": nobody is named; "text": neither text nor file).
    """
    outsider = incoming.outsider.strip()
    if not outsider or len(outsider) > 320:
        raise InvalidInput(_("缺少发送方标识"), field="outsider")
    if not incoming.text.strip() and not incoming.files:
        raise InvalidInput(_("消息没有内容"), field="text")
    known = _known(account, incoming)
    if known is not None:
        return Received(known, repeated=True)
    try:
        ratelimit.hit(
            f"messaging.{account.pk}"[:40], outsider,
            limit=settings.MESSAGES_PER_MINUTE, per_seconds=MINUTE,
        )  # fmt: skip
    except TooMany:
        _count_flood(account, outsider)
        return Received(None, refused=True)
    kept, refused = keep_files(incoming.files)
    return _take(account, incoming, outsider, kept, refused)


@transaction.atomic
def _take(
    account: ChannelAccount,
    incoming: Incoming,
    outsider: str,
    kept: list[MessageFile],
    refused: list[dict[str, str]],
) -> Received:
    conversation, is_first = lock_conversation(account, outsider, name=incoming.name)
    known = _known(account, incoming)
    if known is not None:
        return Received(known, repeated=True)
    message = _write(conversation, incoming, refused)
    for file in kept:
        file.message = message
    MessageFile.objects.bulk_create(kept)
    MessageMedia.objects.bulk_create(
        MessageMedia(
            message=message, media_id=one.media_id[:300], name=one.name, next_at=message.at
        )
        for one in incoming.media[:FILES_MOST]
    )
    conversation.last_at, conversation.last_text = message.at, message.text[:LAST_TEXT]
    conversation.save(update_fields=["last_at", "last_text", "name", "phone"])
    if refused:
        tell_refused(conversation, message, refused)
    if incoming.is_automatic or _is_muted(conversation):
        return Received(message)
    if is_first and account.greeting:
        order(conversation, kind=MessageKind.REPLY, text=account.greeting, key="greeting")
    if not answer_by_itself(conversation, message, incoming):
        begin_wait(conversation, at=message.at)
    return Received(message)


def lock_conversation(
    account: ChannelAccount, outsider: str, *, name: str = ""
) -> tuple[Conversation, bool]:
    """Will give the conversation with an outsider, locked until commit, and whether it is new."""
    _row, made = Conversation.objects.get_or_create(
        account=account,
        outsider=outsider,
        defaults={"last_at": clock.now(), "phone": _own_phone(account, outsider)},
    )
    conversation = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("account__unit", "account__tenant")
        .get(account=account, outsider=outsider)
    )
    conversation.name = name.strip()[:NAME_MAX] or conversation.name
    return conversation, made


def _known(account: ChannelAccount, incoming: Incoming) -> Message | None:
    return Message.objects.filter(
        account=account, direction=Direction.IN, provider_id=incoming.provider_id
    ).first()


def _write(
    conversation: Conversation, incoming: Incoming, refused: list[dict[str, str]]
) -> Message:
    text = incoming.text.replace("\x00", "")
    if len(text) > TEXT_MAX:
        text = text[: TEXT_MAX - 20] + _("……（来信过长，余下从略）")
    return Message.objects.create(
        conversation=conversation,
        account_id=conversation.account_id,
        direction=Direction.IN,
        kind=MessageKind.AUTOMATIC if incoming.is_automatic else MessageKind.CITIZEN,
        state=MessageState.RECEIVED,
        subject=incoming.subject.strip()[:200],
        text=text,
        provider_id=incoming.provider_id[:300],
        refused=refused,
        at=incoming.at,
    )


def keep_files(
    sent: tuple[IncomingFile, ...],
) -> tuple[list[MessageFile], list[dict[str, str]]]:
    """Will store what may be kept and name the rest with the reason; the rows are not written."""
    kept: list[MessageFile] = []
    refused: list[dict[str, str]] = []
    for file in sent:
        reason = file.refused
        if not reason and len(kept) >= FILES_MOST:
            reason = Refused.TOO_MANY
        if not reason:
            try:
                stored = files.store(ContentFile(file.content, name=file.name))
                kept.append(MessageFile(file=stored, name=file.name[:160] or _("附件")))
                continue
            except InvalidInput as error:
                reason = _REASONS.get(error.code, Refused.DAMAGED)
        refused.append({"name": file.name[:160], "reason": str(reason)})
    return kept, refused


_REASONS = {"file_too_large": Refused.TOO_LARGE, "file_type": Refused.KIND}


def tell_refused(
    conversation: Conversation, message: Message, refused: list[dict[str, str]], *, late: str = ""
) -> None:
    """Will tell the citizen which files were not kept and why, once. late: of what came after."""
    listed = "\n".join(
        f"{one['name']}（{Refused(one['reason']).label}）" for one in refused[:FILES_MOST]
    )
    text = _("来信已收到，以下%(count)s个附件未能接收：\n%(listed)s") % {
        "count": len(refused),
        "listed": listed,
    }
    if message.kind != MessageKind.AUTOMATIC:
        order(conversation, kind=MessageKind.REPLY, text=text, key=f"refused:{message.pk}{late}")


def _is_muted(conversation: Conversation) -> bool:
    return conversation.muted_until is not None and conversation.muted_until > clock.now()


@transaction.atomic
def _count_flood(account: ChannelAccount, outsider: str) -> None:
    """Counts what is dropped and tells its sender once an hour; nobody is muted by a program."""
    conversation, _made = lock_conversation(account, outsider)
    moment, before = clock.now(), conversation.refused_at
    Conversation.objects.filter(pk=conversation.pk).update(
        refused_count=F("refused_count") + 1, refused_at=moment
    )
    if before is None or before < moment - TOLD_AGAIN:
        order(
            conversation,
            kind=MessageKind.REPLY,
            text=_("您发送的消息过于频繁，部分消息未能接收，请稍后再发。紧急情况请拨打热线电话。"),
            key=f"flood:{moment:%Y%m%d%H%M}",
        )


def _own_phone(account: ChannelAccount, outsider: str) -> str:
    """A text message comes from the phone it names; nothing has to be bound."""
    return (phones.parse(outsider) or "") if account.channel == Channel.SMS else ""
