"""Updates both ways, as FixMyStreet's extension has them. Source: GW-08, HL-15."""

from datetime import timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from jsonschema import Draft202012Validator

from apps.accounts.models import Tenant
from apps.common import clock
from apps.georeport.api import schemas
from apps.matters.models import Case, CaseEvent, OutsideResult
from apps.matters.services import perform
from tests.cast import Cast
from tests.georeport.factories import accept, get, lamp, open_client, post
from tests.hotline.factories import demand, neighbour
from tests.matters.factories import dispatch_data

PUBLIC = {"class_code": "road.lamp", "is_public": True}


@pytest.fixture
def offered(cast: Cast, live: str) -> Cast:
    lamp(cast)
    open_client(cast)
    return cast


def update(number: str, **changes: Any) -> Any:
    values = {
        "service_code": None,
        "service_request_id": number,
        "update_id": "u-1",
        "status": "open",
        "description": "昨晚还是不亮，电话 13812345678",
        "updated_datetime": "2026-11-20T10:00:00+08:00",
    }
    return post("servicerequestupdates.xml", **(values | changes))


def test_public_words_are_told_and_notes_are_not(offered: Cast) -> None:
    case = demand(offered, **PUBLIC)
    demand(offered, class_code="road.lamp", is_public=False)
    accept(offered, case)
    update(case.number, description="内部：找电工")
    assert "找电工" in CaseEvent.objects.get(case=case, action="outside_result").note
    answer = get("servicerequestupdates.json")
    assert list(Draft202012Validator(schemas.UPDATES).iter_errors(answer.json())) == []
    found = answer.json()
    assert {each["service_request_id"] for each in found} == {case.number}
    assert found[0]["status"] == "OPEN"
    assert "找电工" not in answer.content.decode()
    later = (clock.now() + timedelta(hours=1)).isoformat()
    assert get("servicerequestupdates.json", start_date=later).json() == []


def test_an_update_is_noted_on_the_case_once(offered: Cast) -> None:
    number = post().json()[0]["service_request_id"]
    first, again = update(number), update(number)
    ids = [fromstring(each.content).findtext("request_update/update_id") for each in (first, again)]
    assert ids[0] == ids[1] == str(OutsideResult.objects.get().pk)
    case = Case.objects.get(number=number)
    assert CaseEvent.objects.filter(case=case, action="outside_result").count() == 1
    other = update(number, description="别的内容")
    assert (other.status_code, OutsideResult.objects.count()) == (400, 1)


def test_a_unit_works_in_its_own_system(offered: Cast) -> None:
    case = demand(offered, **PUBLIC)
    accept(offered, case)
    perform(offered.dispatcher, case_id=case.pk, action="dispatch", data=dispatch_data(offered))
    open_client(offered, name="城管系统", key="works00001.abc", service_user=offered.handler)
    case.refresh_from_db()
    assert case.state == "dispatched"
    key = {"api_key": "works00001.abc"}
    assert update(case.number, status="IN_PROGRESS", **key).status_code == 200
    case.refresh_from_db()
    assert case.state == "handling"


def test_wrong_updates_name_the_field(offered: Cast) -> None:
    number = post().json()[0]["service_request_id"]
    stranger = neighbour(offered)
    elsewhere = Tenant.objects.get(code="elsewhere")
    open_client(offered, name="邻", key="neighbour1.abc", tenant=elsewhere, service_user=stranger)
    for changes, status, named in (
        ({"update_id": None}, 400, "update_id"),
        ({"status": None}, 400, "status"),
        ({"updated_datetime": "today"}, 400, "updated_datetime"),
        ({"service_request_id": "20261121-9999999"}, 404, "service_request_id"),
        ({"api_key": None}, 403, "api_key"),
        ({"api_key": "neighbour1.abc"}, 404, "service_request_id"),
    ):
        answer = update(number, **changes)
        assert answer.status_code == status, changes
        assert named in fromstring(answer.content).findtext("error/description")
    assert CaseEvent.objects.filter(action="outside_result").count() == 0
