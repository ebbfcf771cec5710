"""Results from outside systems: acted on, noted, or kept with the reason."""

from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import clock, tokens
from apps.common.errors import NotAllowed
from apps.gateway.models import ApiClient
from apps.matters import services
from apps.matters.models import CaseEvent, ExternalReference, OutsideResult
from tests.cast import Cast
from tests.gateway.factories import client_with_key
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(cast: Cast, live: str) -> str:
    """The key of the eastern works' own system, acting as one of its handlers."""
    secret = tokens.new_token()
    client_with_key(
        f"works00001.{secret}",
        name="城管业务系统",
        tenant=cast.tenant,
        service_user=cast.handler,
        scopes=["cases.results", "cases.read"],
        rate="100000/min",
    )
    return f"Api-Key works00001.{secret}"


@pytest.fixture
def post(key: str) -> Any:
    client = Client(headers={"Authorization": key})

    def send(number: str = "", **body: Any) -> Any:
        address = f"/api/v1/cases/{number}/results/" if number else "/api/v1/results/"
        values = {"id": "m1", "status": "done", "text": "已更换井盖。"} | body
        return client.post(address, values, content_type="application/json")

    return send


def test_done_feeds_back_and_links_the_numbers(cast: Cast, post: Any) -> None:
    case = make.handling(cast)
    answer = post(case.number, outside_id="CG-1", data={"contacted": True})
    assert answer.status_code == 201
    assert answer.json()["outcome"] == "acted"
    case.refresh_from_db()
    assert case.state == "answered"
    assert ExternalReference.objects.get().case == case
    event = CaseEvent.objects.filter(action="feed_back").get()
    assert (event.actor_id, event.data["contacted"]) == (cast.handler.pk, True)


def test_the_same_message_twice_is_once(cast: Cast, post: Any) -> None:
    case = make.handling(cast)
    first = post(case.number)
    again = post(case.number)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["repeated"] is True
    assert CaseEvent.objects.filter(action="feed_back").count() == 1
    other = post(case.number, text="别的内容")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_later_messages_find_the_case_by_their_own_number(cast: Cast, post: Any) -> None:
    case = make.dispatched(cast)
    post(case.number, id="a", status="signed", outside_id="CG-1", text="")
    answer = post(id="b", outside_id="CG-1")
    assert answer.json()["number"] == case.number
    case.refresh_from_db()
    assert case.state == "answered"


def test_a_word_that_fits_no_action_is_noted(cast: Cast, post: Any) -> None:
    case = make.handling(cast)
    answer = post(case.number, status="en_route", text="维修人员已出发").json()
    assert (answer["outcome"], answer["action"]) == ("noted", "outside_result")
    event = CaseEvent.objects.get(action="outside_result")
    assert "维修人员已出发" in event.note
    case.refresh_from_db()
    assert case.state == "handling"


def test_a_late_result_is_noted_on_the_closed_case(cast: Cast, post: Any) -> None:
    case = make.closed(cast)
    answer = post(case.number).json()
    assert answer["outcome"] == "noted"
    assert "不能办理" in answer["problem"]
    case.refresh_from_db()
    assert case.state == "closed"


def test_a_result_the_form_refuses_is_noted_with_the_reason(cast: Cast, post: Any) -> None:
    case = make.handling(cast)
    answer = post(case.number, data={"resolution": "nonsense"}).json()
    assert answer["outcome"] == "noted"
    assert answer["problem"]
    assert CaseEvent.objects.filter(action="feed_back").count() == 0


def test_unknown_numbers_are_kept_and_can_be_tried_again(cast: Cast, post: Any) -> None:
    answer = post(outside_id="CG-9")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_reference")
    row = OutsideResult.objects.get()
    assert row.outcome == "unknown"
    case = make.handling(cast)
    ExternalReference.objects.create(
        client=row.client, outside_id="CG-9", case=case, created_at=clock.now()
    )
    boss = _manager(cast)
    assert services.reprocess_result(boss, result_id=row.pk).outcome == "acted"
    assert AuditEntry.objects.filter(action="outside_result.reprocessed").exists()
    with pytest.raises(NotAllowed):
        services.reprocess_result(cast.handler, result_id=row.pk)


def test_a_case_of_others_is_unknown(cast: Cast, post: Any) -> None:
    case = make.registered(cast)
    assert post(case.number).status_code == 404


def test_one_outside_number_means_one_case(cast: Cast, post: Any) -> None:
    one, two = make.handling(cast), make.handling(cast)
    post(one.number, id="a", status="x", outside_id="CG-1")
    answer = post(two.number, id="b", outside_id="CG-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "reference_taken")
    two.refresh_from_db()
    assert two.state == "handling"


def test_scope_and_key_are_asked_for(cast: Cast, key: str) -> None:
    ApiClient.objects.update(scopes=["cases.read"])
    client = Client(headers={"Authorization": key})
    body = {"id": "m", "status": "done"}
    answer = client.post("/api/v1/cases/1/results/", body, content_type="application/json")
    assert answer.json()["code"] == "scope_missing"
    browser = Client()
    browser.force_login(cast.handler)
    answer = browser.post("/api/v1/cases/1/results/", body, content_type="application/json")
    assert answer.status_code == 403


def test_the_inbox_lists_and_filters(cast: Cast, post: Any) -> None:
    post(outside_id="CG-9")
    browser = Client()
    browser.force_login(_manager(cast))
    page = browser.get("/cases/outside-results/?outcome=unknown&q=CG").content.decode()
    assert "CG-9" in page
    assert "CG-9" not in browser.get("/cases/outside-results/?outcome=acted").content.decode()
    browser.force_login(cast.handler)
    assert browser.get("/cases/outside-results/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_feed_over_rest(cast: Cast, key: str) -> None:
    case = make.handling(cast)
    client = Client(headers={"Authorization": key})
    page = client.get("/api/v1/changes/?limit=2").json()
    assert [change["seq"] for change in page["changes"]] == [1, 2]
    assert page["changes"][0]["number"] == case.number
    assert page["has_more"] is True
    rest = client.get(f"/api/v1/changes/?after={page['after']}").json()
    assert [change["seq"] for change in rest["changes"]] == [3, 4]
    assert client.get("/api/v1/changes/?limit=501").status_code == 400
    assert client.get("/api/v1/changes/?after=x").json()["code"] == "invalid"


def _manager(cast: Cast) -> Any:
    from tests.cast import ROLES, _person

    ROLES.setdefault("inbox_clerk", ["matters.manage_outside_results"])
    return _person("inbox_clerk", "钱文", "inbox_clerk", cast.center)
