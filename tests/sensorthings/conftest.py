"""The keeper of the eastern district, and a small world of hers told by the standard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.common import clock
from tests.cast import Cast
from tests.sensorthings.factories import Caller, datastream, keeper, observed, place, thing

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def me(cast: Cast) -> Caller:
    return keeper(cast)


@pytest.fixture
def noon() -> Iterator[datetime]:
    with clock.at(NOON):
        yield NOON


@pytest.fixture
def world(me: Caller, noon: datetime) -> dict[str, Any]:
    """Two things with two datastreams; ten observations of the first, a minute apart."""
    one = me.make("Things", thing())
    first = me.read(f"Things({one})/Datastreams")["value"][0]["@iot.id"]
    second = me.make(
        f"Things({one})/Datastreams",
        datastream("湿度", ObservedProperty=observed("Humidity"), properties={"depth": 5}),
    )
    two = me.make(
        "Things",
        thing("井盖", properties={"owner": "works", "height": 0}, Datastreams=[],
              Locations=[place(120.018, 36.008)]),
    )  # fmt: skip
    for n in range(10):
        at = NOON - timedelta(minutes=10 - n)
        me.make(
            f"Datastreams({first})/Observations",
            {"phenomenonTime": at.isoformat(), "result": 20 + n, "parameters": {"n": n}},
        )
    return {"thing": one, "other": two, "first": first, "second": second}
