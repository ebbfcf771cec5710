"""What beat orders; each safe to run twice."""

from celery import shared_task

from apps.voices import services


@shared_task(name="voices.scan")
def scan() -> int:
    """Scans the day that is and raises topics."""
    return services.scan_all()


@shared_task(name="voices.archive")
def archive() -> int:
    """Puts away topics closed long ago."""
    return services.archive_topics()
