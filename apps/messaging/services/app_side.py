"""What the holder of a public account does in the app: write, read, score, choose (HL-07)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import NotFound, TooMany
from apps.matters.actors import Reporter
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.services import perform
from apps.messaging.enums import NoticeWay
from apps.messaging.models import ChannelAccount, Conversation, Message, Preference
from apps.messaging.registry import Incoming
from apps.messaging.services.preferences import choose_way
from apps.messaging.services.receiving import lock_conversation, receive
from apps.residents.models import PublicAccount


def write_in_app(person: PublicAccount, *, text: str, key: str) -> Message:
    """Will take one message of an account, once per key.

    Raises: NotFound (the body answers no app); InvalidInput (field "text"); TooMany.
    """
    conversation = open_in_app(person)
    incoming = Incoming(
        provider_id=f"{person.pk}:{key}",
        outsider=conversation.outsider,
        text=text,
        at=clock.now(),
        name=person.name,
    )
    found = receive(conversation.account, incoming)
    if found.message is None:
        raise TooMany(_("您发送的消息过于频繁，请稍后再发"), code="rate_limited")
    return found.message


@transaction.atomic
def open_in_app(person: PublicAccount) -> Conversation:
    """Will give the conversation of an account, with the phone it has today.

    Raises: NotFound (the body answers no app).
    """
    account = (
        ChannelAccount.objects.filter(
            tenant_id=person.tenant_id, channel=Channel.APP, is_active=True
        )
        .select_related("unit", "tenant")
        .order_by("code")
        .first()
    )
    if account is None:
        raise NotFound(_("还没有开通 App 消息"))
    conversation, _made = lock_conversation(account, f"account-{person.pk}", name=person.name)
    if conversation.phone != person.phone:
        conversation.phone = person.phone
        conversation.save(update_fields=["phone"])
    return conversation


def score_in_app(case: Case, *, given: Mapping[str, Any], key: str) -> None:
    """Will take the reporter's scores of a case, once per key.

    The caller has made sure that the case is theirs. Raises: what ``matters.perform`` raises.
    """
    perform(
        Reporter(case_id=case.pk), case_id=case.pk, action="evaluate", data=given, key=f"app:{key}"
    )


def choose_in_app(person: PublicAccount, *, way: NoticeWay) -> Preference:
    """Will keep how the holder of an account hears of the progress.

    Raises: NotFound (way "app" where the body answers no app).
    """
    conversation = open_in_app(person) if way == NoticeWay.APP else None
    return choose_way(tenant_id=person.tenant_id, phone=person.phone, way=way, told_by=conversation)
