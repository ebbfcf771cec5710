"""The message centre's writers, by topic."""

from apps.messaging.services.answering import (
    ANSWER_MAX,
    answer,
    attach,
    claim,
    close,
    mute,
    release,
    unmute,
)
from apps.messaging.services.app_side import (
    choose_in_app,
    open_in_app,
    score_in_app,
    write_in_app,
)
from apps.messaging.services.channels import (
    SECRETS,
    AccountSpec,
    save_account,
    save_template,
)
from apps.messaging.services.fetching import fetch_media
from apps.messaging.services.letters import read_mailboxes
from apps.messaging.services.preferences import choose_way, phones_that_stopped
from apps.messaging.services.reaching import reach_of, secrets_of
from apps.messaging.services.receiving import Received, receive
from apps.messaging.services.sending import deliver_due
from apps.messaging.services.telling import tell, way_of, way_question
from apps.messaging.services.transferring import hand_over, take_word
from apps.messaging.services.turning import prepare_desk
from apps.messaging.services.waking import register_device, remove_device, wake_due

__all__ = [
    "ANSWER_MAX",
    "SECRETS",
    "AccountSpec",
    "Received",
    "answer",
    "attach",
    "choose_in_app",
    "choose_way",
    "claim",
    "close",
    "deliver_due",
    "fetch_media",
    "hand_over",
    "mute",
    "open_in_app",
    "phones_that_stopped",
    "prepare_desk",
    "reach_of",
    "read_mailboxes",
    "receive",
    "register_device",
    "release",
    "remove_device",
    "save_account",
    "save_template",
    "score_in_app",
    "secrets_of",
    "take_word",
    "tell",
    "unmute",
    "wake_due",
    "way_of",
    "way_question",
    "write_in_app",
]
