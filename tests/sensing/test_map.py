"""Devices on the one map, each viewer their own."""

from typing import Any

from apps.onemap.registry import find_layer
from apps.sensing.services import take_readings
from tests.cast import Cast
from tests.sensing.factories import device, person, told


def test_devices_lie_on_the_map_with_state_and_newest_value(cast: Cast) -> None:
    made = device("AQ-1")
    device("W-1", at=Cast.inside_west())
    take_readings([told("AQ-1", pm25=35.5, pm10=60)], sender=made)
    layer = find_layer("devices")
    assert layer is not None
    reader = person("reader", "device_reader", cast.east_works)
    named = {field.name: field.expression for field in layer.fields}
    wanted: dict[str, Any] = {
        "value_": named["value"],
        "unit_": named["unit"],
    }
    (row,) = layer.rows(reader).annotate(**wanted)
    assert (row.node, row.presence.state, row.value_, row.unit_) == (
        "AQ-1",
        "online",
        35.5,
        "μg/m³",
    )
    assert not layer.rows(cast.outsider).exists()
    assert layer.seen_by is not None
    assert not layer.seen_by(cast.outsider)
