"""The demo's gateways are polled live from the stations that come with it. Source: IO-10."""

import random
from datetime import UTC, datetime
from typing import Any

from apps.assets.models import AssetClass
from apps.common import clock
from apps.demo import simulators
from apps.demo.stages.polling import (
    EDGE_DEVICES,
    STATIONS,
    Field,
    beat,
    load_polling,
    run_stations,
)
from apps.polling.models import EdgeNode, Gateway, Poll
from apps.polling.services import poll_due
from apps.sensing.models import DeviceProfile, Latest
from tests.cast import Cast

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def lay_down(cast: Cast) -> None:
    for _protocol, _gateway, code, *_more in STATIONS:
        kind = DeviceProfile.objects.get(code=code).asset_class
        AssetClass.objects.get_or_create(code=kind, defaults={"name": kind, "large_class": "测试"})
    for code in EDGE_DEVICES:
        kind = DeviceProfile.objects.get(code=code).asset_class
        AssetClass.objects.get_or_create(code=kind, defaults={"name": kind, "large_class": "测试"})
    load_polling([Cast.inside_east()], tenant="testville", until=NOON, caller=cast.handler)


def test_every_station_of_the_demo_is_read(cast: Cast, settings: Any) -> None:
    settings.DEMO_STATIONS = True
    lay_down(cast)
    said = Field()
    said.move(NOON, random.Random(1))
    with simulators.stage() as stage, clock.at(NOON):
        ports = stage.run(run_stations(said, ports={"modbus": 0, "snmp": 0, "http": 0}))
        for protocol, port in ports.items():
            Gateway.objects.filter(protocol=protocol).update(port=port)
        Poll.objects.update(due_at=NOON)
        assert poll_due() == 3
    found = dict(
        Latest.objects.exclude(series__device__node="EDGE-edge_node").values_list(
            "series__field__code", "quality"
        )
    )
    assert found == dict.fromkeys(
        ["level", "flow", "leakage", "wire_temperature", "current", "noise", "tsp", "pm10"], 0
    )


def test_the_edge_node_says_how_loaded_it_is(cast: Cast, settings: Any) -> None:
    settings.DEMO_STATIONS = True
    lay_down(cast)
    with clock.at(NOON):
        beat(random.Random(3))
    edge = EdgeNode.objects.get()
    assert (edge.calls, edge.is_active, edge.devices.count()) == (3, True, 2)
    install = edge.installs.select_related("wanted").get()
    assert (install.running, install.wanted.version) == ("1.5.1", "1.5.1")
    assert 15 <= (edge.cpu_percent or 0) <= 45
    assert Latest.objects.filter(series__device=edge.device).count() == 5


def test_without_stations_nobody_is_troubled(cast: Cast, settings: Any) -> None:
    settings.DEMO_STATIONS = False
    lay_down(cast)
    assert list(Gateway.objects.values_list("is_active", flat=True)) == [False] * 3
    with clock.at(NOON):
        Poll.objects.update(due_at=NOON)
        assert poll_due() == 0
