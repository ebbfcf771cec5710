"""What beat orders for upkeep; each safe to run twice."""

from celery import shared_task

from apps.upkeep import services


@shared_task(name="upkeep.note_server")
def note_server() -> None:
    """Notices within a minute that another server of the database serves."""
    services.note_server()


@shared_task(name="upkeep.every_day")
def every_day() -> int:
    """Keeps the day's figures, tells people what is due, drops old minutes."""
    services.take_sample()
    services.drop_old_minutes()
    return services.remind()
