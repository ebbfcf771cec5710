"""What beat orders for cameras; each safe to run twice."""

from celery import shared_task

from apps.video import services


@shared_task(name="video.ask_recorders")
def ask_recorders() -> int:
    """Asks recorders what they kept of yesterday and today."""
    return services.ask_recorders()


@shared_task(name="video.exchange_catalogues")
def exchange_catalogues() -> int:
    """Takes and sends catalogues of platforms in use."""
    return services.exchange_all()


@shared_task(name="video.end_stale_holds")
def end_stale_holds() -> int:
    """Ends holds of camera heads that ran out."""
    return services.end_stale_holds()


@shared_task(name="video.keep_house")
def keep_house() -> int:
    """Erases enforcement media whose time is over, forgets old recording days and gate hours."""
    return services.erase_due() + services.forget_recordings() + services.forget_hours()
