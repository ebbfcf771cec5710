from celery import shared_task

from apps.notices import services


@shared_task(name="notices.deliver_due")
def deliver_due() -> int:
    """Will send the text messages and e-mails that are due; safe to run at once."""
    return services.deliver_due()
