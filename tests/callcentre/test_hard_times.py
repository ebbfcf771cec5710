"""Two routers at once, an exchange that is gone, a message of ten megabytes. Source: HL-04."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.callcentre.models import Leg, Presence
from apps.callcentre.services import route_waiting
from apps.common import clock
from apps.hotline import telephony
from apps.hotline.adapters.simulator import Exchange
from apps.hotline.models import Call
from tests.callcentre.conftest import Centre, build_centre, later
from tests.cast import build_cast
from tests.hotline.factories import PHONE


@pytest.mark.django_db(transaction=True)
def test_two_routers_at_once_offer_each_call_once() -> None:
    centre = build_centre(build_cast())
    centre.sit()
    with clock.at(later(60)):
        calls = [Exchange().ring(line="12345", phone=PHONE) for _call in range(2)]
    gate = threading.Barrier(2)

    def route() -> None:
        gate.wait()
        with clock.at(later(61)):
            route_waiting()
        connection.close()

    threads = [threading.Thread(target=route) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    legs = Leg.objects.filter(call__in=calls)
    assert legs.count() == 2
    assert len({leg.agent_id for leg in legs}) == 2
    assert Presence.objects.filter(ends_at=None, state="ringing").count() == 2


@pytest.mark.django_db
def test_an_exchange_that_is_gone_binds_nobody(centre: Centre, settings: Any) -> None:
    centre.sit()
    with clock.at(later(60)):
        call = Exchange().ring(line="12345", phone=PHONE)
    settings.TELEPHONE_ADAPTER, settings.TELEPHONE_SECRET = "rest", "s"
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    settings.TELEPHONE_URL = "http://127.0.0.1:8"  # nobody is there, and it is no web port
    telephony.exchange.cache_clear()
    try:
        with clock.at(later(61)):
            assert route_waiting() == 0
        with clock.at(later(65)):
            assert route_waiting() == 0  # left alone for a while
        with clock.at(later(80)):
            assert route_waiting() == 0
    finally:
        settings.TELEPHONE_ADAPTER = "simulator"
        telephony.exchange.cache_clear()
    call.refresh_from_db()
    assert (call.agent, call.state) == (None, "ringing")
    assert Leg.objects.filter(call=call, why__failed=True).count() == 2
    assert set(Presence.objects.filter(ends_at=None).values_list("state", flat=True)) == {"free"}


@pytest.mark.django_db
def test_a_message_of_ten_megabytes_is_refused(
    centre: Centre, client: Client, settings: Any
) -> None:
    settings.TELEPHONE_SECRET = "s"
    huge = b'{"event": "' + b"x" * 10_000_000 + b'"}'
    answer = client.post(reverse("hotline:exchange-events"), huge, content_type="application/json")
    assert answer.status_code in (400, 413)
    assert not Call.objects.exists()
