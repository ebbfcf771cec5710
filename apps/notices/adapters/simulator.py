"""Sends nothing: keeps what would have been sent, for demos and for trying things out."""

from apps.common import clock, commits
from apps.notices.models import SimulatedMessage
from apps.notices.registry import AdapterError, Message


class SimulatorAdapter:
    """Accepts every recipient but those ending in 0000, which it refuses for good."""

    def send(self, message: Message) -> str:
        if message.to.endswith("0000"):
            raise AdapterError("number not in service", retryable=False)
        with commits.light():
            [kept] = SimulatedMessage.objects.bulk_create(
                [
                    SimulatedMessage(
                        channel=message.channel,
                        key=message.key,
                        to=message.to,
                        subject=message.subject,
                        text=message.text,
                        created_at=clock.now(),
                    )
                ],
                update_conflicts=True,  # a repeat is the message that is there
                unique_fields=["channel", "key"],
                update_fields=["key"],
            )
        return f"sim-{kept.pk}"
