"""Pages of the library, of the list of unplaced texts, and of the address service."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.places.models import Area, GazetteerEntry, GazetteerImport, UnplacedText
from apps.places.services import PlaceReport, take_reports
from tests.places.factories import make_keeper, make_streets

City = dict[str, Area]
PLACED = {"lon": "123.012", "lat": "35.006"}


@pytest.fixture
def streets(city: City) -> dict[str, GazetteerEntry]:
    return make_streets(city)


@pytest.fixture
def keeper(client: Client, city: City) -> User:
    user = make_keeper(city["9901"])
    client.force_login(user)
    return user


@pytest.fixture
def line(city: City) -> UnplacedText:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    take_reports([PlaceReport("case:1", "老云台医院宿舍", city["9901"], at)])
    return UnplacedText.objects.get()


def test_reading_is_for_staff_and_keeping_for_keepers(
    client: Client, streets: dict[str, GazetteerEntry], clerk: User, line: UnplacedText
) -> None:
    entry = streets["海泊路"]
    read = ["/places/names/", f"/places/names/{entry.pk}/", "/places/names/try/?q=海泊路11号"]
    kept = [
        "/places/names/new/",
        "/places/names/export/",
        "/places/names/import/",
        f"/places/names/{entry.pk}/correct/",
        "/places/names/unplaced/",
        f"/places/names/unplaced/{line.pk}/",
    ]
    assert {client.get(page).status_code for page in [*read, *kept]} == {302}
    client.force_login(clerk)
    assert {client.get(page).status_code for page in read} == {200}
    assert {client.get(page).status_code for page in kept} == {403}
    assert client.post(f"/places/names/{entry.pk}/close/", {"note": "x"}).status_code == 403


def test_the_service_shows_parts_places_and_reasons(
    client: Client, streets: object, keeper: User
) -> None:
    page = client.get("/places/names/try/", {"q": "甲街道海泊路11号往东100米"}).content.decode()
    assert "与文中的“甲街道”一致" in page
    assert "沿海泊路往东100米" in page
    assert 'piece-walk">' in page
    shown = client.get("/places/names/try/", {"q": "完全没有的地方"}).content.decode()
    assert "没有认出地点" in shown
    here = client.get("/places/names/try/", {"lon": "123.004", "lat": "35.0051"}).content.decode()
    assert "海泊路11号" in here
    assert "纬度" in client.get("/places/names/try/", {"lat": "x"}).content.decode()


def test_the_points_of_a_text(client: Client, streets: object, keeper: User) -> None:
    told = client.get("/places/names/try/points.json", {"q": "海泊路11号"}).json()
    assert told["features"][0]["properties"]["label"] == "1. 海泊路11号"
    assert client.get("/places/names/try/points.json").json()["features"] == []


def test_a_name_is_entered_corrected_and_closed(
    client: Client, streets: dict[str, GazetteerEntry], keeper: User
) -> None:
    door = {"kind": "number", "name": "海泊路21号", "parent": "海泊路", "house_number": "21"}
    bad = client.post("/places/names/new/", door | PLACED | {"parent": "无名路"})
    assert "没有这个所属地名" in bad.content.decode()
    assert client.post("/places/names/new/", door | PLACED).status_code == 302
    entry = GazetteerEntry.objects.get(name="海泊路21号")
    assert entry.parent == streets["海泊路"]
    again = client.post("/places/names/new/", door | PLACED)
    assert "已有同名地名" in again.content.decode()
    url = f"/places/names/{entry.pk}/"
    changed = {"name": "海泊路21号", "aliases": "福来超市、福来", "house_number": "21"}
    assert client.post(f"{url}correct/", changed | {"lon": "1", "lat": "1"}).status_code == 200
    assert client.post(f"{url}correct/", changed | PLACED).status_code == 302
    assert "福来超市" in client.get(url).content.decode()
    client.post(f"{url}close/", {"note": ""})
    assert client.post(f"{url}close/", {"note": "已拆除"}).status_code == 302
    assert "已停用：已拆除" in client.get(url).content.decode()
    assert "海泊路21号" in client.get("/places/names/?state=closed").content.decode()
    assert client.get("/places/names/999999999/").status_code == 404


def test_a_file_goes_in_and_the_library_comes_out(
    client: Client, streets: object, keeper: User
) -> None:
    def upload(text: str) -> int:
        file = SimpleUploadedFile("a.csv", f"类别,名称,经度,纬度\n{text}\n".encode())
        return client.post("/places/names/import/", {"file": file, "crs": "EPSG:4326"}).status_code

    assert upload("飞船,甲乙,123.01,35.01") == 302
    wrong = GazetteerImport.objects.get()
    assert "没有这种地名类别" in client.get(f"/places/names/import/{wrong.pk}/").content.decode()
    sheet = client.get(f"/places/names/import/{wrong.pk}/errors/")
    rows = list(load_workbook(BytesIO(b"".join(sheet))).active.values)  # type: ignore[union-attr]
    assert rows[1] == (2, "类别", "没有这种地名类别")
    assert upload("兴趣点,梧龄大厦,123.01,35.01") == 302
    right = GazetteerImport.objects.order_by("-pk")[0]
    client.post(f"/places/names/import/{right.pk}/apply/")
    out = client.get("/places/names/export/", {"q": "梧龄"})
    kept = list(load_workbook(BytesIO(b"".join(out))).active.values)  # type: ignore[union-attr]
    assert kept[1][:2] == ("兴趣点", "梧龄大厦")


def test_the_list_is_worked_through(
    client: Client, streets: dict[str, GazetteerEntry], keeper: User, line: UnplacedText
) -> None:
    assert "老云台医院宿舍" in client.get("/places/names/unplaced/").content.decode()
    url = f"/places/names/unplaced/{line.pk}/"
    assert "云台医院" in client.get(url).content.decode()
    unknown = client.post(f"{url}alias/", {"entry_name": "无名楼", "alias": "x"}, follow=True)
    assert "地名库中没有这个地名" in unknown.content.decode()
    assert client.post(f"{url}ignore/", {"reason": ""}).status_code == 302
    bad = client.post(url, {"kind": "poi", "name": "", **PLACED})
    assert bad.status_code == 200
    alias = {"entry_name": "云台医院", "alias": "老云台医院宿舍"}
    assert client.post(f"{url}alias/", alias).headers["Location"] == "/places/names/unplaced/"
    assert "云台医院" in client.get("/places/names/unplaced/?state=solved").content.decode()
    assert "已入库" in client.get(url).content.decode()


def test_a_new_place_from_the_list(
    client: Client, streets: object, keeper: User, line: UnplacedText
) -> None:
    new = {"kind": "estate", "name": "老云台医院宿舍", **PLACED}
    assert client.post(f"/places/names/unplaced/{line.pk}/", new).status_code == 302
    line.refresh_from_db()
    assert line.entry is not None
    assert line.entry.kind == "estate"
