"""Deliveries to a real receiver: once per key, at least once over the wire, nobody starves."""

import contextlib
import socket
import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound
from apps.gateway import services, signing
from apps.gateway.enums import DeliveryState
from apps.gateway.models import Connector, Delivery
from apps.gateway.services import sending
from apps.gateway.services.connectors import ConnectorData
from apps.notices.models import Notice
from tests.gateway.factories import TenantFactory, UserFactory, client_with_key
from tests.gateway.receiver import receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


def connect(admin, receiver, *, code="water", tenant=None, **more) -> tuple[Connector, str]:
    values = {"name": code, "url": receiver.url, "topics": ["case.*"], "timeout_s": 1} | more
    return services.create_connector(
        admin, code=code, tenant=tenant or TenantFactory(), data=ConnectorData(**values)
    )


def send(key="k1", code="water", **payload) -> Delivery:
    return services.send(code, topic="case.state", payload=payload or {"a": 1}, key=key)


def later(seconds=4000):
    return clock.at(clock.now() + timedelta(seconds=seconds))


def test_a_message_arrives_signed(admin, receiver):
    _connector, secret = connect(admin, receiver)
    delivery = send(state="closed", reporter_phone="13812345678")
    assert services.deliver_due() == 1
    (message,) = receiver.messages
    assert signing.is_valid([secret], message["headers"], body=message["body"], at=clock.now())
    assert message["json"]["id"] == str(delivery.public_id) == receiver.ids[0]
    assert message["json"]["data"] == {"state": "closed", "reporter_phone": "138****5678"}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("sent", 200, 1)


def test_the_same_key_twice_is_once(admin, receiver):
    connect(admin, receiver)
    assert send(key="k", a=1).pk == send(key="k", a=2).pk
    services.deliver_due()
    services.deliver_due()
    assert len(receiver.messages) == 1


def test_a_connector_is_sent_what_its_client_may_see_and_no_more(admin, receiver):
    tenant = TenantFactory()
    client = client_with_key(
        name="联合执法",
        tenant=tenant,
        service_user=UserFactory(),
        clear_fields=["phone"],
        clear_purpose="联合执法通知当事人",
        clear_until=clock.now() + timedelta(days=1),
    )
    connect(admin, receiver, tenant=tenant, client=client)
    payload = {"reporter_phone": "13812345678", "reporter_name": "张三丰"}
    send(key="k1", **payload)
    with later(2 * 86_400):
        send(key="k2", **payload)
        services.deliver_due()
    sent = [message["json"]["data"] for message in receiver.messages]
    assert sent[0] == {"reporter_phone": "13812345678", "reporter_name": "张*丰"}
    assert sent[1] == {"reporter_phone": "138****5678", "reporter_name": "张*丰"}


def test_an_unknown_connector_is_refused():
    with pytest.raises(NotFound):
        send(code="nobody")


def test_subscribers_are_told_by_topic_matter_and_tenant(admin, receiver):
    tenant = TenantFactory()
    connect(admin, receiver, code="all", tenant=tenant)
    connect(admin, receiver, code="picky", tenant=tenant, matters=["other"])
    connect(admin, receiver, code="deaf", tenant=tenant, topics=[])
    connect(admin, receiver, code="foreign")
    told = services.publish(
        "case.state", tenant_id=tenant.pk, matter="hotline.demand", key="e1", payload=dict
    )
    assert told == 1
    assert Delivery.objects.get().connector.code == "all"


def test_nobody_listening_costs_nothing(django_assert_num_queries, remember_from_now):
    remember_from_now()
    services.publish("case.state", tenant_id=1, matter="m", key="e0", payload=dict)
    with django_assert_num_queries(0):
        services.publish("case.state", tenant_id=1, matter="m", key="e1", payload=dict)


def test_a_failure_is_tried_again_with_the_same_id(admin, receiver):
    connect(admin, receiver)
    receiver.statuses = [503, 200]
    delivery = send()
    assert services.deliver_due() == 0
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert delivery.last_error == "HTTP 503 noted"
    assert services.deliver_due() == 0  # not before its time
    with later(60):
        assert services.deliver_due() == 1
    assert receiver.ids == [str(delivery.public_id)] * 2


def test_waits_grow_and_spread():
    waits = [sending._wait(n, None).total_seconds() for n in range(1, 11)]
    assert min(waits) >= 8
    assert waits[3] > waits[0] * 4
    assert max(waits) <= 3600 * 1.2
    assert len({sending._wait(1, None) for _n in range(20)}) > 5


def test_the_receiver_may_ask_for_time(admin, receiver):
    connect(admin, receiver)
    receiver.status, receiver.headers = 429, {"Retry-After": "900"}
    delivery = send()
    services.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.next_at - clock.now()).total_seconds() > 890


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410])
def test_a_refusal_for_good_is_not_repeated_and_told(admin, receiver, status):
    connector, _secret = connect(admin, receiver)
    receiver.status, receiver.headers = status, {"Location": receiver.url}
    delivery = send()
    services.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, len(receiver.messages)) == (DeliveryState.DEAD, 1)
    connector.refresh_from_db()
    assert connector.open_until is None


def test_after_ten_attempts_it_is_given_up_with_a_notice(admin, receiver, cast, monkeypatch):
    monkeypatch.setattr(sending, "managers_of", lambda connector: User.objects.filter(pk=admin.pk))
    connect(admin, receiver)
    receiver.status = 500
    delivery = send()
    moment = clock.now()
    for _turn in range(14):
        moment += timedelta(hours=2)
        with clock.at(moment):
            services.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, 10)
    assert len(receiver.messages) == 10
    kinds = Notice.objects.filter(recipient=admin, kind="exchange")
    assert kinds.filter(key__contains=":dead:").count() == 1


def test_a_dead_receiver_opens_its_circuit_and_starves_nobody(admin, receiver, settings):
    with receiving() as dead:
        dead.delay_s = 1.5
        connect(admin, dead, code="dead")
        connect(admin, receiver, code="alive")
        for n in range(30):
            send(key=f"d{n}", code="dead")
            send(key=f"a{n}", code="alive")
        begun = time.monotonic()
        services.deliver_due(seconds=15)
        took = time.monotonic() - begun
    assert len(receiver.messages) == 30
    assert len(dead.messages) == sending.BREAK_AFTER
    assert took < 12
    broken = Connector.objects.get(code="dead")
    assert broken.open_until is not None
    # What was not tried keeps its attempts.
    assert Delivery.objects.filter(connector=broken, attempts=0).count() == 25


def test_an_open_circuit_is_tried_with_one_message_and_closes(admin, receiver):
    connector, _secret = connect(admin, receiver)
    receiver.status = 500
    for n in range(8):
        send(key=f"k{n}")
    services.deliver_due()
    assert len(receiver.messages) == 5
    with later(31):
        services.deliver_due()
    assert len(receiver.messages) == 6
    receiver.status = 200
    with later(7200):
        services.deliver_due()
    connector.refresh_from_db()
    assert (connector.failures, connector.open_until) == (0, None)
    assert Delivery.objects.filter(state="sent").count() == 8


def test_a_paused_connector_collects_and_sends_when_resumed(admin, receiver):
    connector, _secret = connect(admin, receiver)
    services.pause_connector(admin, connector_id=connector.pk)
    send()
    assert services.deliver_due() == 0
    services.resume_connector(admin, connector_id=connector.pk)
    assert services.deliver_due() == 1


def test_an_address_that_is_no_longer_listed_is_not_called(admin, receiver, settings):
    connect(admin, receiver)
    delivery = send()
    settings.OUTGOING_HOSTS = []
    services.deliver_due()
    delivery.refresh_from_db()
    assert receiver.messages == []
    assert delivery.state == DeliveryState.FAILED


def test_an_answer_that_drips_in_holds_the_worker_no_longer_than_it_may(admin, settings):
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            conversation, _address = server.accept()
            with conversation, contextlib.suppress(OSError):
                conversation.recv(65_536)
                conversation.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stop.wait(0.2):
                    conversation.sendall(b"a")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        data = ConnectorData(name="x", url=url, timeout_s=1)
        connector, _secret = services.create_connector(
            admin, code="slow", tenant=TenantFactory(), data=data
        )
        begun = time.monotonic()
        delivery = services.ping(admin, connector_id=connector.pk)
        took = time.monotonic() - begun
        stop.set()
        thread.join(5)
    assert delivery.state == DeliveryState.DEAD
    assert took < 5


class Killed(BaseException):
    """The worker ends here."""


def test_a_worker_killed_after_sending_sends_again_with_the_same_id(admin, receiver, monkeypatch):
    connect(admin, receiver)
    delivery = send()

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_finish", die)
        with pytest.raises(Killed):
            services.deliver_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PENDING
    with later(120):
        assert services.deliver_due() == 1
    assert receiver.ids == [str(delivery.public_id)] * 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(admin, receiver):
    receiver.delay_s = 0.02
    for code in ("one", "two"):
        connect(admin, receiver, code=code)
        for n in range(15):
            send(key=f"{n}", code=code)
    failures: list[Exception] = []

    def work() -> None:
        try:
            services.deliver_due(seconds=5)
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(receiver.ids) == len(set(receiver.ids)) == 30


def test_dead_ones_are_replayed_with_the_same_id_and_logged(admin, receiver):
    connect(admin, receiver)
    receiver.status = 400
    delivery = send()
    services.deliver_due()
    receiver.status = 200
    assert services.replay(admin, delivery_ids=[delivery.pk]) == 1
    assert services.replay(admin, delivery_ids=[delivery.pk]) == 0  # it waits already
    assert services.deliver_due() == 1
    assert len(set(receiver.ids)) == 1
    assert AuditEntry.objects.filter(action="delivery.replayed").count() == 1
    with pytest.raises(NotAllowed):
        services.replay(UserFactory(), delivery_ids=[delivery.pk])


def test_the_command_replays_the_dead_of_a_connector(admin, receiver, capsys):
    connect(admin, receiver)
    receiver.status = 400
    send()
    services.deliver_due()
    call_command("replay_deliveries", "water", by=admin.username)
    assert Delivery.objects.get().state == DeliveryState.PENDING


def test_a_ping_is_sent_at_once(admin, receiver):
    connector, _secret = connect(admin, receiver)
    assert services.ping(admin, connector_id=connector.pk).state == DeliveryState.SENT
    assert receiver.messages[0]["json"]["topic"] == "connector.ping"
    receiver.status = 500
    assert services.ping(admin, connector_id=connector.pk).last_error == "HTTP 500 noted"


def test_old_deliveries_are_dropped_dead_ones_stay(admin, receiver):
    connect(admin, receiver)
    receiver.statuses = [200, 400]
    send(key="a")
    send(key="b")
    services.deliver_due()
    with later(40 * 86_400):
        assert services.purge_deliveries(older_than=timedelta(days=30)) == 1
    assert Delivery.objects.get().state == DeliveryState.DEAD


class TestPages:
    @pytest.fixture
    def browser(self, admin, client):
        client.force_login(admin)
        return client

    def test_each_page_answers(self, browser, admin, receiver):
        connector, _secret = connect(admin, receiver)
        delivery = send()
        services.deliver_due()
        for address in (
            "/connectors/",
            "/connectors/new/",
            f"/connectors/{connector.pk}/",
            f"/connectors/{connector.pk}/edit/",
            "/connectors/deliveries/?state=sent&topic=case",
            f"/connectors/deliveries/{delivery.public_id}/",
        ):
            assert browser.get(address).status_code == 200, address
        listed = browser.get("/connectors/deliveries/?state=sent").content.decode()
        assert "case.state" in listed

    def test_registering_shows_the_secret_once(self, browser, receiver):
        tenant = TenantFactory()
        answer = browser.post(
            "/connectors/new/",
            {
                "code": "water",
                "tenant": tenant.pk,
                "name": "水务平台",
                "url": receiver.url,
                "topics": "case.state\ncase.remark",
                "timeout_s": 5,
            },
        )
        connector = Connector.objects.get()
        (secret,) = services.valid_secrets(connector)
        assert secret in answer.content.decode().replace("&#x2B;", "+")
        assert connector.topics == ["case.state", "case.remark"]
        assert secret not in browser.get(f"/connectors/{connector.pk}/").content.decode()

    def test_a_refused_address_is_told_beside_its_field(self, browser, settings):
        settings.OUTGOING_HOSTS = []
        answer = browser.post(
            "/connectors/new/",
            {
                "code": "x",
                "tenant": TenantFactory().pk,
                "name": "x",
                "url": "https://10.0.0.1/",
                "timeout_s": 5,
            },
        )
        assert "不在允许外呼的名单中" in answer.content.decode()

    def test_deeds_of_the_page(self, browser, admin, receiver):
        connector, _secret = connect(admin, receiver)
        for deed in ("ping", "pause", "resume"):
            assert browser.post(f"/connectors/{connector.pk}/{deed}/").status_code == 302
        assert "whsec_" in browser.post(f"/connectors/{connector.pk}/rotate/").content.decode()
        sent = Delivery.objects.get()
        browser.post("/connectors/deliveries/replay/", {"delivery": sent.pk})
        sent.refresh_from_db()
        assert sent.replays == 1

    def test_others_do_not_enter(self, client, admin, receiver):
        client.force_login(UserFactory())
        assert client.get("/connectors/").status_code == 403
