"""What beat orders for the call centre; each safe to run twice."""

from celery import shared_task

from apps.callcentre import services


@shared_task(name="callcentre.keep_calls_moving")
def keep_calls_moving() -> int:
    """Ends what time ends, takes calls from who does not answer, offers those that wait."""
    services.refresh_ledgers()
    services.withdraw_late()
    return services.route_waiting()


@shared_task(name="callcentre.feed_scores")
def feed_scores() -> int:
    """Puts scores by key with the cases registered since."""
    return services.feed_scores()
