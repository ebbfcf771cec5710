"""What beat orders for a demo."""

from celery import shared_task
from django.conf import settings

from apps.demo.over_mqtt import report_over_mqtt
from apps.demo.stages.gates import tell_gates
from apps.demo.stages.sensing import report_now
from apps.demo.stages.tags import say_tags


@shared_task(name="demo.report_devices")
def report_devices() -> int:
    """Has the demo's devices, gates and tag readers report of now; elsewhere it does nothing."""
    return report_now() + tell_gates() + say_tags() if settings.DEMO else 0


@shared_task(name="demo.report_over_mqtt")
def report_devices_over_mqtt() -> int:
    """Has some of them report through the broker, where there is one of ours."""
    return report_over_mqtt() if settings.DEMO else 0
