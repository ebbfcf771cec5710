"""/api/v1/grid-events/: report once, read what one may see."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.grid.models import GridEvent
from tests.cast import Cast
from tests.grid import factories as make

pytestmark = pytest.mark.django_db
URL = "/api/v1/grid-events/"


def body(**changes: Any) -> dict[str, Any]:
    lon, lat = Cast.inside_east()
    return {
        "kind": "event",
        "class_code": make.LITTER,
        "title": "垃圾",
        "lon": lon,
        "lat": lat,
        "at": "2026-11-20T09:00:00+08:00",
    } | changes


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_the_same_key_reports_once(town: Cast) -> None:
    client = signed_in(town.walker_east)

    first = client.post(URL, body(), format="json", HTTP_IDEMPOTENCY_KEY="abcd-1234")
    again = client.post(URL, body(), format="json", HTTP_IDEMPOTENCY_KEY="abcd-1234")

    assert (first.status_code, first.json()["number"]) == (201, again.json()["number"])
    assert GridEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"class_code": "e99.99"}, "class_code"), ({"lon": 121.5, "lat": 37.5}, "point")],
)
def test_bad_reports_name_the_field(town: Cast, changes: dict[str, Any], field: str) -> None:
    client = signed_in(town.walker_east)

    answer = client.post(URL, body(**changes), format="json", HTTP_IDEMPOTENCY_KEY="abcd-1234")

    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_a_key_is_asked_for(town: Cast) -> None:
    answer = signed_in(town.walker_east).post(URL, body(), format="json")

    assert answer.status_code == 400


def test_an_event_of_another_district_is_not_found(town: Cast) -> None:
    event = make.reported(town)

    assert signed_in(town.walker_west).get(f"{URL}{event.case.number}/").status_code == 404
    found = signed_in(town.grid_worker).get(f"{URL}{event.case.number}/").json()
    assert (found["state"], found["proof"]) == ("reported", [])
