from celery import shared_task

from apps.personnel.services import leaving, moving, reorganising, reviewing, training


@shared_task(name="personnel.follow_people")
def follow_people() -> int:
    """Will let go whoever leaves now and carry out approved changes of units.

    Safe to run by several at once.
    """
    return leaving.carry_out_due() + reorganising.follow_reorganisations()


@shared_task(name="personnel.follow_calendar")
def follow_calendar() -> int:
    """Will do what days bring: moves, reorganisations, trainings, reviews; safe to repeat."""
    return moving.follow_transfers() + training.watch_training() + reviewing.follow_reviews()
