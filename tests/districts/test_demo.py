"""The demo's districts, whatever the city's size. Source: IO-11."""

from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.demo.stages.districts import DEVICES, Place, load_districts
from apps.districts.models import BackFigure, Link, MirrorAlarm, MirrorDevice, Peer, RowRefusal
from tests.cast import Cast
from tests.districts.factories import keeper


def _place(cast: Cast) -> Place:
    return Place(cast.tenant, cast.center, keeper(cast), cast.supervisor, cast.dispatcher)


def test_every_district_passes_on(cast: Cast, live: str, settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    settings.DEMO_NEIGHBOUR = "http://127.0.0.1:38009/demo/neighbour"
    assert load_districts(_place(cast), until=clock.now() + timedelta(minutes=21)) == 2
    assert Peer.objects.count() == 2
    assert MirrorDevice.objects.count() == 2 * DEVICES + 1
    assert MirrorAlarm.objects.exists()
    assert RowRefusal.objects.count() == 2
    assert BackFigure.objects.exists()
    assert Link.objects.get().connector.state == "paused"


@pytest.mark.django_db
def test_a_city_without_districts_passes_on_as_one(cast: Cast, live: str, settings: Any) -> None:
    settings.OUTGOING_HOSTS = []
    place = _place(cast)
    place.tenant.area = cast.cells["east"][0]
    place.tenant.save()
    assert load_districts(place, until=clock.now() + timedelta(minutes=21)) == 1
    assert Peer.objects.get().area == cast.cells["east"][0]
    assert not Link.objects.exists()
