"""A citizen's own demands, and reports in their name."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.hotline.models import Demand
from apps.residents import services
from apps.residents.enums import TOKEN_HEADER
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.hotline.test_api import body
from tests.residents import factories as make
from tests.residents.conftest import simulated  # noqa: F401  autouse here too
from tests.residents.factories import PHONE, Program

URL = "/api/v1/public/me/demands/"


@pytest.fixture
def app(cast: Cast) -> Program:
    return make.program(cast.tenant, cast.acceptor)


def call(app: Program, token: str) -> Client:
    return Client(headers={"Authorization": app.key, TOKEN_HEADER: token})


def report(app: Program, token: str, **changes: Any) -> Any:
    return call(app, token).post(
        "/api/v1/demands/", body(**changes), content_type="application/json"
    )


def test_the_list_is_of_the_own_phone(cast: Cast, app: Program) -> None:
    mine = demand(cast, reporter_phone=PHONE)
    demand(cast, reporter_phone="13900000099")
    client = call(app, make.sign_in(app.client).token)
    rows = client.get(URL).json()["results"]
    assert [row["number"] for row in rows] == [mine.number]
    assert client.get(f"{URL}{mine.number}/").json()["steps"]
    other = Demand.objects.exclude(case=mine).get().case
    assert client.get(f"{URL}{other.number}/").status_code == 404


def test_a_new_owner_of_a_number_does_not_read_the_old_ones(cast: Cast, app: Program) -> None:
    old = demand(cast, reporter_phone=PHONE)
    services.close_own_account(make.sign_in(app.client).session)
    with clock.at(clock.now() + timedelta(seconds=61)):
        granted = make.sign_in(app.client)
        client = call(app, granted.token)
        assert client.get(URL).json()["results"] == []
        assert client.get(f"{URL}{old.number}/").status_code == 404


def test_a_report_takes_phone_and_name_from_the_account(cast: Cast, app: Program) -> None:
    granted = make.sign_in(app.client)
    services.check_real_name(granted.session, name="王小明", id_number=make.id_number())
    answer = report(app, granted.token, reporter_phone="13811111111", reporter_name="别人")
    assert answer.status_code == 201, answer.content
    kept = Demand.objects.get()
    assert (kept.reporter_phone, kept.reporter_name) == (PHONE, "王小明")


def test_an_agent_reports_for_the_company_while_in_force(cast: Cast, app: Program) -> None:
    keeper = make.clerk(cast.center, "keeper")
    boss = make.proved(app.client, "13900000002", name="李四", serial="456")
    firm = make.company(boss, keeper)
    agent = make.sign_in(app.client)
    services.check_real_name(agent.session, name="王小明", id_number=make.id_number())
    agent.session.account.refresh_from_db()
    held = make.agency(boss, firm, PHONE)
    services.accept_agency(agent.session, agency_id=held.pk)
    services.choose_acting(agent.session, legal_person_id=firm.pk)
    assert report(app, agent.token).status_code == 201
    assert Demand.objects.get().reporter_name == "晨光食品有限公司（经办人：王小明）"
    services.revoke_agency(boss, agency_id=held.pk)
    refused = report(app, agent.token)
    assert (refused.status_code, refused.json()["code"]) == (409, "acting_ended")


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_a_token_that_is_none_reports_nothing(app: Program, token: str) -> None:
    assert report(app, token).status_code == 401
    assert not Demand.objects.exists()


def test_a_client_without_the_scope_uses_no_token(cast: Cast, app: Program) -> None:
    granted = make.sign_in(app.client)
    other = make.program(cast.tenant, cast.acceptor, name="别的", scopes=["cases.report"])
    answer = report(other, granted.token)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert call(other, granted.token).get(URL).status_code == 403
