from celery import shared_task

from apps.accounts import services
from apps.accounts.approvals import services as approvals
from apps.accounts.factors import challenges, phone


@shared_task(name="accounts.forget_old_counters")
def forget_old_counters() -> int:
    """Will drop yesterday's counters, codes and challenges; safe to run any number of times."""
    gone = challenges.forget_spent() + phone.forget_old_codes()
    return gone + services.forget_old_counters()


@shared_task(name="accounts.expire_changes")
def expire_changes() -> int:
    """Will close held changes that waited too long; safe to run any number of times."""
    return approvals.expire_changes()
