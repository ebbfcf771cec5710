"""The accounts and ready answers a viewer may see."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.messaging.enums import LINES
from apps.messaging.models import ChannelAccount, Conversation, ReplyTemplate
from apps.messaging.permissions import ANSWER, KEEP, reach_q


def list_accounts(viewer: User, *, text: str = "", channel: str = "") -> QuerySet[ChannelAccount]:
    """Will list the accounts in the viewer's reach, without their secrets."""
    found = ChannelAccount.objects.filter(reach_q(viewer)).select_related("unit", "line")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__icontains=text))
    if channel:
        found = found.filter(channel=channel)
    return found.defer("secrets").order_by("channel", "code")


def list_lines(viewer: User) -> QuerySet[ChannelAccount]:
    """Will list the outside lines at whose desk the viewer sits and that take cases for now."""
    found = ChannelAccount.objects.filter(
        reach_q(viewer, ANSWER), is_active=True, is_receive_only=False
    )
    return found.filter(channel__in=[str(one) for one in LINES]).order_by("code")


def get_account(viewer: User, *, pk: int) -> ChannelAccount:
    """Raises: NotFound (no such account, or not for this viewer to keep)."""
    found = ChannelAccount.objects.filter(reach_q(viewer, KEEP), pk=pk).select_related("unit")
    account = found.first()
    if account is None:
        raise NotFound(_("没有这个渠道账号"))
    return account


def find_account(code: str) -> ChannelAccount | None:
    """Will give an account in use by its code, for what comes from outside."""
    return (
        ChannelAccount.objects.filter(code=code, is_active=True)
        .select_related("unit", "tenant")
        .first()
    )


def list_templates(viewer: User) -> QuerySet[ReplyTemplate]:
    """Will list the ready answers the viewer keeps."""
    return ReplyTemplate.objects.filter(reach_q(viewer, KEEP)).select_related("unit")


def templates_for(conversation: Conversation) -> QuerySet[ReplyTemplate]:
    """Will list the ready answers for a conversation: of its desk, for its channel."""
    account = conversation.account
    return ReplyTemplate.objects.filter(
        unit=account.unit, is_active=True, channel__in=["", account.channel]
    )
