"""What beat orders for field work; each safe to run twice."""

from celery import shared_task

from apps.common import clock
from apps.fieldwork.services.closing import close_windows, measure_due
from apps.fieldwork.services.duty import end_forgotten, purge_positions
from apps.fieldwork.services.plans import make_patrols
from apps.fieldwork.services.roster import make_roster


@shared_task(name="fieldwork.make_day")
def make_day() -> int:
    """Makes the roster ahead and the patrols of today."""
    return make_roster() + make_patrols(clock.today())


@shared_task(name="fieldwork.follow_clock")
def follow_clock() -> int:
    """Closes patrols whose window is over, measures what was walked, ends forgotten duties."""
    return close_windows() + measure_due() + end_forgotten()


@shared_task(name="fieldwork.purge")
def purge() -> int:
    """Deletes positions that are too old."""
    return purge_positions()
