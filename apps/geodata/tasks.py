"""Doors of the worker. Each may run twice: the second time finds nothing to do."""

from celery import shared_task

from apps.geodata import services


@shared_task(name="geodata.run_due")
def run_due() -> int:
    """Will read and write queued files, then do queued analyses."""
    return services.run_due() + services.run_analyses()


@shared_task(name="geodata.drop_expired")
def drop_expired() -> int:
    """Will delete results whose last day is over."""
    return services.drop_expired()
