from apps.messaging.models.channels import ChannelAccount, ReplyTemplate
from apps.messaging.models.citizens import Binding, Device, Preference
from apps.messaging.models.conversations import (
    Conversation,
    Message,
    MessageFile,
    MessageMedia,
    Turn,
    Wait,
)
from apps.messaging.models.transfers import Transfer

__all__ = [
    "Binding",
    "ChannelAccount",
    "Conversation",
    "Device",
    "Message",
    "MessageFile",
    "MessageMedia",
    "Preference",
    "ReplyTemplate",
    "Transfer",
    "Turn",
    "Wait",
]
