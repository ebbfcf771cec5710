from celery import shared_task

from apps.personnel.services import leaving, moving, reorganising, reviewing, training


@shared_task(name="personnel.follow_people")
def follow_people() -> int:
    """Will end the access of leavers whose time has come; safe to run by several at once."""
    return leaving.carry_out_due()


@shared_task(name="personnel.follow_calendar")
def follow_calendar() -> int:
    """Will do what days bring: moves, reorganisations, trainings, reviews; safe to repeat."""
    return (
        moving.follow_transfers()
        + reorganising.follow_reorganisations()
        + training.watch_training()
        + reviewing.follow_reviews()
    )
