"""What beat orders for polls; each safe to run twice."""

from celery import shared_task

from apps.polling import services


@shared_task(name="polling.poll_due")
def poll_due() -> int:
    """Asks the gateways whose devices are due."""
    return services.poll_due()


@shared_task(name="polling.take_files")
def take_files() -> int:
    """Takes quiet files in from the watched folder and works through those that wait."""
    services.watch_folder()
    return services.work_through()


@shared_task(name="polling.watch_edges")
def watch_edges() -> int:
    """Raises alarms for edge nodes that fell silent."""
    return services.watch_edges()


@shared_task(name="polling.purge")
def purge() -> int:
    """Forgets files and batches that are too old to be sent again."""
    return services.purge()
