"""Doors of the worker. Each may run twice: the second time changes nothing."""

from celery import shared_task

from apps.onemap.sharing import services


@shared_task(name="onemap.check_services")
def check_services() -> int:
    """Will look at the outside services."""
    return services.check_services()


@shared_task(name="onemap.remind_stale")
def remind_stale() -> int:
    """Will remind the owners of layers older than promised."""
    return services.remind_stale()


@shared_task(name="onemap.write_uses")
def write_uses() -> int:
    """Will write down how often opened layers were read."""
    return services.write_uses()
