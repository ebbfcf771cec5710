"""What beat orders for devices and readings; each safe to run twice."""

from celery import shared_task

from apps.common import clock
from apps.sensing.services import flushing, intake, rollups


@shared_task(name="sensing.fall_silent")
def fall_silent() -> int:
    """Marks devices that were not heard in time."""
    return flushing.fall_silent(now=clock.now())


@shared_task(name="sensing.roll_up")
def roll_up() -> int:
    """Makes the figures of hours that are over, and evaluates again what failed."""
    intake.evaluate_again()
    return rollups.roll_up()


@shared_task(name="sensing.keep_parts")
def keep_parts() -> int:
    """Makes the parts of the days to come and drops what is too old."""
    return len(rollups.keep_parts()) + rollups.purge()
