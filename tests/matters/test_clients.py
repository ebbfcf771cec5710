"""A program reports to, and asks about, only the matters that are for it (MT-04)."""

from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.gateway.models import ApiClient
from apps.matters import services
from apps.matters.models import Case, MatterOffer, MatterType
from apps.matters.selectors import read_changes
from tests.accounts.factories import TenantFactory
from tests.cast import Cast, build_cast
from tests.gateway.factories import client_with_key
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
KEY = f"clients001.{'s' * 32}"


def program(cast: Cast) -> ApiClient:
    """Will give a program of the city that may report, ask, move and answer."""
    return client_with_key(
        KEY,
        name="爱城市",
        tenant=cast.tenant,
        service_user=cast.dispatcher,
        scopes=["*"],
        rate="100000/min",
    )


@pytest.fixture
def app(cast: Cast) -> ApiClient:
    return program(cast)


@pytest.fixture
def web(app: ApiClient) -> Client:
    return Client(headers={"Authorization": f"Api-Key {KEY}"})


def hotline() -> MatterType:
    return MatterType.objects.get(code="hotline.demand")


def link_another(cast: Cast) -> ApiClient:
    """Will link the hotline to a program that is not ours."""
    other = ApiClient.objects.create(
        name="别的应用",
        tenant=cast.tenant,
        service_user=cast.handler,
        scopes=["*"],
        created_at=clock.now(),
    )
    services.link_application(
        cast.author, matter_type_id=hotline().pk, name="别的应用", client_id=other.pk
    )
    return other


def report(web: Client) -> Any:
    lon, lat = Cast.inside_east()
    data = {"text": "路口的井盖松动，车辆经过时声音很大。", "lon": lon, "lat": lat}
    return web.post("/api/v1/demands/", data, content_type="application/json")


def pages(case: Case) -> list[str]:
    base = f"/api/v1/cases/{case.number}/"
    own = [base + name for name in ("", "events/", "clocks/", "actions/")]
    return [*own, f"/api/v1/demands/{case.number}/progress/"]


def numbers(web: Client) -> list[str]:
    return [row["number"] for row in web.get("/api/v1/cases/").json()["results"]]


def test_a_matter_nobody_linked_is_open_to_every_client(cast: Cast, web: Client) -> None:
    case = make.accepted(cast)
    assert report(web).status_code == 201
    assert all(web.get(page).status_code == 200 for page in pages(case))
    assert case.number in numbers(web)


def test_a_client_that_is_not_linked_neither_reports_nor_asks(cast: Cast, web: Client) -> None:
    case = make.accepted(cast)
    link_another(cast)
    refused = report(web)
    assert (refused.status_code, refused.json()["code"]) == (403, "matter_not_offered")
    assert web.get("/api/v1/matters/hotline.demand/form/").status_code == 403
    assert [web.get(page).status_code for page in pages(case)] == [404] * len(pages(case))
    assert numbers(web) == []
    moved = web.post(
        f"/api/v1/cases/{case.number}/actions/remark/",
        {"data": {"note": "x"}},
        content_type="application/json",
    )
    assert moved.status_code == 404
    assert Case.objects.count() == 1


def test_linking_the_client_opens_the_matter_and_ending_the_link_closes_it(
    cast: Cast, web: Client, app: ApiClient
) -> None:
    case = make.accepted(cast)
    link_another(cast)
    link = {"matter_type_id": hotline().pk, "name": "爱城市", "client_id": app.pk}
    services.link_application(cast.author, **link)
    assert report(web).status_code == 201
    assert case.number in numbers(web)
    services.link_application(cast.author, **link, is_active=False)
    assert report(web).status_code == 403


def test_an_offer_of_another_body_only_is_not_ours(cast: Cast, web: Client) -> None:
    neighbour = TenantFactory()
    MatterOffer.objects.create(tenant=neighbour, matter_type=hotline())
    assert report(web).status_code == 403
    services.set_offer(cast.author, matter_type_id=hotline().pk, tenant_id=cast.tenant.pk)
    assert report(web).status_code == 201


def test_a_withdrawn_offer_closes_the_matter(cast: Cast, web: Client) -> None:
    offer = {"matter_type_id": hotline().pk, "tenant_id": cast.tenant.pk}
    services.set_offer(cast.author, **offer)
    services.set_offer(cast.author, **offer, is_active=False)
    assert report(web).status_code == 403


def test_a_result_for_a_matter_that_is_not_for_the_sender_is_unknown(
    cast: Cast, web: Client
) -> None:
    case = make.handling(cast)
    link_another(cast)
    result = {"id": "r-1", "status": "done", "text": "已修好"}
    answer = web.post(
        f"/api/v1/cases/{case.number}/results/", result, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_reference")


def test_colleagues_are_bound_by_their_rights_alone(cast: Cast) -> None:
    case = make.accepted(cast)
    link_another(cast)
    browser = Client()
    browser.force_login(cast.dispatcher)
    assert browser.get(f"/api/v1/cases/{case.number}/").status_code == 200
    assert case.number in numbers(browser)


@pytest.mark.django_db(transaction=True)
def test_the_change_feed_leaves_out_what_is_not_for_the_client(transactional_db: None) -> None:
    cast = build_cast()
    own = program(cast)
    case = make.accepted(cast)

    def heard() -> set[str]:
        return {e.case.number for e in read_changes(cast.dispatcher, caller=own).events}

    assert heard() == {case.number}
    link_another(cast)
    assert heard() == set()


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-01-01T00:00:00-18:54", 200),
        ("0001-01-01T00:00:00%2B18:00", 400),
        ("yesterday", 400),
    ],
)
def test_times_no_database_knows_are_no_error_of_ours(
    web: Client, moment: str, status: int
) -> None:
    assert web.get(f"/api/v1/cases/?due_before={moment}").status_code == status
