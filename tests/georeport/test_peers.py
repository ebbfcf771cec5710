"""Cases passed on to another server: at least once, never back, with what became of them. GW-08."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.gateway import services as gateway
from apps.gateway.enums import DeliveryState
from apps.gateway.models import ApiClient, Connector, Delivery
from apps.georeport.models import Forwarding, Peer
from apps.georeport.services import PeerSpec, ask_peers, create_peer, edit_peer, pass_on
from apps.hotline.enums import ComplaintFamily
from apps.matters.models import Case, CaseEvent
from tests.cast import Cast
from tests.georeport.factories import (
    Neighbour,
    accept,
    keeper,
    lamp,
    neighbouring,
    open_client,
    post,
)
from tests.hotline.factories import demand


@pytest.fixture
def neighbour(settings: Any) -> Iterator[Neighbour]:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with neighbouring() as found:
        yield found


@pytest.fixture
def theirs(cast: Cast, live: str) -> ApiClient:
    return open_client(cast, name="邻市平台", service_user=cast.dispatcher)


def spec(neighbour: Neighbour, theirs: ApiClient, **changes: Any) -> PeerSpec:
    values: dict[str, Any] = {
        "name": "邻市开放平台",
        "url": neighbour.url,
        "client": theirs,
        "jurisdiction_id": "next.city",
        "api_key": "their-key",
        "classes": {"road.lamp": "051"},
    }
    return PeerSpec(**(values | changes))


def peer_of(cast: Cast, neighbour: Neighbour, client: ApiClient, **changes: Any) -> Peer:
    return create_peer(
        keeper(cast), tenant=cast.tenant, code="next", spec=spec(neighbour, client, **changes)
    )


def accepted(cast: Cast, **changes: Any) -> Case:
    case = demand(cast, **({"class_code": "road.lamp"} | changes))
    return accept(cast, case)


def test_an_accepted_case_goes_out_and_its_updates_come_back(
    cast: Cast, neighbour: Neighbour, theirs: ApiClient
) -> None:
    peer = peer_of(cast, neighbour, theirs, is_automatic=True)
    case = accepted(cast, text="路灯不亮，联系我 13812345678。")
    accepted(cast, class_code="env.noise")
    assert gateway.deliver_due() == 1
    sent = neighbour.posted[0]
    assert (sent["service_code"], sent["jurisdiction_id"]) == ("051", "next.city")
    assert (sent["api_key"], sent["account_id"]) == ("their-key", case.number)
    assert (float(sent["long"]), float(sent["lat"])) == Cast.inside_east()
    assert "13812345678" not in str(sent)
    assert "张三丰" not in str(sent)
    assert "their-key" not in Delivery.objects.get().body
    made = Forwarding.objects.get(peer=peer, case=case)
    assert (made.outside_id, made.delivery.state) == ("N-1", DeliveryState.SENT)

    neighbour.updates = [
        {
            "update_id": "9",
            "service_request_id": "N-1",
            "status": "investigating",
            "updated_datetime": "2026-11-20T10:00:00+08:00",
            "description": "已派人查看",
        },
        {"update_id": "10", "service_request_id": "N-77", "status": "OPEN", "description": ""},
    ]
    assert ask_peers() == 1
    assert ask_peers() == 0  # not due yet
    Peer.objects.update(next_ask_at=clock.now())
    ask_peers()
    made.refresh_from_db()
    assert made.status == "INVESTIGATING"
    noted = CaseEvent.objects.get(case=case, action="outside_result")
    assert "已派人查看" in noted.note


def test_a_token_is_exchanged_for_the_number(
    cast: Cast, neighbour: Neighbour, theirs: ApiClient
) -> None:
    neighbour.tokens = True
    peer_of(cast, neighbour, theirs, is_automatic=True)
    accepted(cast)
    gateway.deliver_due()
    made = Forwarding.objects.get()
    assert (made.outside_id, made.outside_token) == ("", "T-1")
    ask_peers()
    made.refresh_from_db()
    assert made.outside_id == "N-1"


def test_what_must_stay_stays(cast: Cast, neighbour: Neighbour, theirs: ApiClient) -> None:
    lamp(cast)
    peer = peer_of(cast, neighbour, theirs, is_automatic=True, area=cast.west)
    here = accepted(cast)
    Peer.objects.update(area=None)
    number = post().json()[0]["service_request_id"]
    from_there = Case.objects.get(number=number)
    accept(cast, from_there)
    secret = accepted(cast, is_secret=True)
    family = accepted(cast, family=ComplaintFamily.CONSUMER)
    noise = accepted(cast, class_code="env.noise")
    manager = keeper_of(cast)
    for case in (from_there, secret, family, noise):
        with pytest.raises(Refused):
            pass_on(manager, peer_id=peer.pk, number=case.number)
    assert Forwarding.objects.count() == 0
    pass_on(manager, peer_id=peer.pk, number=here.number)
    with pytest.raises(Refused):
        pass_on(manager, peer_id=peer.pk, number=here.number)
    assert Forwarding.objects.get().case == here


def keeper_of(cast: Cast) -> User:
    return User.objects.get(username="keeper")


def test_a_failing_neighbour_is_tried_again_and_a_refusal_is_not(
    cast: Cast, neighbour: Neighbour, theirs: ApiClient
) -> None:
    peer_of(cast, neighbour, theirs, is_automatic=True)
    neighbour.statuses = [503]
    accepted(cast)
    assert gateway.deliver_due() == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 1)
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert gateway.deliver_due() == 1
    neighbour.statuses = [403]
    accepted(cast)
    gateway.deliver_due()
    dead = Delivery.objects.get(state=DeliveryState.DEAD)
    assert "403" in dead.last_error
    gateway.replay(keeper_of(cast), delivery_ids=[dead.pk])
    assert gateway.deliver_due() == 1
    assert len(neighbour.posted) == 2
    assert Forwarding.objects.exclude(outside_id="").count() == 2


def test_a_worker_killed_after_the_call_sends_again_and_loses_nothing(
    cast: Cast, neighbour: Neighbour, theirs: ApiClient
) -> None:
    peer_of(cast, neighbour, theirs, is_automatic=True)
    case = accepted(cast)
    # What a worker leaves that claimed, called, and died before it could write the answer.
    later = clock.now() + timedelta(seconds=90)
    Delivery.objects.update(attempts=1, next_at=later)
    Connector.objects.update(leased_until=later)
    assert gateway.deliver_due() == 0
    with clock.at(later + timedelta(seconds=1)):
        assert gateway.deliver_due() == 1
    assert neighbour.posted[0]["account_id"] == case.number
    assert Forwarding.objects.get().outside_id == "N-1"


def test_nonsense_of_a_neighbour_hurts_nobody(
    cast: Cast, neighbour: Neighbour, theirs: ApiClient
) -> None:
    peer_of(cast, neighbour, theirs, is_automatic=True)
    accepted(cast)
    neighbour.said = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    gateway.deliver_due()
    assert Delivery.objects.get().state == DeliveryState.DEAD
    before = Peer.objects.get().asked_until
    assert ask_peers() == 0
    peer = Peer.objects.get()
    assert peer.asked_until == before
    assert peer.last_error != ""


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_a_neighbour_once(
    cast: Cast, neighbour: Neighbour, theirs: ApiClient
) -> None:
    peer_of(cast, neighbour, theirs, is_automatic=True)
    accepted(cast)
    gateway.deliver_due()
    ready = threading.Barrier(2)

    def ask() -> None:
        ready.wait(10)
        ask_peers()
        connection.close()

    threads = [threading.Thread(target=ask) for _number in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len([path for path in neighbour.asked if "servicerequestupdates" in path]) == 1


def test_who_may_register_where(cast: Cast, neighbour: Neighbour, theirs: ApiClient) -> None:
    peer = peer_of(cast, neighbour, theirs)
    manager = keeper_of(cast)
    entries = AuditEntry.objects.filter(action="georeport.peer_changed")
    edit_peer(manager, peer_id=peer.pk, spec=spec(neighbour, theirs, api_key=""))
    assert entries.count() == 0  # nothing changed
    edit_peer(manager, peer_id=peer.pk, spec=spec(neighbour, theirs, api_key="", is_automatic=True))
    told = entries.get().data
    assert (told["before"], told["after"]) == ({"is_automatic": False}, {"is_automatic": True})
    peer.refresh_from_db()
    assert "their-key" not in peer.api_key
    for field, changes in (
        ("url", {"url": "http://169.254.169.254/open311"}),
        ("classes", {"classes": {"no.class": "1"}}),
        ("classes", {"classes": {}}),
        ("client", {"client": None}),
    ):
        with pytest.raises(InvalidInput) as refused:
            edit_peer(manager, peer_id=peer.pk, spec=spec(neighbour, theirs, **changes))
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        edit_peer(cast.acceptor, peer_id=peer.pk, spec=spec(neighbour, theirs))
    with pytest.raises(NotFound):
        pass_on(manager, peer_id=peer.pk, number="20200101-0000001")
