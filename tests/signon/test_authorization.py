"""Asking for a code: who is let through, and where nobody is ever sent."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.signon import services
from apps.signon.models import Grant
from tests.cast import PASSWORD
from tests.signon.factories import (
    CALLBACK,
    authorize,
    code_for,
    query_of,
    redeem,
    register,
    sign_in,
    signed_on,
)

pytestmark = pytest.mark.django_db


def claims(tokens):
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})


def test_a_person_signs_on(app, cast):
    tokens = signed_on(sign_in(cast.handler), app)
    told = claims(tokens)
    assert told["aud"] == app.id
    assert told["sub"] == str(cast.handler.pk)
    assert told["name"] == "王强"
    assert (told["acr"], told["amr"], told["nonce"]) == ("1", ["pwd"], "n1")
    assert told["sid"] == Grant.objects.get().sid
    assert AuditEntry.objects.filter(action="sign_on.granted").count() == 1


def test_the_answer_names_its_issuer(app, cast):
    assert query_of(authorize(sign_in(cast.handler), app))["iss"] == "http://testserver"


def test_nobody_is_led_to_the_sign_in_page_and_back(app, cast, client):
    answer = authorize(client, app)
    assert urlsplit(answer["Location"]).path == "/accounts/login/"
    back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert query_of(sign_in(cast.handler, client).get(back))["code"]


def test_a_password_due_does_not_lose_the_request(app, cast, client):
    User.objects.filter(pk=cast.handler.pk).update(must_change_password=True)
    due = authorize(sign_in(cast.handler, client), app)
    assert urlsplit(due["Location"]).path == "/accounts/password/change/"
    back = parse_qs(urlsplit(due["Location"]).query)["next"][0]
    new = "Autumn-2031-leaf"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new, "next": back}
    onwards = client.post("/accounts/password/change/", form)
    assert query_of(client.get(onwards.url))["code"]


def test_an_address_nobody_registered_gets_a_page(app, cast, subtests):
    browser = sign_in(cast.handler)
    for address in [
        "https://evil.example.cn/callback",
        f"{CALLBACK}/more",
        f"{CALLBACK}?next=https://evil.example.cn",
        f"{CALLBACK}#x",
        "https://app.example.cn@evil.example.cn/callback",
        "javascript:alert(1)",
        "//evil.example.cn",
        "",
        None,
    ]:
        with subtests.test(address=address):
            answer = authorize(browser, app, redirect_uri=address)
            assert answer.status_code == 400
            assert "Location" not in answer


@pytest.mark.parametrize("client_id", ["unknown", "", "a\x00b"])
def test_an_unknown_application_gets_a_page(app, cast, client_id):
    assert authorize(sign_in(cast.handler), app, client_id=client_id).status_code == 400


def test_repeated_parameters_get_a_page(app, cast):
    browser = sign_in(cast.handler)
    answer = browser.get(
        f"/identity/o/authorize?client_id={app.id}&redirect_uri={CALLBACK}"
        "&redirect_uri=https://evil.example.cn/"
    )
    assert answer.status_code == 400


def test_what_is_wrong_is_told_to_the_application(app, cast, subtests):
    browser = sign_in(cast.handler)
    for asked, error in [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://evil.example.cn"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
    ]:
        with subtests.test(asked=asked):
            answer = authorize(browser, app, **asked)
            assert answer["Location"].startswith(CALLBACK)
            assert query_of(answer)["error"] == error
            assert query_of(answer)["state"] == "s1"
    assert not Grant.objects.exists()


def test_silence_says_that_somebody_must_sign_in(app, client):
    assert query_of(authorize(client, app, prompt="none"))["error"] == "login_required"


def test_silence_with_a_low_level_says_so(app, cast):
    answer = authorize(sign_in(cast.handler), app, prompt="none", acr_values="2")
    assert query_of(answer)["error"] == "interaction_required"


def test_silence_works_for_whoever_is_signed_in_and_on(app, cast):
    browser = sign_in(cast.handler)
    signed_on(browser, app)
    assert "code" in query_of(authorize(browser, app, prompt="none"))


def test_a_level_asked_for_is_stepped_up_to(app, cast):
    answer = authorize(sign_in(cast.handler), app, acr_values="2")
    assert answer["Location"].startswith("/people/step-up/")


def test_the_applications_own_level_is_asked_for(cast, key):
    app = register(cast.east_works, minimum_level=2)
    answer = authorize(sign_in(cast.handler), app)
    assert answer["Location"].startswith("/people/step-up/")
    assert not Grant.objects.exists()


def test_an_old_sign_in_is_renewed(app, cast, monkeypatch):
    browser = sign_in(cast.handler)
    answer = authorize(browser, app, max_age="0")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    from tests.cast import PASSWORD

    back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    answer = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": back})
    assert answer["Location"] == back
    assert "code" in query_of(browser.get(back))
    # Used up: the same address asks again.
    assert browser.get(back)["Location"].startswith("/accounts/reauthenticate/")


def test_prompt_login_asks_again(app, cast):
    answer = authorize(sign_in(cast.handler), app, prompt="login")
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_max_age_of_a_fresh_sign_in_passes(app, cast):
    assert code_for(sign_in(cast.handler), app, max_age="600")


def test_consent_is_asked_for_and_may_be_refused(app, cast):
    browser = sign_in(cast.handler)
    answer = authorize(browser, app, prompt="consent")
    assert answer.status_code == 200
    form = answer.context["form"]
    posted = {"request": form.initial["request"], "scopes": ["openid", "profile"]}
    address = answer.wsgi_request.get_full_path()
    assert query_of(browser.post(address, posted | {"action": "cancel"}))["error"] == (
        "access_denied"
    )
    assert "code" in query_of(browser.post(address, posted | {"action": "grant"}))


def test_a_consent_form_is_bound_to_its_address(app, cast):
    browser = sign_in(cast.handler)
    answer = authorize(browser, app, prompt="consent")
    signed = answer.context["form"].initial["request"]
    other = register(cast.east_works, redirect_uris=[CALLBACK])
    address = answer.wsgi_request.get_full_path().replace(app.id, other.id)
    posted = {"request": signed, "scopes": ["openid"], "action": "grant"}
    assert browser.post(address, posted).status_code == 400
    assert not Grant.objects.exists()


def test_after_a_form_of_ours_a_page_hands_over(app, cast):
    browser = sign_in(cast.handler)
    browser.defaults["HTTP_SEC_FETCH_SITE"] = "same-origin"
    answer = authorize(browser, app)
    assert answer.status_code == 200
    assert f'content="0;url={CALLBACK}?code=' in answer.content.decode()


def test_not_meant_for_a_stranger(app, cast):
    answer = authorize(sign_in(cast.outsider), app)
    assert answer.status_code == 403
    assert not Grant.objects.exists()
    assert AuditEntry.objects.filter(action="sign_on.refused").count() == 1


def test_narrowed_to_a_unit(cast, key):
    app = register(cast.east_works)
    app.row.units.set([cast.east_works])
    assert code_for(sign_in(cast.handler), app)
    assert authorize(sign_in(cast.handler_west), app).status_code == 403


def test_narrowed_to_a_role(cast, key):
    app = register(cast.east_works)
    app.row.roles.set(cast.head.appointments.get().post.roles.all())
    assert code_for(sign_in(cast.head), app)
    assert authorize(sign_in(cast.handler), app).status_code == 403


def test_a_suspended_application_is_unknown(app, cast):
    browser = sign_in(cast.handler)
    services.suspend(app.row.applied_by, application_id=app.row.pk, reason="泄露")
    assert authorize(browser, app).status_code == 400


def test_every_application_must_prove_its_code(app, cast):
    code = code_for(sign_in(cast.handler), app)
    assert redeem(app, code, code_verifier="w" * 50).json()["error"] == "invalid_grant"
    assert redeem(app, code, code_verifier="").status_code == 400


def test_discovery_tells_no_more_than_is_so(app, client):
    told = client.get("/.well-known/openid-configuration").json()
    assert told["issuer"] == "http://testserver"
    assert told["response_types_supported"] == ["code"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["backchannel_logout_session_supported"] is True
    assert told["introspection_endpoint"].endswith("/identity/o/api/introspect")
    assert "registration_endpoint" not in told


def test_keys_are_published_before_they_sign(app, cast, client):
    first = client.get("/.well-known/jwks.json").json()["keys"][0]["kid"]
    new = services.rotate_key(cast.handler)
    listed = [k["kid"] for k in client.get("/.well-known/jwks.json").json()["keys"]]
    assert set(listed) == {first, new.fingerprint}
    header = jwt.get_unverified_header(signed_on(sign_in(cast.handler), app)["id_token"])
    assert header["kid"] == first
    assert new.not_before - new.created_at == timedelta(days=1)
