"""What beat orders for logs; each safe to run twice."""

from celery import shared_task

from apps.journals import services


@shared_task(name="journals.follow_files")
def follow_files() -> int:
    """Keeps what our own processes wrote."""
    return services.follow_files()


@shared_task(name="journals.watch_lines")
def watch_lines() -> int:
    """Looks at the rules."""
    return services.watch_lines()


@shared_task(name="journals.judge_hour")
def judge_hour() -> int:
    """Holds the last hour against the weeks before."""
    return services.judge_hour()


@shared_task(name="journals.keep_days")
def keep_days() -> int:
    """Makes the days ahead, drops what is older than six months."""
    return services.keep_days()
