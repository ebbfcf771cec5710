"""Sends nothing: what would have been sent stands in the conversation, for demonstrations."""

from apps.messaging.registry import AdapterError, Outgoing, Reach


def send(reach: Reach, outgoing: Outgoing) -> str:
    """Implements ``registry.Sender``; whoever's name ends in 0000 is refused for good."""
    if outgoing.to.endswith("0000"):
        raise AdapterError("not in service", retryable=False)
    return f"sim-{outgoing.key}"
