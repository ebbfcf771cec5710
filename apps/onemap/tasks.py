"""Doors of the worker. Each may run twice: the second time finds nothing to do."""

from celery import shared_task

from apps.onemap import services


@shared_task(name="onemap.write_exports")
def write_exports() -> bool:
    """Will write one file of tiles that waits, if any does."""
    return services.write_next_export()


@shared_task(name="onemap.purge")
def purge() -> int:
    """Will delete the files of tiles whose days are over."""
    return services.remove_old_exports()
