from celery import shared_task

from apps.accounts import services


@shared_task(name="accounts.forget_old_counters")
def forget_old_counters() -> int:
    """Will drop yesterday's counters of failed sign-ins; safe to run any number of times."""
    return services.forget_old_counters()
