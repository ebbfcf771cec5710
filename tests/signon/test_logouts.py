"""Being out here is being out there: the words applications are sent, and how they fare."""

from datetime import timedelta

import jwt
import pytest
from defusedxml import ElementTree

from apps.accounts import services as accounts
from apps.accounts.registry import endings
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import NotAllowed, Refused
from apps.signon import services
from apps.signon.enums import DeliveryState, Protocol
from apps.signon.models import Application, LogoutDelivery
from tests.signon.factories import register, sign_in, signed_on

pytestmark = pytest.mark.django_db
SERVICE = "https://old.example.cn/app"


@pytest.fixture
def told(cast, key, hook):
    """A live application that wants to be told."""
    return register(cast.east_works, logout_url=hook.url)


def test_a_disabled_person_is_out_at_once(told, cast, hook, rsa_key):
    tokens = signed_on(sign_in(cast.handler), told)
    accounts.deactivate_user(SYSTEM, user=cast.handler)
    outbox.drain()
    word = hook.forms[0]["logout_token"]
    claims = jwt.decode(word, rsa_key.public_key(), algorithms=["RS256"], audience=told.id)
    session = jwt.decode(tokens["id_token"], options={"verify_signature": False})["sid"]
    assert (claims["iss"], claims["sub"], claims["sid"]) == (
        "http://testserver",
        str(cast.handler.pk),
        session,
    )
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims
    assert jwt.get_unverified_header(word)["typ"] == "logout+jwt"
    assert LogoutDelivery.objects.get().state == DeliveryState.SENT


def test_leaving_ends_every_sign_on(told, cast, hook):
    signed_on(sign_in(cast.handler), told)
    [ending] = [found for found in endings() if found.code == "signon.grants"]
    assert ending.count(cast.handler) == 1
    assert ending.end(SYSTEM, cast.handler) == 1
    outbox.drain()
    assert len(hook.forms) == 1
    assert ending.count(cast.handler) == 0


def test_signing_out_sends_one_word_per_application(told, cast, hook):
    browser = sign_in(cast.handler)
    signed_on(browser, told)
    signed_on(browser, register(cast.west_works, logout_url=f"{hook.url}/2"))
    browser.post("/accounts/logout/")
    outbox.drain()
    assert len(hook.forms) == 2


def test_who_never_arrived_need_not_be_told(told, cast, hook):
    from tests.signon.factories import code_for

    browser = sign_in(cast.handler)
    code_for(browser, told)
    browser.post("/accounts/logout/")
    assert outbox.drain() == 0


def test_nothing_is_sent_if_the_deed_is_taken_back(told, cast, hook):
    from django.db import transaction

    tokens = signed_on(sign_in(cast.handler), told)
    with transaction.atomic():
        accounts.deactivate_user(SYSTEM, user=cast.handler)
        transaction.set_rollback(True)
    outbox.drain()
    assert hook.forms == []
    assert tokens


def test_a_failure_is_tried_again(told, cast, hook):
    signed_on(sign_in(cast.handler), told)
    hook.statuses = [503]
    accounts.end_access(SYSTEM, person=cast.handler, reason="left")
    outbox.drain()
    delivery = LogoutDelivery.objects.get()
    assert (delivery.state, delivery.last_status) == (DeliveryState.FAILED, 503)
    with clock.at(clock.now() + timedelta(minutes=1)):
        outbox.drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 2)
    assert delivery.why == "离职"


def test_a_refusal_is_final_until_somebody_sends_it_again(told, cast, hook):
    signed_on(sign_in(cast.handler), told)
    hook.statuses = [400]
    accounts.end_access(SYSTEM, person=cast.handler, reason="left")
    outbox.drain()
    delivery = LogoutDelivery.objects.get()
    assert delivery.state == DeliveryState.DEAD
    with pytest.raises(NotAllowed):
        services.retry_logout(cast.handler_west, delivery_id=delivery.pk)
    services.retry_logout(told.row.applied_by, delivery_id=delivery.pk)
    outbox.drain()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT
    with pytest.raises(Refused):
        services.retry_logout(told.row.applied_by, delivery_id=delivery.pk)


def test_a_dead_receiver_is_left_alone_for_a_while(told, cast, hook):
    hook.status = 503
    for _turn in range(4):
        signed_on(sign_in(cast.handler), told)
    accounts.end_access(SYSTEM, person=cast.handler, reason="left")
    outbox.drain()
    assert len(hook.forms) == 3
    assert Application.objects.get(pk=told.row.pk).quiet_until > clock.now()
    hook.status = 200
    with clock.at(clock.now() + timedelta(minutes=2)):
        outbox.drain()
    assert set(LogoutDelivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def test_an_old_system_gets_the_word_of_its_protocol(cast, key, hook):
    app = register(
        cast.east_works, protocol=Protocol.CAS, redirect_uris=[SERVICE], logout_url=hook.url
    )
    browser = sign_in(cast.handler)
    there = browser.get("/cas/login", {"service": SERVICE})["Location"]
    ticket = there.rpartition("ticket=")[2]
    browser.get("/cas/serviceValidate", {"service": SERVICE, "ticket": ticket})
    browser.post("/accounts/logout/")
    outbox.drain()
    root = ElementTree.fromstring(hook.forms[0]["logoutRequest"])
    index = root.find("{urn:oasis:names:tc:SAML:2.0:protocol}SessionIndex")
    assert index.text == ticket
    assert app.row.is_live
