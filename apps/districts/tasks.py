from celery import shared_task

from apps.districts import services


@shared_task(name="districts.gather")
def gather() -> int:
    """Will gather what changed for the cities it is passed on to; safe to run twice."""
    return services.gather()


@shared_task(name="districts.ask_back")
def ask_back() -> int:
    """Will fetch what the cities give back; safe to run twice."""
    return services.ask_back()


@shared_task(name="districts.work_out")
def work_out() -> int:
    """Will work out what the city gives back to its districts; safe to run twice."""
    return services.work_out()


@shared_task(name="districts.tidy")
def tidy() -> int:
    """Will drop what either side needs no more; safe to run twice."""
    return services.tidy() + services.tidy_intake()
