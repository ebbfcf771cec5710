"""Coming in through a platform above us; our own provider plays it."""

import json
import uuid
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests  # noqa: TID251  the tests are the browser here
from django.core.cache import cache
from django.test import Client

from apps.accounts.assurance.levels import best_level
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.signon import services, upstream
from apps.signon.models import UpstreamLink, UpstreamSession
from apps.signon.services.logouts import EVENT
from tests.cast import PASSWORD, build_cast
from tests.signon.factories import register, sign_in
from tests.signon.test_applications import holder

ISSUER = "https://above.example.cn"
pytestmark = pytest.mark.django_db


@pytest.fixture
def above(settings, monkeypatch, rsa_key):
    """A platform above that answers from a dictionary; gives what signs in its name."""
    settings.UPSTREAM_ISSUER, settings.UPSTREAM_CLIENT_ID = ISSUER, "citybrain"
    settings.UPSTREAM_CLIENT_SECRET = "s"
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key()))
    told = {
        "metadata": {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/jwks",
            "token_endpoint": f"{ISSUER}/token",
            "authorization_endpoint": f"{ISSUER}/authorize",
        },
        "keys": {"keys": [public | {"kid": "k1"}]},
    }
    monkeypatch.setattr(upstream, "_read", lambda url, what, again=False: told[what])

    def sign(*, kid="k1", algorithm="RS256", key=None, drop=(), **more):
        at = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": "citybrain",
            "iat": at,
            "exp": at + 120,
            "jti": str(uuid.uuid4()),
            "sub": "p-1",
            "events": {EVENT: {}},
        } | more
        for name in drop:
            del claims[name]
        return jwt.encode(claims, key or rsa_key, algorithm=algorithm, headers={"kid": kid})

    return sign


def said(token):
    return Client().post("/signon/upstream/logout/", {"logout_token": token}).status_code


@pytest.fixture
def inside(above, cast):
    """Somebody whose session came in through the platform, as session p-sid of person p-1."""
    browser = sign_in(cast.handler)
    services.note_session(
        cast.handler, session_key=browser.session.session_key, sid="p-sid", sub="p-1"
    )
    return browser


def is_in(browser):
    return browser.get("/people/me/").status_code == 200


def test_out_there_is_out_here(above, inside):
    assert said(above()) == 200
    assert not is_in(inside)
    assert AuditEntry.objects.get(action="upstream.signed_out").data == {"sessions": 1}


def test_only_that_session(above, inside):
    assert said(above(sid="another", drop=["sub"])) == 200
    assert is_in(inside)
    assert said(above(sid="p-sid", drop=["sub"])) == 200
    assert not is_in(inside)


def test_a_local_sign_in_is_not_theirs_to_end(above, inside, cast):
    local = sign_in(cast.handler)
    said(above())
    assert is_in(local)


def test_a_token_is_good_once(above, inside):
    token = above(sub="nobody")
    assert said(token) == 200
    assert said(token) == 400


def test_a_forged_or_stale_token_ends_nothing(above, inside, subtests):
    for flaw in [
        {"iss": "https://other.example.cn"},
        {"aud": "somebody-else"},
        {"kid": "k2"},
        {"drop": ["events"]},
        {"events": {"http://example.cn/other": {}}},
        {"events": [EVENT]},
        {"drop": ["jti"]},
        {"drop": ["sub"]},
        {"drop": ["iat"]},
        {"nonce": "n"},
        {"iat": 1_000_000_000, "exp": 4_000_000_000},
        {"exp": 1_000_000_000},
        {"algorithm": "HS256", "key": "x" * 40},
    ]:
        with subtests.test(flaw=flaw):
            assert said(above(**flaw)) == 400
    claims = {"iss": ISSUER, "aud": "citybrain", "sub": "p-1"}
    assert said(jwt.encode(claims, "", algorithm="none")) == 400
    assert is_in(inside)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30."])
def test_nonsense_ends_nothing(above, inside, token):
    assert said(token) == 400


def test_nothing_is_there_unless_configured(client):
    for path in ("login/", "callback/"):
        assert client.get(f"/signon/upstream/{path}").status_code == 404
    assert client.post("/signon/upstream/logout/").status_code == 404
    assert "上级平台" not in client.get("/accounts/login/").content.decode()


def test_the_sign_in_page_offers_it(above, client):
    page = client.get("/accounts/login/?next=/cases/").content.decode()
    assert "用上级平台账号登录" in page
    assert "/signon/upstream/login/?next=%2Fcases%2F" in page


def begin(client, path="/signon/upstream/login/"):
    asked = parse_qs(urlsplit(client.get(path)["Location"]).query)
    return {name: values[0] for name, values in asked.items()}


def come_back(client, monkeypatch, above, asked, **claims):
    """The platform answers the code with a token that carries these claims."""
    from apps.common.http import Answer

    token = above(**({"nonce": asked["nonce"], "drop": ["events"]} | claims))
    body = json.dumps({"id_token": token}).encode()
    monkeypatch.setattr(upstream, "post_bytes", lambda *args, **kwargs: Answer(200, body))
    return client.get("/signon/upstream/callback/", {"code": "c", "state": asked["state"]})


def test_who_is_linked_comes_in_with_a_level_held_down(above, cast, client, monkeypatch):
    services.link_person(SYSTEM, person=cast.handler, subject="p-1")
    asked = begin(client, "/signon/upstream/login/?next=/people/me/")
    assert asked["code_challenge_method"] == "S256"
    answer = come_back(client, monkeypatch, above, asked, acr="4", sid="p-sid")
    assert answer["Location"] == "/people/me/"
    text = client.get("/people/me/").content.decode()
    assert "上级平台" in text
    assert "为 2 级" in text
    assert best_level(cast.handler.proofing_level) == 2
    assert UpstreamSession.objects.get().sid == "p-sid"


def test_who_is_not_linked_stays_out(above, cast, client, monkeypatch):
    answer = come_back(client, monkeypatch, above, begin(client))
    assert answer.status_code == 403
    assert not is_in(client)
    assert not UpstreamLink.objects.exists()


def test_a_disabled_person_stays_out(above, cast, client, monkeypatch):
    services.link_person(SYSTEM, person=cast.handler, subject="p-1")
    cast.handler.is_active = False
    cast.handler.save()
    assert come_back(client, monkeypatch, above, begin(client)).status_code == 403


def test_an_answer_to_another_question_is_refused(above, cast, client, monkeypatch):
    services.link_person(SYSTEM, person=cast.handler, subject="p-1")
    asked = begin(client)
    assert come_back(client, monkeypatch, above, asked, nonce="old").status_code == 409
    asked = begin(client)
    stranger = Client()  # a login of somebody else's making
    assert come_back(stranger, monkeypatch, above, asked).status_code == 409
    again = come_back(client, monkeypatch, above, asked | {"state": "x"})
    assert again.status_code == 409
    assert not is_in(client)


def test_nobody_is_led_astray(above, cast, client, monkeypatch):
    services.link_person(SYSTEM, person=cast.handler, subject="p-1")
    asked = begin(client, "/signon/upstream/login/?next=https://evil.example.cn/")
    answer = come_back(client, monkeypatch, above, asked)
    assert answer["Location"] == "/"


def test_linking_is_for_administrators_of_people(above, cast):
    with pytest.raises(NotAllowed):
        services.link_person(cast.handler, person=cast.handler, subject="p-9")
    services.link_person(SYSTEM, person=cast.handler, subject="p-1")
    with pytest.raises(InvalidInput):
        services.link_person(SYSTEM, person=cast.head, subject="p-1")
    services.unlink_person(SYSTEM, person=cast.handler)
    assert not UpstreamLink.objects.exists()


def test_the_page_of_links(above, cast):
    keeper = holder(cast.center, "keeper", "accounts.manage_people")
    User.objects.update(tenant=cast.tenant)
    browser = sign_in(keeper)
    assert "还没有绑定" in browser.get("/signon/upstream/").content.decode()
    browser.post("/signon/upstream/", {"username": "handler", "subject": "p-7"})
    assert "p-7" in browser.get("/signon/upstream/").content.decode()
    answer = browser.post("/signon/upstream/", {"username": "nobody", "subject": "p-8"})
    assert answer.context["form"].errors["username"] == ["没有找到该人员。"]
    browser.post(f"/signon/upstream/{cast.handler.pk}/unlink/")
    assert not UpstreamLink.objects.exists()
    assert sign_in(cast.handler).get("/signon/upstream/").status_code == 403


def test_losing_the_link_ends_the_session(above, inside, cast):
    services.link_person(SYSTEM, person=cast.handler, subject="p-1")
    services.unlink_person(SYSTEM, person=cast.handler)
    assert not is_in(inside)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_through_a_real_provider(live_server, key, settings):
    """The outside platform is our own provider, over real connections."""
    cache.clear()
    settings.OUTGOING_HOSTS = ["127.0.0.1/32", "localhost"]
    issuer = live_server.url.replace("localhost", "127.0.0.1")
    cast = build_cast()
    app = register(
        cast.center, client_id="downstream", redirect_uris=[f"{issuer}/signon/upstream/callback/"]
    )
    settings.UPSTREAM_ISSUER, settings.UPSTREAM_CLIENT_ID = issuer, app.id
    settings.UPSTREAM_CLIENT_SECRET = app.secret
    services.link_person(SYSTEM, person=cast.head, subject=str(cast.handler.pk))
    browser = requests.Session()
    browser.trust_env = False
    browser.get(f"{issuer}/accounts/login/", timeout=10)
    form = {"login": "handler", "password": PASSWORD}
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
    browser.post(f"{issuer}/accounts/login/", form, allow_redirects=False, timeout=10)
    page = browser.get(f"{issuer}/signon/upstream/login/?next=/people/me/", timeout=20)
    assert "李建国" in page.text
    assert UpstreamSession.objects.get().begun_at > clock.now() - timedelta(minutes=1)
