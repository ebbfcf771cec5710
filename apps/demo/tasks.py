"""What beat orders for a demo."""

from celery import shared_task
from django.conf import settings

from apps.demo.stages.sensing import report_now


@shared_task(name="demo.report_devices")
def report_devices() -> int:
    """Has the demo's devices report of this moment; elsewhere it does nothing."""
    return report_now() if settings.DEMO else 0
