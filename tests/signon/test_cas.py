"""Old systems: a ticket is good once, for one address, for half a minute."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from defusedxml import ElementTree

from apps.accounts import services as accounts
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.signon.enums import Protocol
from apps.signon.models import Grant
from tests.signon.factories import register, sign_in

pytestmark = pytest.mark.django_db
SERVICE = "https://old.example.cn/app"
NS = "{http://www.yale.edu/tp/cas}"


@pytest.fixture
def old(cast):
    scopes = ["openid", "profile", "organization"]
    return register(cast.east_works, protocol=Protocol.CAS, redirect_uris=[SERVICE], scopes=scopes)


def ticket_for(browser, service=SERVICE, **more):
    answer = browser.get("/cas/login", {"service": service} | more)
    assert answer.status_code == 302, answer.content.decode()
    return parse_qs(urlsplit(answer["Location"]).query)["ticket"][0]


def validate(client, ticket, service=SERVICE, path="/cas/serviceValidate", **more):
    answer = client.get(path, {"service": service, "ticket": ticket} | more)
    return ElementTree.fromstring(answer.content.decode())


def failure(root):
    return root.find(f"{NS}authenticationFailure").get("code")


def test_a_ticket_is_good_once(old, cast, client):
    ticket = ticket_for(sign_in(cast.handler))
    root = validate(client, ticket)
    assert root.findtext(f"{NS}authenticationSuccess/{NS}user") == "handler"
    assert failure(validate(client, ticket)) == "INVALID_TICKET"
    assert Grant.objects.get().ended_reason == "replayed"
    assert AuditEntry.objects.filter(action="sign_on.ticket_refused").count() == 1


def test_protocol_3_tells_more(old, cast, client):
    cast.handler.full_name = "王<强>&"
    cast.handler.save()
    ticket = ticket_for(sign_in(cast.handler))
    root = validate(client, ticket, path="/cas/p3/serviceValidate")
    told = root.find(f"{NS}authenticationSuccess/{NS}attributes")
    assert told.findtext(f"{NS}name") == "王<强>&"
    assert told.findtext(f"{NS}organization") == "east-cgj"
    assert told.findtext(f"{NS}acr") == "1"


def test_the_service_keeps_its_own_query(old, cast, client):
    service = f"{SERVICE}?page=3&x=%E4%B8%AD"
    ticket = ticket_for(sign_in(cast.handler), service)
    assert validate(client, ticket, service).find(f"{NS}authenticationSuccess") is not None


def test_a_ticket_is_for_one_address(old, cast, client):
    ticket = ticket_for(sign_in(cast.handler))
    assert failure(validate(client, ticket, f"{SERVICE}?other=1")) == "INVALID_SERVICE"
    assert failure(validate(client, ticket)) == "INVALID_TICKET"


def test_a_ticket_grows_old(old, cast, client):
    ticket = ticket_for(sign_in(cast.handler))
    with clock.at(clock.now() + timedelta(seconds=31)):
        assert failure(validate(client, ticket)) == "INVALID_TICKET"


def test_a_disabled_person_has_no_ticket(old, cast, client):
    ticket = ticket_for(sign_in(cast.handler))
    accounts.deactivate_user(SYSTEM, user=cast.handler)
    assert failure(validate(client, ticket)) == "INVALID_TICKET"


@pytest.mark.parametrize(
    ("ticket", "code"),
    [
        ("", "INVALID_REQUEST"),
        ("PT-x", "INVALID_TICKET_SPEC"),
        ("ST-<x>&", "INVALID_TICKET"),
    ],
)
def test_what_is_no_ticket_is_refused(old, client, ticket, code):
    assert failure(validate(client, ticket)) == code


def test_an_address_nobody_registered_gets_a_page(old, cast, client, subtests):
    browser = sign_in(cast.handler)
    for service in [
        "https://evil.example.cn/app",
        "http://old.example.cn/app",
        "https://old.example.cn/app/../x",
        "https://old.example.cn:8443/app",
        "https://x@old.example.cn/app",
        "https://old.example.cn/app#x",
        "https://old.example.cn/app\r\nX: 1",
        "//old.example.cn/app",
        "https://old.example.cn:port/app",
    ]:
        with subtests.test(service=service):
            assert browser.get("/cas/login", {"service": service}).status_code == 400
            assert client.get("/cas/login", {"service": service}).status_code == 400


def test_a_gateway_does_not_ask(old, client):
    answer = client.get("/cas/login", {"service": SERVICE, "gateway": "true"})
    assert answer["Location"] == SERVICE


def test_renewing_asks_again(old, cast, client):
    browser = sign_in(cast.handler)
    answer = browser.get("/cas/login", {"service": SERVICE, "renew": "true"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_not_meant_for_a_stranger(old, cast):
    assert sign_in(cast.outsider).get("/cas/login", {"service": SERVICE}).status_code == 403


def test_a_link_signs_nobody_out(old, cast):
    browser = sign_in(cast.handler)
    browser.get("/cas/logout")
    assert browser.get("/people/me/").status_code == 200
