"""What beat orders for alarms; each safe to run twice."""

from celery import shared_task

from apps.alarms import services


@shared_task(name="alarms.follow_time")
def follow_time() -> int:
    """Takes up what was laid aside, ends quiet times, lets rules go on, escalates."""
    done = services.take_up_due() + services.follow_quiet()
    return done + services.tick_due() + services.escalate_due()


@shared_task(name="alarms.rehearse_due")
def rehearse_due() -> int:
    """Works through queued rehearsals; one whose worker died is done again."""
    return services.rehearse_due()


@shared_task(name="alarms.purge")
def purge() -> int:
    """Deletes rehearsals older than thirty days."""
    return services.drop_old_rehearsals()


@shared_task(name="alarms.watch")
def watch() -> int:
    """Has the watchers look whose turn it is."""
    return services.watch_round()
