"""The pages of the register: files in and out, rulings, progress, samples."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.accounts.models import User
from apps.assets import selectors, services
from apps.assets.models import Asset, AssetSurvey
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.places.models import Area
from tests.assets.test_surveys import HERE, keeper, lamp, sent, staff, town, worker

__all__ = ["keeper", "lamp", "town", "worker"]  # fixtures
HEAD = "类别代码,名称,经度,纬度\n"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def registrar(town: dict[str, Area]) -> User:
    return staff("registrar", town["990101"], "register_asset", "rule_survey")


def upload(client: Client, text: str, *, name: str = "部件.csv", **given: str) -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return client.post("/assets/import/", {"file": file, **given})


def test_a_file_is_tried_then_written(registrar: User) -> None:
    client = signed_in(registrar)
    good = f"{HEAD}110,海泊路灯,123.01,35.005\n0111,消火栓,123.012,35.005\n"
    assert "将新增 2 件" in upload(client, good).content.decode()
    assert not Asset.objects.exists()
    assert upload(client, good, write="1").status_code == 302
    assert set(Asset.objects.values_list("kind__code", flat=True)) == {"0110", "0111"}


def test_one_wrong_row_and_nothing_is_written(registrar: User) -> None:
    bad = f"{HEAD}0110,好灯,123.01,35.005\n9999,无类,123.01,35.005\n0110,邻区灯,123.05,35.005\n"
    answer = upload(signed_in(registrar), bad, write="1")
    page = answer.content.decode()
    assert (answer.status_code, "第3行 类别代码" in page, "第4行 经度" in page) == (422, True, True)
    assert not Asset.objects.exists()


def test_points_of_geojson(registrar: User) -> None:
    text = (
        '{"features": [{"geometry": {"type": "Point", "coordinates": [123.01, 35.005]},'
        ' "properties": {"类别代码": "0110", "name": "灯"}},'
        ' {"geometry": {"type": "LineString", "coordinates": []}, "properties": {}}]}'
    )
    page = upload(signed_in(registrar), text, name="a.geojson").content.decode()
    assert "第2行 geometry：须为点" in page
    assert "不是有效的 GeoJSON" in upload(signed_in(registrar), "[", name="a.json").content.decode()


def test_the_register_is_searched_and_taken_along(
    registrar: User, worker: User, lamp: Asset
) -> None:
    client = signed_in(registrar)
    assert lamp.code in client.get("/assets/", {"days": 30}).content.decode()
    sent(worker, lamp)
    assert lamp.code not in client.get("/assets/", {"days": 30}).content.decode()
    sheet = b"".join(client.get("/assets/export/").streaming_content)
    assert sheet.startswith(b"PK")
    assert signed_in(staff("nobody", lamp.area, "read_audit")).get("/assets/").status_code == 403


def test_a_picture_is_seen_by_those_of_the_area_only(
    worker: User, lamp: Asset, town: dict[str, Area]
) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    given = {"key": str(uuid4()), "finding": "damaged", "lon": HERE.x, "lat": HERE.y, "note": "破"}
    file = SimpleUploadedFile("a.png", picture.getvalue())
    signed_in(worker).post(f"/assets/{lamp.pk}/survey/", given | {"file": file})
    survey = AssetSurvey.objects.get()
    url = f"/assets/surveys/{survey.pk}/files/{survey.files.get().pk}/"
    assert signed_in(worker).get(url).status_code == 200
    stranger = staff("stranger", town["990102"], "survey_asset")
    assert signed_in(stranger).get(url).status_code == 404
    assert "破" in signed_in(worker).get(f"/assets/{lamp.pk}/").content.decode()


def test_the_queue_is_worked_through(registrar: User, worker: User, lamp: Asset) -> None:
    survey = sent(worker, lamp, "missing")
    client = signed_in(registrar)
    assert "缺失、移位和新增须经管理员确认" in client.get("/assets/surveys/").content.decode()
    client.post(f"/assets/surveys/{survey.pk}/rule/", {"accept": "1"})
    lamp.refresh_from_db()
    assert lamp.state == "removed"
    assert "没有待确认的普查" in client.get("/assets/surveys/").content.decode()
    assert signed_in(worker).get("/assets/surveys/").status_code == 403


def test_progress_counts_what_was_seen_within_the_cycle(
    registrar: User, worker: User, lamp: Asset
) -> None:
    other = services.register_asset(registrar, spec=services.AssetSpec("0110", "二灯", HERE))
    sent(worker, lamp)
    sent(worker, other, at=clock.now() - timedelta(days=40))
    since = clock.now() - timedelta(days=30)
    [row] = selectors.list_progress(registrar, area=None, since=since)
    assert (row["total"], row["seen"], row["percent"]) == (2, 1, 50)
    page = signed_in(registrar).get("/assets/progress/", {"days": 30}).content.decode()
    assert "二灯" not in page
    assert row["name"] in page


def test_a_sample_can_be_drawn_again_and_tells_who_was_wrong(
    registrar: User, worker: User, lamp: Asset
) -> None:
    colleague = staff("colleague", lamp.area, "survey_asset")
    keys = [sent(worker, lamp).pk for _turn in range(4)]
    today = clock.today()
    sample = services.draw_sample(registrar, area=lamp.area, since=today, until=today, size=2)
    drawn = sorted(sample.surveys.values_list("pk", flat=True))
    assert services.drawn_keys(keys, seed=sample.seed, size=2) == drawn
    assert {c.outcome for c in selectors.compare_sample(sample)} == {"waiting"}
    sent(worker, lamp, "damaged")  # the same person again does not count
    sent(colleague, lamp, "damaged")
    compared = selectors.compare_sample(sample)
    [rate] = selectors.error_rates(compared)
    assert (rate["drawn"], rate["again"], rate["percent"]) == (2, 2, 100.0)
    page = signed_in(registrar).get(f"/assets/samples/{sample.pk}/").content.decode()
    assert sample.seed in page


def test_what_cannot_be_drawn(registrar: User, worker: User, lamp: Asset) -> None:
    today = clock.today()
    with pytest.raises(InvalidInput) as refusal:
        services.draw_sample(registrar, area=lamp.area, since=today, until=today, size=2)
    assert refusal.value.field == "area"
    with pytest.raises(NotAllowed):
        services.draw_sample(worker, area=lamp.area, since=today, until=today, size=2)
    assert signed_in(registrar).post("/assets/samples/", {"size": 0}).status_code == 422
