"""The mailboxes of e-mail accounts, read by the worker."""

import logging

from apps.common import clock
from apps.common.errors import DomainError
from apps.matters.enums import Channel
from apps.messaging.adapters import mail
from apps.messaging.models import ChannelAccount
from apps.messaging.registry import AdapterError
from apps.messaging.services.reaching import reach_of
from apps.messaging.services.receiving import receive

logger = logging.getLogger(__name__)


def read_mailboxes() -> int:
    """Will take in the unread letters of every mailbox and give their number.

    A letter is marked as read after it is kept; a worker that dies between takes it again and
    finds it known by its number. One that cannot be read is flagged in the mailbox.
    """
    accounts = ChannelAccount.objects.filter(channel=Channel.EMAIL, sender="mail", is_active=True)
    return sum(_read(account) for account in accounts if account.options.get("host"))


def _read(account: ChannelAccount) -> int:
    count = 0
    try:
        with mail.opened(reach_of(account)) as mailbox:
            for uid in mailbox.unread():
                raw, is_whole = mailbox.fetch(uid)
                is_taken = _take(account, raw, is_whole=is_whole)
                mailbox.mark(uid, is_faulty=not is_taken)
                count += is_taken
    except AdapterError as error:
        logger.warning("mailbox not read", extra={"account": account.code, "why": str(error)})
    return count


def _take(account: ChannelAccount, raw: bytes, *, is_whole: bool) -> bool:
    try:
        found = receive(account, mail.parse(raw, at=clock.now(), is_whole=is_whole))
    except DomainError:
        logger.warning("letter without sender or words", extra={"account": account.code})
        return False
    return not found.refused
