"""What beat orders for the hotline; each safe to run twice."""

from celery import shared_task

from apps.hotline.learning import keeping


@shared_task(name="hotline.train_waiting")
def train_waiting() -> bool:
    """Trains the version somebody ordered."""
    return keeping.train_waiting()


@shared_task(name="hotline.watch_drift")
def watch_drift() -> int:
    """Tells the keepers where the serving model no longer fits the times."""
    return keeping.watch_drift()
