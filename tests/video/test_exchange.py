"""Catalogues taken and sent: twice the same, what is refused, what is gone. VD-01, VD-05."""

from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import NotAllowed, Refused
from apps.video import services
from apps.video.enums import Network
from apps.video.models import Camera, ExchangeProblem, ExchangeRun, Platform
from apps.video.services.exchanging import STALE
from tests.cast import Cast
from tests.video.factories import camera, camera_spec, code_of, person, platform, street

KEY = "k" * 32


def entry(serial: int, **given: Any) -> dict[str, Any]:
    lon, lat = Cast.inside_east()
    plain: dict[str, Any] = {
        "id": f"p{serial}", "gb_code": code_of(serial), "name": f"路口 {serial}", "lon": lon,
        "lat": lat, "maker": "甲厂", "heading": 90, "ptz": True,
    }  # fmt: skip
    return plain | given


def counts(run: ExchangeRun) -> tuple[int, ...]:
    return run.total, run.added, run.changed, run.gone, run.refused


def test_networked_points_are_synchronised_and_the_same_again_is_the_same(cast: Cast) -> None:
    camera_spec()
    keeper = person("keeper", "video_keeper", cast.center)
    with street(key=KEY) as (stand, address):
        place = platform(cast, f"{address}/police")
        stand.catalogue = [entry(number) for number in range(1, 4)]
        first = services.pull_catalogue(keeper, platform_id=place.pk)
        again = services.pull_catalogue(keeper, platform_id=place.pk)
        stand.catalogue = [entry(1, name="新路口", lon=120.013), entry(2)]
        third = services.pull_catalogue(keeper, platform_id=place.pk)
        stand.catalogue.append(entry(3))
        back = services.pull_catalogue(keeper, platform_id=place.pk)
    assert counts(first) == (3, 3, 0, 0, 0)
    assert counts(again) == (3, 0, 0, 0, 0)
    assert counts(third) == (2, 0, 1, 1, 0)
    assert counts(back) == (3, 0, 1, 0, 0)
    assert first.digest == again.digest
    one = Camera.objects.select_related("asset").get(outside_id="p1")
    assert (one.network, one.asset.name, one.asset.point.x) == (
        Network.NETWORKED, "新路口", 120.013,
    )  # fmt: skip
    assert Camera.objects.get(outside_id="p3").gone_at is None
    assert AuditEntry.objects.filter(action="camera.synchronised").count() == 2


def test_entries_that_cannot_be_taken_are_named_and_the_rest_is(cast: Cast) -> None:
    camera(9)
    with street(key=KEY) as (stand, address):
        place = platform(cast, f"{address}/police")
        lon, lat = Cast.outside()
        stand.catalogue = [
            entry(1), entry(2, gb_code="7"), entry(3, lon=lon, lat=lat), entry(4, lat=None),
            entry(5, id="p1"), entry(9), entry(6, name=""), entry(7, lat=400),
        ]  # fmt: skip
        run = services.pull_catalogue(SYSTEM, platform_id=place.pk)
    reasons = dict(ExchangeProblem.objects.values_list("outside_id", "reason"))
    assert counts(run) == (8, 1, 0, 0, 7)
    assert "20 位" in reasons["p2"]
    assert "区域" in reasons["p3"]
    assert "经纬度" in reasons["p4"]
    assert "另一摄像机" in reasons["p9"]
    assert Camera.objects.filter(network=Network.SOCIAL).count() == 1


def test_an_empty_or_broken_catalogue_changes_nothing(cast: Cast) -> None:
    camera_spec()
    with street(key=KEY) as (stand, address):
        place = platform(cast, f"{address}/police")
        stand.catalogue = [entry(1)]
        services.pull_catalogue(SYSTEM, platform_id=place.pk)
        stand.catalogue = []
        empty = services.pull_catalogue(SYSTEM, platform_id=place.pk)
        stand.key = "another"
        wrong = services.pull_catalogue(SYSTEM, platform_id=place.pk)
    assert (empty.state, wrong.state) == ("failed", "failed")
    assert "密码" in wrong.error
    assert Camera.objects.get().gone_at is None
    assert Platform.objects.get().last_error == wrong.error


def test_our_cameras_are_sent_signed_but_for_the_isolated(cast: Cast) -> None:
    camera(1)
    camera(2, is_isolated=True)
    with street(key=KEY) as (stand, address):
        place = platform(cast, f"{address}/police")
        run = services.push_catalogue(SYSTEM, platform_id=place.pk)
    sent = [one["gb_code"] for page in stand.received for one in page["cameras"]]
    assert run.state == "done"
    assert sent == [code_of(1)]


def test_a_gateway_tells_its_channels(cast: Cast) -> None:
    camera_spec()
    with street(token="t" * 20) as (stand, address):
        stand.catalogue = [entry(1)]
        place = platform(
            cast, f"{address}/gb", kind="gateway", pushes=False, secret={"token": "t" * 20}
        )
        run = services.pull_catalogue(SYSTEM, platform_id=place.pk)
    assert counts(run) == (1, 1, 0, 0, 0)
    assert Camera.objects.get().outside_id == code_of(1)


def test_one_run_at_a_time_and_a_killed_one_ends(cast: Cast) -> None:
    camera_spec()
    with street(key=KEY) as (stand, address):
        stand.catalogue = [entry(1)]
        place = platform(cast, f"{address}/police", pushes=False)
        killed = place.runs.create(direction="pull", started_at=clock.now())
        with pytest.raises(Refused) as refusal:
            services.pull_catalogue(SYSTEM, platform_id=place.pk)
        assert services.exchange_all() == 0
        ExchangeRun.objects.update(started_at=clock.now() - 2 * STALE)
        run = services.pull_catalogue(SYSTEM, platform_id=place.pk)
    killed.refresh_from_db()
    assert refusal.value.code == "running"
    assert (killed.state, run.state) == ("failed", "done")


def test_who_may_not_exchange(cast: Cast) -> None:
    district = person("district", "video_keeper", cast.east_works)
    operator = person("operator", "video_operator", cast.center)
    place = platform(cast, "http://127.0.0.1:8790/police", pulls=False)
    for actor in (district, operator):
        with pytest.raises(NotAllowed):
            services.push_catalogue(actor, platform_id=place.pk)
    with pytest.raises(Refused):
        services.pull_catalogue(SYSTEM, platform_id=place.pk)
    assert ExchangeRun.objects.count() == 0
