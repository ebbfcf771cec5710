"""The public app fetches its messages by REST: there is nothing to send."""

from apps.messaging.registry import Outgoing, Reach


def send(reach: Reach, outgoing: Outgoing) -> str:
    """Implements ``registry.Sender``: what is kept is as good as sent."""
    return ""
