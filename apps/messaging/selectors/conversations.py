"""The queue and the conversations of a viewer's desks."""

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.masking import mask_name, mask_phone
from apps.hotline.models import Article
from apps.hotline.selectors.knowledge import find_articles
from apps.matters.enums import Channel
from apps.messaging.enums import ConversationState, Direction, MessageKind
from apps.messaging.models import Conversation, Message
from apps.messaging.permissions import ANSWER, reach_q

SHOWN_MESSAGES = 200
SNIPPETS = 3


def list_conversations(
    viewer: User, *, tab: str = "waiting", channel: str = "", text: str = ""
) -> QuerySet[Conversation]:
    """Will list conversations in the viewer's reach: who waits longest first, others newest first.

    tab: waiting, mine, muted or all. text: part of the name, or the end of the bound number.
    """
    found = Conversation.objects.filter(reach_q(viewer, field="account__unit"))
    found = found.select_related("account", "agent").defer("account__secrets")
    if tab == "waiting":
        found = found.filter(state=ConversationState.WAITING)
    elif tab == "mine":
        found = found.filter(agent=viewer)
    elif tab == "muted":
        found = found.filter(Q(muted_until__gt=clock.now()) | Q(refused_count__gt=0))
    if channel:
        found = found.filter(account__channel=channel)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(phone__endswith=text))
    if tab in ("waiting", "mine"):
        return found.order_by(F("waiting_since").asc(nulls_last=True), "id")
    return found.order_by("-last_at", "-id")


def get_conversation(viewer: User, *, pk: int) -> Conversation:
    """Raises: NotFound (no such conversation, or not at a desk of this viewer)."""
    found = Conversation.objects.filter(reach_q(viewer, field="account__unit"), pk=pk)
    conversation = found.select_related("account__unit", "account__tenant", "agent").first()
    if conversation is None:
        raise NotFound(_("没有这个会话"))
    return conversation


def list_messages(conversation: Conversation) -> list[Message]:
    """Will give the newest 200 messages, oldest first, with their files and cases."""
    found = conversation.messages.select_related("author", "case").defer(
        "case__search", "case__form_data", "case__text"
    )
    return list(found.prefetch_related("files__file").order_by("-id")[:SHOWN_MESSAGES])[::-1]


def count_waiting(viewer: User) -> int:
    """Will count, up to 99, who waits at the viewer's desks; asked on every page of the menu."""
    found = Conversation.objects.filter(
        reach_q(viewer, ANSWER, field="account__unit"), state=ConversationState.WAITING
    )
    return found.order_by().values("pk")[:99].count()


def snippets_for(conversation: Conversation) -> list[Article]:
    """Will give the articles that fit what the citizen wrote last."""
    asked = conversation.messages.filter(direction=Direction.IN, kind=MessageKind.CITIZEN)
    newest = asked.order_by("-id").first()
    if newest is None or len(newest.text.strip()) < 2:
        return []
    tenant = conversation.account.tenant
    return find_articles(tenant=tenant, text=newest.text[:1000], limit=SNIPPETS)


def masked_outsider(conversation: Conversation) -> str:
    """Will give the outsider so that an agent recognises them and nobody else finds them."""
    outsider, channel = conversation.outsider, conversation.account.channel
    if conversation.account.is_line:
        return outsider
    if channel == Channel.SMS:
        return mask_phone(outsider)
    if channel == Channel.EMAIL:
        local, _at, domain = outsider.partition("@")
        return f"{local[:1]}***@{domain}"
    return f"{outsider[:4]}****"


def masked_name(conversation: Conversation) -> str:
    """Will give the name covered; empty where none is known."""
    return mask_name(conversation.name) if conversation.name else ""
