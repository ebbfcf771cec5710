import json

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.places.models import Area, AreaImport

City = dict[str, Area]
BOX = {"bbox": "123.0,35.0,123.08,35.02", "zoom": "14"}


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.mark.parametrize(
    "page", ["/places/", "/places/names/?q=甲街道", "/places/?q=丙", "/places/?q=没有"]
)
def test_staff_read_the_pages(client: Client, city: City, clerk: User, page: str) -> None:
    assert client.get(page).status_code == 302
    client.force_login(clerk)
    assert client.get(page).status_code == 200


def test_an_area_page_shows_code_parts_and_cells(client: Client, city: City, clerk: User) -> None:
    client.force_login(clerk)
    area = city["990101"]
    page = client.get(f"/places/{area.pk}/").content.decode()
    assert "990101002" in page
    assert "4 个网格" in page
    assert client.get(f"/places/{area.pk}/cells/").status_code == 200
    assert client.get(f"/places/{city['990101001001'].pk}/").status_code == 200


def test_import_by_page(client: Client, city: City, keeper: User, clerk: User) -> None:
    def upload(text: str) -> object:
        file = SimpleUploadedFile("a.csv", text.encode())
        data = {"file": file, "crs": "EPSG:4326", "level": "street", "valid_from": "2020-06-01"}
        return client.post("/places/import/", data)

    client.force_login(keeper)
    assert client.get("/places/import/").status_code == 200
    assert upload("code,name\n990101003,新街道\n").status_code == 302
    kept = AreaImport.objects.get()
    assert "新增" in client.get(f"/places/import/{kept.pk}/").content.decode()
    client.force_login(clerk)
    assert client.get("/places/import/").status_code == 403
    assert client.post(f"/places/import/{kept.pk}/apply/").status_code == 403
    client.force_login(keeper)
    client.post(f"/places/import/{kept.pk}/apply/")
    assert Area.objects.filter(code="990101003").exists()
    assert client.post(f"/places/import/{kept.pk}/apply/").status_code == 302
    assert "没有区域" in upload("code,name\n").content.decode()


def test_the_base_map_is_public_and_cached_by_version(client: Client, city: City) -> None:
    first = client.get("/places/map/base.json", BOX)
    assert first["Content-Type"] == "application/geo+json"
    assert json.loads(first.content)["features"]
    again = client.get("/places/map/base.json", BOX, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"bbox": "1,2,3", "zoom": "5"},
        {"bbox": "1,2,0,3", "zoom": "5"},
        {"bbox": "nan,0,1,1", "zoom": "5"},
        {"bbox": "-179,-80,179,80", "zoom": "18"},
        {"bbox": "0,0,1,1", "zoom": "99"},
    ],
)
def test_a_bad_view_is_refused(client: Client, city: City, query: dict) -> None:
    assert client.get("/places/map/base.json", query).status_code == 400
