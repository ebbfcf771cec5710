"""The demo city's cameras are looked at without a network."""

from typing import Any

from apps.alarms.models import Alarm
from apps.common import clock
from apps.demo.stages.diagnosis import SHOWN, load_diagnosis
from apps.diagnosis.models import Condition, DiagnosisPlan, Look, Result
from tests.cast import Cast
from tests.video import factories as video


def test_the_demo_shows_faults_alarms_and_a_repair(cast: Cast, settings: Any) -> None:
    settings.DEMO_STATIONS = False
    for number in range(1, 12):
        video.camera(number)
    assert load_diagnosis(cast.city, until=clock.now()) == 11
    standing = {one.kind for one in Alarm.objects.filter(state="active")}
    assert standing == {f"picture_{fault}" for fault in SHOWN.values() if fault != "noise"}
    assert Alarm.objects.get(kind="picture_noise").state == "recovered"
    assert Condition.objects.filter(verdict="good").count() == 11 - len(standing)
    assert not Look.objects.filter(state="waiting").exists()
    assert Result.objects.exclude(picture=None).exists()
    assert not DiagnosisPlan.objects.get().is_active


def test_a_city_without_cameras_has_a_plan_only(cast: Cast) -> None:
    assert load_diagnosis(cast.city, until=clock.now()) == 0
    assert DiagnosisPlan.objects.count() == 1
