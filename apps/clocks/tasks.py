from celery import shared_task

from apps.clocks import services


@shared_task(name="clocks.fire_due_timers")
def fire_due_timers() -> int:
    """Will fire what is due for some seconds; safe to run any number of times at once.

    A worker that is sent the next turn while this one runs helps: thousands may be due at the
    end of business hours. Other duties come in between two turns.
    """
    return services.fire_due(limit=10_000, seconds=5.0)
