"""What beat orders for messages; each safe to run twice."""

from celery import shared_task

from apps.messaging import services


@shared_task(name="messaging.deliver_due")
def deliver_due() -> int:
    """Sends what is due."""
    return services.deliver_due()


@shared_task(name="messaging.read_mailboxes")
def read_mailboxes() -> int:
    """Takes in the unread letters of the mailboxes."""
    return services.read_mailboxes()


@shared_task(name="messaging.fetch_media")
def fetch_media() -> int:
    """Fetches the pictures and voices platforms hold."""
    return services.fetch_media()


@shared_task(name="messaging.wake_due")
def wake_due() -> int:
    """Wakes the telephones for which messages wait."""
    return services.wake_due()
