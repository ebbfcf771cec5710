"""Devices that enter themselves: a code works once, wrong ones tell nothing. IO-20."""

import io
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from apps.assets.models import AssetClass
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.mqtt.models import Login
from apps.places.geometry import point
from apps.sensing import selectors
from apps.sensing.api import claims as api
from apps.sensing.models import ClaimBatch, ClaimCode, Device, DeviceProfile, IntakeRefusal
from apps.sensing.services import (
    ClaimSpec,
    claim_device,
    device_of_key,
    end_batch,
    make_batch,
    place_claimed,
)
from apps.sensing.services.claims import MOST_CODES
from tests.cast import Cast, build_cast
from tests.sensing.factories import person

URL = "/api/v1/sensing/claims/"


@pytest.fixture
def keeper(cast: Cast) -> Any:
    AssetClass.objects.get_or_create(
        code=DeviceProfile.objects.get(code="air").asset_class,
        defaults={"name": "测试类", "large_class": "测试"},
    )
    return person("keeper", "device_keeper", cast.east_works)


def spec(cast: Cast, **more: Any) -> ClaimSpec:
    given: dict[str, Any] = {
        "name": "东区空气站",
        "profile": DeviceProfile.objects.get(code="air"),
        "area": cast.east,
        "count": 2,
        "ends_at": clock.now() + timedelta(days=30),
    }
    return ClaimSpec(**given | more)


@pytest.fixture
def codes(cast: Cast, keeper: Any) -> list[str]:
    return make_batch(keeper, spec=spec(cast))[1]


def address() -> str:
    """Will give an address nobody else has called from in this minute."""
    return ".".join(str(part) for part in (10, *secrets.token_bytes(3)))


def claim(code: str, node: str = "NEW-1", *, of: str = "") -> Any:
    body = {"code": code, "node": node}
    return Client(REMOTE_ADDR=of or address()).post(URL, body, content_type="application/json")


def test_a_device_enters_itself_and_gets_its_key(cast: Cast, codes: list[str]) -> None:
    answer = claim(codes[0])
    assert answer.status_code == 201
    told = answer.json()
    found = device_of_key(told["key"])
    assert found is not None
    assert (found.node, found.profile.code, told["mqtt_user"]) == ("NEW-1", "air", "NEW-1")
    assert found.asset.area.path.startswith(cast.east.path)
    assert Login.objects.get().name == "NEW-1"
    entry = AuditEntry.objects.filter(action="device.claimed").get()
    assert entry.object_label == "NEW-1"
    assert answer["Cache-Control"] == "no-store"


def test_a_code_works_once(codes: list[str]) -> None:
    assert claim(codes[0]).status_code == 201
    again = claim(codes[0], "NEW-2")
    assert (again.status_code, again.json()["code"]) == (403, "bad_claim")
    assert Device.objects.count() == 1


def test_it_is_read_as_people_write_it(codes: list[str]) -> None:
    assert (
        claim(codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")).status_code
        == 201
    )


@pytest.mark.parametrize("wrong", ["x", "-", "0" * 24, "字" * 24, "\u0000" + "A" * 23])
def test_a_wrong_code_says_no_more_than_that(codes: list[str], wrong: str) -> None:
    answer = claim(wrong)
    assert answer.status_code in {400, 403}
    if answer.status_code == 403:
        assert answer.json()["code"] == "bad_claim"
        assert IntakeRefusal.objects.get().reason == "bad_claim"
    assert not Device.objects.exists()


def test_half_right_is_wrong(codes: list[str]) -> None:
    last = "0" if codes[0][-1] != "0" else "1"
    assert claim(codes[0][:-1] + last).status_code == 403
    assert claim(codes[0]).status_code == 201


def test_a_code_out_of_date_or_ended(cast: Cast, keeper: Any, codes: list[str]) -> None:
    batch = ClaimBatch.objects.get()
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(NotAllowed):
        claim_device(code=codes[0], node="NEW-1")
    end_batch(keeper, batch_id=batch.pk)
    end_batch(keeper, batch_id=batch.pk)
    assert claim(codes[0]).status_code == 403
    assert AuditEntry.objects.filter(action="claims.ended").count() == 1


def test_a_bad_name_leaves_the_code_good(codes: list[str]) -> None:
    answer = claim(codes[0], "坏 名字")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "node")
    assert claim(codes[0], "NEW-1").status_code == 201
    assert claim(codes[1], "NEW-1").status_code == 400
    assert claim(codes[1], "NEW-2").status_code == 201


@pytest.mark.parametrize("body", ["", "[]", "{", '{"code": 7}', '{"node": "A"}'])
def test_what_is_no_claim(cast: Cast, body: str) -> None:
    assert (
        Client(REMOTE_ADDR=address()).post(URL, body, content_type="application/json").status_code
        == 400
    )


def test_guessing_is_slowed_down(codes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "CLAIMS_A_MINUTE", 2)
    guesser = address()
    with clock.at(clock.now()):
        found = [claim("0" * 24, of=guesser).status_code for _time in range(3)]
        assert found == [403, 403, 429]
        assert claim(codes[0], of=guesser).status_code == 429
        assert claim(codes[0]).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_at_once_one_gets_it() -> None:
    cast = build_cast()
    AssetClass.objects.get_or_create(
        code=DeviceProfile.objects.get(code="air").asset_class,
        defaults={"name": "测试类", "large_class": "测试"},
    )
    keeper = person("keeper", "device_keeper", cast.east_works)
    code = make_batch(keeper, spec=spec(cast, count=1))[1][0]

    def attempt(node: str) -> bool:
        try:
            claim_device(code=code, node=node)
        except NotAllowed:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, ["NEW-1", "NEW-2"])) == [False, True]
    assert Device.objects.count() == 1


def test_codes_are_kept_as_digests(cast: Cast, keeper: Any, codes: list[str]) -> None:
    plain = [code.replace("-", "") for code in codes]
    assert len(set(plain)) == 2
    assert all(len(code) == 24 for code in plain)
    kept = ClaimCode.objects.values_list("prefix", "digest")
    assert {prefix for prefix, _digest in kept} == {code[:8] for code in plain}
    told = str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert all(code not in told and code[8:] not in told for code in [*plain, *codes])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": MOST_CODES + 1}, "count"),
        ({"ends_at": clock.now() - timedelta(days=1)}, "ends_at"),
    ],
)
def test_what_is_no_batch(cast: Cast, keeper: Any, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_batch(keeper, spec=spec(cast, **wrong))
    assert refused.value.field == field


def test_the_neighbour_and_a_reader_make_none(cast: Cast, keeper: Any) -> None:
    reader = person("reader", "device_reader", cast.east_works)
    neighbour = person("neighbour", "device_keeper", cast.west_works)
    for actor in (reader, neighbour):
        with pytest.raises(NotAllowed):
            make_batch(actor, spec=spec(cast))
    make_batch(keeper, spec=spec(cast))
    assert not selectors.list_claim_batches(neighbour).exists()
    with pytest.raises(NotAllowed):
        end_batch(neighbour, batch_id=ClaimBatch.objects.get().pk)


def test_one_without_a_place_waits_for_it(cast: Cast, keeper: Any, codes: list[str]) -> None:
    device = claim_device(code=codes[0], node="NEW-1").device
    assert list(selectors.list_unplaced(keeper)) == [device]
    lon, lat = Cast.inside_east()
    place_claimed(keeper, device_id=device.pk, point=point(lon, lat))
    device.asset.refresh_from_db()
    assert device.asset.point.coords == pytest.approx((lon, lat))
    assert not selectors.list_unplaced(keeper).exists()
    assert AuditEntry.objects.filter(action="device.placed").exists()
    with pytest.raises(InvalidInput):
        place_claimed(keeper, device_id=device.pk, point=point(0, 0))


def test_one_with_a_place_stands_there(cast: Cast, keeper: Any) -> None:
    lon, lat = Cast.inside_east()
    _batch, codes = make_batch(keeper, spec=spec(cast, point=point(lon, lat)))
    device = claim_device(code=codes[0], node="NEW-1").device
    assert device.asset.point.coords == pytest.approx((lon, lat))
    assert not selectors.list_unplaced(keeper).exists()


def test_the_pages(cast: Cast, keeper: Any) -> None:
    client = Client()
    client.force_login(keeper)
    given = {
        "name": "东区空气站", "profile": "air", "area": cast.east.pk, "count": 3,
        "ends_on": (clock.today() + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    assert "还没有领取码" in client.get("/devices/claims/").text
    wrong = client.post("/devices/claims/new/", given | {"lon": "113.5"})
    assert (wrong.status_code, "经度和纬度须一并填写" in wrong.text) == (422, True)
    sheet = client.post("/devices/claims/new/", given)
    assert sheet["Cache-Control"].count("no-store")
    rows = list(load_workbook(io.BytesIO(b"".join(sheet.streaming_content))).active.values)
    assert len(rows) == 4
    device = claim_device(code=rows[1][0], node="NEW-1").device
    listed = client.get("/devices/claims/").text
    assert "1 / 3" in listed
    assert "定位 NEW-1" in listed
    lon, lat = Cast.inside_east()
    place = f"/devices/{device.pk}/place/"
    assert client.post(place, {"lon": "x"}).status_code == 422
    assert client.post(place, {"lon": lon, "lat": lat}).status_code == 302
    batch = ClaimBatch.objects.get()
    assert client.post(f"/devices/claims/{batch.pk}/end/").status_code == 302
    assert "已过期" in client.get("/devices/claims/").text


def test_pages_are_not_for_everybody(cast: Cast, keeper: Any, codes: list[str]) -> None:
    batch = ClaimBatch.objects.get()
    device = claim_device(code=codes[0], node="NEW-1").device
    expected = {
        "reader": ("device_reader", cast.east_works, 403),
        "far": ("device_keeper", cast.west_works, 404),
    }
    for name, (role, unit, status) in expected.items():
        client = Client()
        client.force_login(person(name, role, unit))
        assert client.post(f"/devices/claims/{batch.pk}/end/").status_code == status
        assert client.post(f"/devices/{device.pk}/place/").status_code == status
    assert ClaimBatch.objects.get().ends_at > clock.now()
