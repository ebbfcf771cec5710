"""What beat orders for surveys; safe to run twice."""

from celery import shared_task

from apps.opinions import services


@shared_task(name="opinions.send_invites")
def send_invites() -> int:
    """Orders the invitations that are due, by day."""
    return services.send_invites()
