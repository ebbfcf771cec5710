"""The equipment room of the demo city is asked for real while it is laid down."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.alarms.models import Alarm
from apps.demo.stages.monitoring import EQUIPMENT, load_monitoring
from apps.monitoring.enums import RunState
from apps.monitoring.models import Check, CheckRun, Outage, RunPlan, Target
from tests.cast import Cast
from tests.monitoring.factories import person

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("runs_stations", [True, False])
def test_the_room_stands_with_faults_outages_and_a_report(
    cast: Cast, settings: Any, runs_stations: bool
) -> None:
    settings.DEMO_STATIONS = runs_stations
    watcher = person("monitor1", "watcher", cast.center)
    count = load_monitoring(cast.center, Cast.inside_east(), watcher=watcher, until=NOON, seed=1)
    assert count == len(EQUIPMENT) == Target.objects.count()
    states = dict(Target.objects.values_list("asset__name", "state"))
    assert states["机房温湿度采集器"] == "down"
    assert states["应用服务器一号"] == "degraded"
    assert list(states.values()).count("up") >= 9
    kinds = set(Alarm.objects.filter(ended_at=None).values_list("kind", flat=True))
    assert {"unreachable", "capacity_asked", "limit_passed"} <= kinds
    assert {"disk_failed", "backend_down", "machine_event"} <= kinds
    assert Outage.objects.count() == 2 * (count - 1) + 1
    assert CheckRun.objects.get().state == RunState.DONE
    assert RunPlan.objects.count() == 1
    asked_on = set(Check.objects.values_list("is_active", flat=True))
    assert asked_on == {runs_stations}
