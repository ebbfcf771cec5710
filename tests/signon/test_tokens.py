"""The token endpoint: everything once, and what happens to whoever tries twice."""

import threading
from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Client as Provided
from allauth.idp.oidc.models import Token
from django.db import connection
from django.test import Client

from apps.accounts import services as accounts
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.signon import services
from apps.signon.enums import AccessMode
from apps.signon.models import GivenToken, Grant
from tests.cast import build_cast
from tests.signon.factories import (
    code_for,
    exchange,
    redeem,
    refresh,
    register,
    sign_in,
    signed_on,
    userinfo,
)

pytestmark = pytest.mark.django_db


def introspect(app, token):
    return (
        Client().post("/identity/o/api/introspect", {"token": token}, headers=app.as_basic()).json()
    )


def test_a_refresh_token_is_exchanged_for_a_new_one(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    answer = refresh(app, tokens["refresh_token"])
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != tokens["refresh_token"]
    assert userinfo(answer.json()["access_token"]).json()["preferred_username"] == "handler"


def test_a_replayed_code_takes_back_what_it_gave(app, cast):
    code = code_for(sign_in(cast.handler), app)
    tokens = redeem(app, code).json()
    assert redeem(app, code).json()["error"] == "invalid_grant"
    assert userinfo(tokens["access_token"]).status_code == 401
    assert refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert AuditEntry.objects.filter(action="sign_on.replayed").count() == 1
    assert Grant.objects.get().ended_reason == "replayed"


def test_a_replayed_refresh_token_kills_the_family(app, cast):
    first = signed_on(sign_in(cast.handler), app)
    second = refresh(app, first["refresh_token"]).json()
    assert refresh(app, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(app, second["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(second["access_token"]).status_code == 401
    assert AuditEntry.objects.get(action="sign_on.replayed").data["what"] == "refresh_token"


def test_a_wrong_secret_cannot_kill_a_family(app, cast):
    first = signed_on(sign_in(cast.handler), app)
    second = refresh(app, first["refresh_token"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    guess = Client().post(
        "/identity/o/api/token", form | {"client_id": app.id, "client_secret": "guess"}
    )
    assert guess.status_code == 401
    assert refresh(app, second["refresh_token"]).status_code == 200
    assert AuditEntry.objects.filter(action="sign_on.client_refused").exists()


def test_a_code_is_of_no_use_to_another_application(app, cast):
    other = register(cast.west_works)
    code = code_for(sign_in(cast.handler), app)
    assert redeem(other, code).json()["error"] == "invalid_grant"
    assert redeem(app, code).status_code == 200


def test_a_refresh_token_is_of_no_use_to_another_application(app, cast):
    other = register(cast.west_works)
    tokens = signed_on(sign_in(cast.handler), app)
    assert refresh(other, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_disabled_person_stays_out_even_when_enabled_again(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    accounts.deactivate_user(SYSTEM, user=cast.handler)
    assert refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(tokens["access_token"]).status_code == 401
    accounts.reactivate_user(SYSTEM, user=cast.handler)
    assert refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(tokens["access_token"]).status_code == 401


def test_a_code_given_before_the_end_is_void(app, cast):
    code = code_for(sign_in(cast.handler), app)
    accounts.end_access(SYSTEM, person=cast.handler, reason="left")
    assert redeem(app, code).json()["error"] == "invalid_grant"


def test_a_sign_on_lasts_no_longer_than_a_session(app, cast, settings):
    tokens = signed_on(sign_in(cast.handler), app)
    Grant.objects.update(created_at=clock.now() - timedelta(hours=settings.SIGNON_HOURS + 1))
    assert refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_signing_out_here_ends_it_there(app, cast):
    browser = sign_in(cast.handler)
    tokens = signed_on(browser, app)
    browser.post("/accounts/logout/")
    assert userinfo(tokens["access_token"]).status_code == 401


def test_signing_out_elsewhere_leaves_this_browser_alone(app, cast):
    here, there = sign_in(cast.handler), sign_in(cast.handler)
    kept, lost = signed_on(here, app), signed_on(there, app)
    there.post("/accounts/logout/")
    assert userinfo(kept["access_token"]).status_code == 200
    assert userinfo(lost["access_token"]).status_code == 401


def test_ending_the_other_browsers_ends_what_they_opened(app, cast):
    here, there = sign_in(cast.handler), sign_in(cast.handler)
    kept, lost = signed_on(here, app), signed_on(there, app)
    here.post("/accounts/sessions/")
    assert userinfo(kept["access_token"]).status_code == 200
    assert userinfo(lost["access_token"]).status_code == 401


def test_a_new_password_ends_everything_given(app, cast):
    from tests.cast import PASSWORD

    browser = sign_in(cast.handler)
    tokens = signed_on(browser, app)
    answer = browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "Another-2026-x", "password2": "Another-2026-x"},
    )
    assert answer.status_code == 302
    assert userinfo(tokens["access_token"]).status_code == 401
    assert browser.get("/people/me/").status_code == 200  # this browser goes on


def test_a_suspended_application_gets_nothing(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    services.suspend(app.row.applied_by, application_id=app.row.pk, reason="泄露")
    assert refresh(app, tokens["refresh_token"]).status_code == 400
    assert exchange(app, grant_type="client_credentials").status_code == 401
    assert userinfo(tokens["access_token"]).status_code == 401
    assert not Token.objects.exists()
    assert not Provided.objects.exists()


def test_a_new_secret_ends_the_old_one(app):
    services.issue_secret(app.row.applied_by, application_id=app.row.pk)
    answer = exchange(app, grant_type="refresh_token", refresh_token="x")
    assert answer.status_code == 401


def test_introspection_tells_its_own_application(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    told = introspect(app, tokens["access_token"])
    assert (told["active"], told["acr"], told["username"]) == (True, "1", "handler")
    assert introspect(register(cast.west_works), tokens["access_token"]) == {"active": False}


def test_an_application_acts_in_its_own_name(cast, key):
    app = register(cast.east_works, mode=AccessMode.API, redirect_uris=[], scopes=["openid"])
    answer = exchange(app, grant_type="client_credentials")
    assert answer.status_code == 200
    assert introspect(app, answer.json()["access_token"])["active"] is True
    assert "refresh_token" not in answer.json()


def test_an_ordinary_application_has_no_name_of_its_own(app):
    answer = exchange(app, grant_type="client_credentials")
    assert answer.json()["error"] in ("unauthorized_client", "unsupported_grant_type")


def test_taking_back_a_refresh_token_takes_back_all(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    form = {"token": tokens["refresh_token"]}
    assert Client().post("/identity/o/api/revoke", form, headers=app.as_basic()).status_code == 200
    assert userinfo(tokens["access_token"]).status_code == 401


def test_a_stranger_takes_nothing_back(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    Client().post("/identity/o/api/revoke", {"token": tokens["refresh_token"]})
    assert refresh(app, tokens["refresh_token"]).status_code == 200


def test_nothing_but_digests_is_kept(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    kept = str(list(GivenToken.objects.values())) + str(list(Token.objects.values()))
    assert tokens["access_token"] not in kept
    assert tokens["refresh_token"] not in kept
    app.row.refresh_from_db()
    assert app.secret not in app.row.secret_hash


def test_guessing_is_slowed_for_that_caller_alone(cast, key, monkeypatch):
    from apps.signon.views import tokens as endpoint

    monkeypatch.setattr(endpoint, "EXCHANGES_A_MINUTE", 3)
    app = register(cast.east_works, client_id="guessed")
    other = register(cast.west_works, client_id="beside")
    with clock.at(clock.now()):
        codes = [refresh(app, "x").status_code for _turn in range(5)]
        assert codes == [400, 400, 400, 429, 429]
        assert refresh(other, "x").status_code == 400


@pytest.mark.parametrize("header", ["Basic !!!", "Basic YQ==", "Bearer x", "Basic " + "A" * 9000])
def test_nonsense_is_refused_politely(app, header):
    answer = Client().post(
        "/identity/o/api/token",
        {"grant_type": "authorization_code", "code": "x\x00y"},
        headers={"authorization": header},
    )
    assert answer.status_code in (400, 401)


@pytest.mark.django_db(transaction=True)
def test_of_two_exchanges_at_once_at_most_one_lives(key):
    """Both go off together; the second one to arrive is a replay and ends the first."""
    cast = build_cast()
    app = register(cast.east_works)
    code = code_for(sign_in(cast.handler), app)
    gate, answers = threading.Barrier(2), []

    def run():
        gate.wait()
        answers.append(redeem(app, code))
        connection.close()

    threads = [threading.Thread(target=run) for _turn in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    given = next(answer.json() for answer in answers if answer.status_code == 200)
    assert userinfo(given["access_token"]).status_code == 401
    assert not Token.objects.exists()
