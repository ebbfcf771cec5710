"""What a reporter hears goes to where they wrote from, or to where they want it (HL-16)."""

from django.utils.translation import gettext as _

from apps.common import rows
from apps.common.journeys import Statement
from apps.hotline.registry import Word
from apps.matters.definition import definition_of
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.messaging.enums import MessageKind, NoticeWay
from apps.messaging.models import Conversation, Turn
from apps.messaging.services.sending import order

#: What a demand made of a conversation is registered under begins so.
TURNED = ("desk:", "message:", "line:")
_WAY = "select way from messaging_preference where tenant_id = %s and phone = %s"
_ACCOUNT_OF = {NoticeWay.WECHAT: Channel.WECHAT, NoticeWay.APP: Channel.APP}


def tell(word: Word) -> bool:
    """Will order public words by the conversation of a case, or by the way its phone chose.

    True where no text message is due any more: it went another way, or none is wanted. Only the
    public words of the case come here, so an internal note cannot.
    """
    origin = _origin(word.case)
    if origin is not None and not origin.has_stopped and not _is_held(origin, word):
        _order(origin, word)
        return True
    if not word.phone:
        return False
    way = way_of(word.case.tenant_id, word.phone)
    if way == NoticeWay.NONE:
        return True
    found = _chosen(word, way) if way in _ACCOUNT_OF else None
    if found is None:
        return False
    _order(found, word)
    return True


def _is_held(origin: Conversation, word: Word) -> bool:
    """Whether the account sends nothing for now, and the reporter can be told by telephone."""
    account = origin.account
    return account.is_receive_only and not account.is_line and bool(word.phone)


def way_of(tenant_id: int, phone: str) -> NoticeWay:
    """Will give by which channel the holder of a phone wants to hear; SMS unless told."""
    [chosen] = rows.ask(way_question(tenant_id, phone))
    return NoticeWay(chosen[0][0]) if chosen else NoticeWay.SMS


def way_question(tenant_id: int, phone: str) -> Statement:
    """Will give what ``way_of`` asks, for a caller who foresees that it will."""
    return _WAY, (str(tenant_id), phone)


def _origin(case: Case) -> Conversation | None:
    if not (case.source_key or "").startswith(TURNED):
        return None
    turn = (
        Turn.objects.filter(
            source_key=case.source_key,
            conversation__account__tenant_id=case.tenant_id,
            conversation__account__is_active=True,
        )
        .select_related("conversation__account")
        .first()
    )
    return turn.conversation if turn is not None else None


def _chosen(word: Word, way: NoticeWay) -> Conversation | None:
    found = Conversation.objects.filter(
        phone=word.phone,
        has_stopped=False,
        account__tenant_id=word.case.tenant_id,
        account__channel=_ACCOUNT_OF[way],
        account__is_active=True,
        account__is_receive_only=False,
    )
    return found.select_related("account").order_by("-last_at", "-id").first()


def _order(conversation: Conversation, word: Word) -> None:
    case = word.case
    is_line = conversation.account.is_line
    text = _("诉求 %(number)s：%(text)s") % {"number": case.number, "text": word.text}
    if case.is_ended and not is_line:
        text += _("\n请回复1到5评价办理结果，5为非常满意。")
    definition = definition_of(case.version_id, case.version.body)
    order(
        conversation,
        kind=MessageKind.STATUS if is_line else MessageKind.PROGRESS,
        text=text,
        key=word.key,
        case=case,
        data={
            "number": case.number,
            "state": definition.state(case.state).public_label,
            "category": case.category,
        },
    )
