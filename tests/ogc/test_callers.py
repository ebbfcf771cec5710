"""Programs with a key: scope, quota, record, and what a long reading leaves in the log."""

from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.gateway.models import ApiCall
from tests.cast import Cast
from tests.gateway.factories import client_with_key
from tests.matters.factories import dispatched
from tests.ogc.factories import spot

pytestmark = pytest.mark.django_db
CASES = "/ogc/collections/cases/items"
KEY = "mapreader.secret-of-the-map-reader"


def caller(cast: Cast, *scopes: str, **more: Any) -> Client:
    client_with_key(
        KEY,
        name="地图软件",
        tenant=cast.tenant,
        service_user=cast.handler,
        scopes=[*scopes],
        **more,
    )
    return Client(headers={"Authorization": f"Api-Key {KEY}"})


def test_a_client_reads_what_its_account_reads_and_is_counted(cast: Cast, live: str) -> None:
    case = dispatched(cast)
    web = caller(cast, "map:read", rate="10/min", daily_quota=2)
    answer = web.get(CASES)
    assert [each["id"] for each in answer.json()["features"]] == [case.pk]
    assert answer["RateLimit-Policy"] == '"rate";q=10;w=60, "day";q=2;w=86400'
    web.get(CASES)
    refused = web.get(CASES)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert ApiCall.objects.get(status=429).path == CASES


def test_a_client_without_the_scope_is_told_which(cast: Cast) -> None:
    refused = caller(cast, "cases.report").get("/ogc/")
    assert (refused.status_code, refused.json()["data"]["scope"]) == (403, "map:read")


def test_a_wrong_key_is_not_a_stranger(cast: Cast) -> None:
    assert Client(headers={"Authorization": "Api-Key a.b"}).get(CASES).status_code == 401


def test_a_long_reading_is_in_the_log_once_an_hour(cast: Cast, live: str, settings: Any) -> None:
    settings.EXPORT_ALONE_LIMIT = 1
    dispatched(cast)
    dispatched(cast, title="路灯不亮")
    spot(120.01, 36.01)
    spot(120.01, 36.01)
    web = Client()
    web.force_login(cast.handler)
    for address in (CASES, f"{CASES}?limit=1", "/ogc/collections/base-map/items"):
        assert web.get(address).json()["numberMatched"] == 2
    entry = AuditEntry.objects.get(action="map.read_in_bulk")
    assert (entry.actor_id, entry.object_id) == (cast.handler.pk, "cases")
    assert entry.data["matched"] == 2


@pytest.mark.usefixtures("time_held")
def test_strangers_ask_so_often_and_no_more(live: str, settings: Any) -> None:
    settings.API_RATE = "2/min"
    assert [Client().get("/ogc/conformance").status_code for _n in range(3)] == [200, 200, 429]
