"""One camera one file: who enters it, what is refused, what is locked. Source: VD-02..05."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.assets.models import Asset
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places.geometry import point
from apps.video import selectors, services
from apps.video.codes import CAMERA_KINDS, check_division, read_code
from apps.video.enums import Network
from apps.video.models import Camera
from tests.cast import Cast
from tests.video.factories import (
    camera,
    camera_spec,
    code_of,
    person,
    platform,
    recorder,
    source,
    western,
)


def test_a_keeper_enters_a_social_point_with_its_asset(cast: Cast) -> None:
    keeper = person("keeper", "video_keeper", cast.east_works)
    spec = camera_spec(maker="甲厂", labels=("学校周边", "学校周边", " "))
    made = services.register_camera(keeper, spec=spec)
    entry = AuditEntry.objects.get(action="camera.registered")
    assert made.network == Network.SOCIAL
    assert made.asset.kind.code == "0112"
    assert made.asset.area == cast.cells["east"][2] or made.asset.area in cast.cells["east"]
    assert [label.name for label in made.labels.all()] == ["学校周边"]
    assert entry.object_label == made.gb_code


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"gb_code": "123"}, "gb_code"),
        ({"gb_code": code_of(1, kind="118")}, "gb_code"),
        ({"gb_code": code_of(1, district="02")}, "gb_code"),
        ({"gb_code": code_of(0)}, "gb_code"),
        ({"gb_code": "９" * 20}, "gb_code"),
        ({"point": point(*Cast.outside())}, "point"),
        ({"name": " "}, "name"),
        ({"consent_owner": ""}, "consent_owner"),
        ({"consent_on": None}, "consent_on"),
        ({"consent_on": date(2999, 1, 1)}, "consent_on"),
        ({"heading_deg": 360}, "heading_deg"),
        ({"height_m": -1}, "height_m"),
        ({"channel": 3}, "channel"),
    ],
)
def test_wrong_input_names_its_field(cast: Cast, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        camera(**given)
    assert refusal.value.field == field
    assert Camera.objects.count() == 0
    assert Asset.objects.count() == 0


def test_who_may_not_enter_cameras(cast: Cast) -> None:
    operator = person("operator", "video_operator", cast.east_works)
    neighbour = person("neighbour", "video_keeper", cast.west_works)
    for actor in (operator, neighbour, cast.acceptor):
        with pytest.raises(NotAllowed):
            services.register_camera(actor, spec=camera_spec())
    assert Camera.objects.count() == 0


def test_a_code_stands_once(cast: Cast) -> None:
    camera(1)
    with pytest.raises(InvalidInput) as refusal:
        camera(1)
    assert refusal.value.field == "gb_code"


def test_a_social_point_needs_consent_in_the_database_too(cast: Cast) -> None:
    made = camera()
    with pytest.raises(IntegrityError), transaction.atomic():
        Camera.objects.filter(pk=made.pk).update(consent_owner="")
    assert Camera.objects.get(pk=made.pk).consent_owner == "东区超市"


def test_a_channel_takes_one_camera(cast: Cast) -> None:
    box = recorder(cast, channels=4)
    camera(1, recorder=box, channel=2)
    for channel in (2, 5):
        with pytest.raises(InvalidInput) as refusal:
            camera(2, recorder=box, channel=channel)
        assert refusal.value.field == "channel"


def test_amending_is_logged_with_both_sides_and_the_same_again_is_not(cast: Cast) -> None:
    made = camera()
    spec = camera_spec(height_m=6.5, point=point(120.013, 36.012))
    keeper = person("keeper", "video_keeper", cast.east_works)
    services.amend_camera(keeper, camera_id=made.pk, spec=spec)
    services.amend_camera(keeper, camera_id=made.pk, spec=spec)
    entry = AuditEntry.objects.get(action="camera.amended")
    assert entry.data["after"]["height_m"] == 6.5
    assert entry.data["before"]["height_m"] is None
    assert Asset.objects.get(pk=made.asset_id).point.x == 120.013


def test_a_camera_is_not_moved_into_the_neighbours_district(cast: Cast) -> None:
    made = camera()
    keeper = person("keeper", "video_keeper", cast.east_works)
    there = camera_spec(point=point(*Cast.inside_west()))
    with pytest.raises(NotAllowed):
        services.amend_camera(keeper, camera_id=made.pk, spec=there)
    assert Asset.objects.get(pk=made.asset_id).point.x == Cast.inside_east()[0]


def networked(cast: Cast) -> Camera:
    """A point of the platform, as a synchronisation leaves it."""
    made = camera()
    Camera.objects.filter(pk=made.pk).update(
        network=Network.NETWORKED, platform=platform(cast, "http://127.0.0.1:8790"),
        outside_id="p1",
    )  # fmt: skip
    return made


def test_a_networked_point_keeps_place_code_and_row(cast: Cast) -> None:
    made = networked(cast)
    keeper = person("keeper", "video_keeper", cast.east_works)
    for changed in (
        replace(camera_spec(), point=point(120.013, 36.012)),
        replace(camera_spec(), gb_code=code_of(2)),
        replace(camera_spec(), name="别名"),
    ):
        with pytest.raises(Refused) as refusal:
            services.amend_camera(keeper, camera_id=made.pk, spec=changed)
        assert refusal.value.code == "networked_locked"
    with pytest.raises(Refused):
        services.drop_camera(keeper, camera_id=made.pk, reason="不要了")
    amended = services.amend_camera(keeper, camera_id=made.pk, spec=camera_spec(height_m=8))
    assert amended.height_m == 8


def test_a_social_point_is_dropped_with_its_last_card_in_the_log(cast: Cast) -> None:
    made = camera()
    keeper = person("keeper", "video_keeper", cast.east_works)
    with pytest.raises(InvalidInput):
        services.drop_camera(keeper, camera_id=made.pk, reason=" ")
    services.drop_camera(keeper, camera_id=made.pk, reason="店铺关闭")
    entry = AuditEntry.objects.get(action="camera.dropped")
    assert Camera.objects.count() == 0
    assert Asset.objects.count() == 0
    assert entry.data["before"]["gb_code"] == code_of(1)
    with pytest.raises(NotFound):
        services.drop_camera(keeper, camera_id=made.pk, reason="店铺关闭")


def test_stopping_twice_is_one_entry(cast: Cast) -> None:
    made = camera()
    keeper = person("keeper", "video_keeper", cast.east_works)
    services.set_camera_active(keeper, camera_id=made.pk, is_active=False)
    services.set_camera_active(keeper, camera_id=made.pk, is_active=False)
    assert AuditEntry.objects.filter(action="camera.stopped").count() == 1
    assert selectors.watched_cameras().count() == 0


def test_the_form_of_the_city_is_asked(cast: Cast) -> None:
    keeper = person("keeper", "video_keeper", cast.center)
    eastern = person("eastern", "video_keeper", cast.east_works)
    definition = {
        "fields": [{"name": "pole", "label": "立杆编号", "type": "text", "required": True}]
    }
    with pytest.raises(NotAllowed):  # one district's keeper asks nothing of the others
        services.define_form(eastern, definition=definition)
    services.define_form(keeper, definition=definition)
    services.define_form(keeper, definition=definition)
    with pytest.raises(InvalidInput) as refusal:
        camera()
    assert refusal.value.field == "pole"
    made = camera(details={"pole": "LG-7", "stray": "x"})
    assert made.details == {"pole": "LG-7"}
    assert made.form_version == 1
    with pytest.raises(InvalidInput):
        services.define_form(keeper, definition={"fields": [{"name": "x"}]})


def test_each_sees_their_own_district(cast: Cast) -> None:
    camera(1)
    western()
    east = person("east", "video_operator", cast.east_works)
    both = person("both", "video_operator", cast.center)
    assert [c.gb_code for c in selectors.list_cameras(east)] == [code_of(1)]
    assert selectors.list_cameras(both).count() == 2
    assert selectors.list_cameras(cast.acceptor).count() == 0
    with pytest.raises(NotFound):
        selectors.get_camera(east, pk=Camera.objects.get(gb_code__startswith="990102").pk)


def test_rates_count_what_is_stated(cast: Cast) -> None:
    whole = camera(
        1, owner_unit=cast.east_works, maker="甲厂", vendor="乙公司", address="一街道 1 号",
        heading_deg=90, height_m=6, installed_on=date(2025, 1, 1),
    )  # fmt: skip
    camera(2, owner_unit=cast.east_works)
    source(whole, url="http://127.0.0.1:8790/c/1/picture.jpg")
    viewer = person("east", "video_operator", cast.east_works)
    (rates,) = selectors.rates_by(viewer)
    assert (rates.name, rates.cameras) == ("东区城市管理局", 2)
    assert (rates.complete.count, rates.complete.total) == (8 + 2, 16)
    assert rates.mapped.percent == "100.0%"
    assert rates.filed.count == 0  # without an approved standard picture
    assert selectors.counts_by(viewer, "asset__maker") == [("未填写", 1), ("甲厂", 1)]
    assert selectors.counts_by_district(viewer) == [("东区", 2)]


@given(st.text(max_size=24))
def test_no_text_breaks_the_reader_of_codes(text: str) -> None:
    told = ""
    try:
        code = read_code(text, kinds=CAMERA_KINDS)
        told = code.centre + code.trade + code.kind + code.network + code.serial
    except InvalidInput as refusal:
        told = text if refusal.field == "gb_code" else ""
    assert told == text


@pytest.mark.parametrize(
    ("centre", "is_right"),
    [("99010000", True), ("99000000", True), ("99020000", False), ("98010000", False)],
)
def test_the_division_is_where_it_stands_or_above(centre: str, is_right: bool) -> None:
    code = read_code(f"{centre}001326000001", kinds=CAMERA_KINDS)
    if is_right:
        check_division(code, "990101001001")
        assert code.centre == centre
    else:
        with pytest.raises(InvalidInput, match="区划"):
            check_division(code, "990101001001")
