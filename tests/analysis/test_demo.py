"""The demo city shows jobs, findings and slots, and troubles nobody."""

from pathlib import Path
from typing import Any

from apps.alarms.models import Alarm
from apps.algorithms.models import Capability
from apps.analysis.models import AnalysisJob, Finding, LineTally
from apps.common import clock
from apps.demo.stages.analysis import load_analysis
from tests.cast import Cast
from tests.video.factories import camera


def test_the_demo_city_has_jobs_with_a_past(
    cast: Cast, settings: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setattr("apps.demo.stages.analysis.TENANT", cast.tenant.code)
    for serial in range(1, 4):
        camera(serial)
    assert load_analysis(until=clock.now()) == 3
    assert AnalysisJob.objects.filter(is_active=True).count() == 0
    assert Finding.objects.filter(ended_at=None).count() == 0
    assert Finding.objects.count() == 7
    assert sum(LineTally.objects.values_list("entered", flat=True)) == 40
    assert Alarm.objects.count() == 0
    assert not Capability.objects.filter(is_active=True).exists()
