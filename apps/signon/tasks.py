"""Celery doors."""

from celery import shared_task

from apps.signon import services


@shared_task(name="signon.purge")
def purge() -> int:
    return services.purge()


@shared_task(name="signon.rotate_keys")
def rotate_keys() -> bool:
    return services.rotate_if_due()


@shared_task(name="signon.push_nightly")
def push_nightly() -> int:
    return services.push_nightly()
