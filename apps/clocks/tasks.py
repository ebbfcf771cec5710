from celery import shared_task

from apps.clocks import services


@shared_task(name="clocks.fire_due_timers")
def fire_due_timers() -> int:
    """Will fire what is due; safe to run any number of times at once."""
    return services.fire_due(limit=500)
