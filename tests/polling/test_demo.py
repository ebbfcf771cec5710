"""The demo's gateways are polled live from the stations that come with it. Source: IO-10."""

import random
from datetime import UTC, datetime
from typing import Any

from apps.assets.models import AssetClass
from apps.common import clock
from apps.demo import simulators
from apps.demo.stages.polling import STATIONS, Field, load_polling, run_stations
from apps.polling.models import Gateway, Poll
from apps.polling.services import poll_due
from apps.sensing.models import DeviceProfile, Latest
from tests.cast import Cast

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def lay_down() -> None:
    for _protocol, _gateway, code, *_more in STATIONS:
        kind = DeviceProfile.objects.get(code=code).asset_class
        AssetClass.objects.get_or_create(code=kind, defaults={"name": kind, "large_class": "测试"})
    load_polling([Cast.inside_east()], tenant="testville", until=NOON)


def test_every_station_of_the_demo_is_read(cast: Cast, settings: Any) -> None:
    settings.DEMO_STATIONS = True
    lay_down()
    said = Field()
    said.move(NOON, random.Random(1))
    with simulators.stage() as stage, clock.at(NOON):
        ports = stage.run(run_stations(said, ports={"modbus": 0, "snmp": 0, "http": 0}))
        for protocol, port in ports.items():
            Gateway.objects.filter(protocol=protocol).update(port=port)
        Poll.objects.update(due_at=NOON)
        assert poll_due() == 3
    found = dict(Latest.objects.values_list("series__field__code", "quality"))
    assert found == dict.fromkeys(
        ["level", "flow", "leakage", "wire_temperature", "current", "noise", "tsp", "pm10"], 0
    )


def test_without_stations_nobody_is_troubled(cast: Cast, settings: Any) -> None:
    settings.DEMO_STATIONS = False
    lay_down()
    assert list(Gateway.objects.values_list("is_active", flat=True)) == [False] * 3
    with clock.at(NOON):
        Poll.objects.update(due_at=NOON)
        assert poll_due() == 0
