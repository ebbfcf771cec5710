"""The message centre's writers, by topic."""

from apps.messaging.services.answering import (
    answer,
    attach,
    claim,
    close,
    mute,
    release,
    unmute,
)
from apps.messaging.services.channels import (
    SECRETS,
    AccountSpec,
    save_account,
    save_template,
)
from apps.messaging.services.letters import read_mailboxes
from apps.messaging.services.preferences import choose_way
from apps.messaging.services.reaching import reach_of, secrets_of
from apps.messaging.services.receiving import Received, receive
from apps.messaging.services.sending import deliver_due
from apps.messaging.services.telling import tell, way_of
from apps.messaging.services.transferring import hand_over, take_word
from apps.messaging.services.turning import prepare_desk

__all__ = [
    "SECRETS",
    "AccountSpec",
    "Received",
    "answer",
    "attach",
    "choose_way",
    "claim",
    "close",
    "deliver_due",
    "hand_over",
    "mute",
    "prepare_desk",
    "reach_of",
    "read_mailboxes",
    "receive",
    "release",
    "save_account",
    "save_template",
    "secrets_of",
    "take_word",
    "tell",
    "unmute",
    "way_of",
]
