"""Doors of the worker. Each may run twice: the second time finds nothing to do."""

from celery import shared_task

from apps.appraisal import services


@shared_task(name="appraisal.compute_due")
def compute_due() -> int:
    """Will work through queued computations; one whose worker died is begun again."""
    return services.compute_due()
