import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from apps.places.models import Area
from tests.places.factories import make_streets

City = dict[str, Area]


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def test_a_citizen_locates_without_an_account(client: Client, city: City) -> None:
    answer = client.get("/api/v1/places/locate", {"lon": 123.01, "lat": 35.005}).json()
    assert answer["area"]["code"] == "990101001001"
    assert answer["full_name"] == "第1区 甲街道 甲街道第001网格"


def test_outside_is_null(client: Client, city: City) -> None:
    answer = client.get("/api/v1/places/locate", {"lon": 1, "lat": 1}).json()
    assert answer == {"area": None, "full_name": ""}


@pytest.mark.parametrize(
    "query", [{}, {"lon": "x", "lat": 1}, {"lon": 200, "lat": 1}, {"lon": "nan", "lat": 1}]
)
def test_a_bad_point_is_a_problem_document(client: Client, city: City, query: dict) -> None:
    answer = client.get("/api/v1/places/locate", query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_geocoding(client: Client, city: City) -> None:
    (found,) = client.get("/api/v1/places/geocode", {"q": "甲街道"}).json()
    assert (found["label"], found["area"]["code"]) == ("甲街道", "990101001")
    assert client.get("/api/v1/places/geocode", {"q": "甲街道", "area": "1"}).status_code == 404


def test_a_candidate_tells_its_parts(client: Client, city: City) -> None:
    make_streets(city)
    found = client.get("/api/v1/places/geocode", {"q": "海泊路11号附近"}).json()[0]
    assert found["precision_m"] == 80
    assert [(p["kind"], p["text"], p["start"], p["used"]) for p in found["parts"]] == [
        ("road", "海泊路", 0, True),
        ("number", "11号", 3, True),
        ("relation", "附近", 6, True),
    ]


def test_reverse_geocoding(client: Client, city: City) -> None:
    make_streets(city)
    told = client.get("/api/v1/places/reverse", {"lon": 123.0037, "lat": 35.0051}).json()
    assert told["address"] == "海泊路11号附近（往西约 25 米）"
    assert told["area"]["code"] == "990101001001"
    assert (told["kind"], told["distance_m"]) == ("number", 27.3)
    nowhere = client.get("/api/v1/places/reverse", {"lon": 1, "lat": 1}).json()
    assert (nowhere["area"], nowhere["address"]) == (None, "")
    assert client.get("/api/v1/places/reverse", {"lon": "nan", "lat": 1}).status_code == 400


@pytest.mark.usefixtures("time_held")
def test_an_anonymous_flood_is_slowed_and_staff_is_not(
    client: Client, city: City, clerk: User
) -> None:
    ask = lambda: client.get("/api/v1/places/geocode", {"q": "甲街道"}).status_code  # noqa: E731
    assert [ask() for _ in range(31)][-1] == 429
    client.force_login(clerk)
    assert ask() == 200


def test_the_tree_is_for_staff(client: Client, city: City, clerk: User) -> None:
    assert client.get("/api/v1/areas/").status_code in {401, 403}
    client.force_login(clerk)
    (top,) = client.get("/api/v1/areas/").json()
    assert top["code"] == "9901"
    below = client.get("/api/v1/areas/", {"parent": top["id"]}).json()
    assert [a["code"] for a in below] == ["990101", "990102"]
    feature = client.get(f"/api/v1/areas/{top['id']}/geometry").json()
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["properties"]["synthetic"] is True
    assert client.get("/api/v1/areas/999999999/geometry").status_code == 404
