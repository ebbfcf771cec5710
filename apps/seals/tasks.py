"""Doors of the worker; each may run twice, the second time finds nothing to do."""

from celery import shared_task

from apps.seals import services


@shared_task(name="seals.work_through")
def work_through() -> int:
    """Makes and destroys keys that are ordered, seals what is approved."""
    return services.work_through()


@shared_task(name="seals.follow_units")
def follow_units() -> int:
    """Stops the seals of units that were closed, merged or renamed; reminds of certificates."""
    return services.follow_units() + services.follow_expiry()


@shared_task(name="seals.keep_archives")
def keep_archives() -> int:
    """Stamps archived documents again before their stamps run out; renames old test authorities."""
    return services.settle_authorities() + services.renew_due()
