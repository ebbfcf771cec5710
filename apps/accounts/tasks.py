from celery import shared_task

from apps.accounts import services
from apps.accounts.approvals import services as approvals


@shared_task(name="accounts.forget_old_counters")
def forget_old_counters() -> int:
    """Will drop yesterday's counters of failed sign-ins; safe to run any number of times."""
    return services.forget_old_counters()


@shared_task(name="accounts.expire_changes")
def expire_changes() -> int:
    """Will close held changes that waited too long; safe to run any number of times."""
    return approvals.expire_changes()
