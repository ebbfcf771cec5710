import json
import threading
import time
from datetime import timedelta
from http.server import HTTPServer

import pytest
from django.core import mail
from django.db import connection

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.notices import registry, services
from apps.notices.admin import mask_recipient
from apps.notices.models import Delivery, SimulatedMessage
from apps.notices.registry import AdapterError, Message
from tests.notices.factories import UserFactory
from tests.quiet import QuietHandler

pytestmark = pytest.mark.django_db


class Gateway(QuietHandler):
    """A text message gateway that remembers what it got."""

    got: list[dict] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body) | {"auth": self.headers["Authorization"]})
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"id": "G-7"}')


@pytest.fixture
def gateway(settings):
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    Gateway.got, Gateway.status = [], 200
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    settings.SMS_HTTP_URL = f"http://127.0.0.1:{server.server_address[1]}/send"
    settings.SMS_HTTP_TOKEN = "token"
    yield Gateway
    server.shutdown()
    thread.join()
    server.server_close()


class Faulty:
    """Fails as told, then works."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.sent: list[str] = []

    def send(self, message: Message) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message.key)
        return "id"


@pytest.mark.parametrize("name", ["simulator", "email", "http_sms"])
def test_every_adapter_keeps_the_contract(name, gateway):
    """Sends, answers a text, may be asked again with the same key."""
    to = "w@example.cn" if name == "email" else "13812345678"
    message = Message("sms", to, "回访", "您反映的问题已办结", "visit-1")
    adapter = registry._adapters[name]
    first = adapter.send(message)
    assert isinstance(first, str)
    assert adapter.send(message) == first


def test_gateway_gets_number_text_and_key(gateway, settings):
    settings.SMS_ADAPTER = "http_sms"
    services.send_sms(to="13812345678", text="您好", key="k1")
    assert services.deliver_due() == 1
    sent = {"to": "13812345678", "text": "您好", "key": "k1", "auth": "Bearer token"}
    assert gateway.got == [sent]
    assert Delivery.objects.get().provider_id == "G-7"


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (429, "waiting"), (503, "waiting")])
def test_gateway_refusals(gateway, settings, status, state):
    settings.SMS_ADAPTER = "http_sms"
    gateway.status = status
    services.send_sms(to="13812345678", text="您好", key="k1")
    assert services.deliver_due() == 0
    assert Delivery.objects.get().state == state


def test_gateway_nobody_listed_is_not_called(gateway, settings):
    settings.OUTGOING_HOSTS = []
    settings.SMS_ADAPTER = "http_sms"
    services.send_sms(to="13812345678", text="您好", key="k1")
    services.deliver_due()
    assert gateway.got == []
    assert "not listed" in Delivery.objects.get().error


def test_mail_goes_out_with_a_safe_subject():
    services.send_email(to="w@example.cn", subject="回访\nBcc: x@y.cn", text="正文", key="k1")
    assert services.deliver_due() == 1
    assert mail.outbox[0].subject == "回访 Bcc: x@y.cn"
    assert mail.outbox[0].to == ["w@example.cn"]


def test_same_key_is_sent_once():
    first = services.send_sms(to="13812345678", text="您好", key="k1")
    assert services.send_sms(to="13812345678", text="您好", key="k1") == first
    assert services.deliver_due() == 1
    assert services.deliver_due() == 0
    assert SimulatedMessage.objects.count() == 1


def test_retries_wait_longer_and_succeed():
    adapter = Faulty(*[AdapterError("busy", retryable=True)] * 2)
    with registry.temporarily("simulator", adapter):
        services.send_sms(to="1", text="x", key="k1")
        services.deliver_due()
        first = Delivery.objects.get().next_at - clock.now()
        assert timedelta(seconds=20) < first <= timedelta(seconds=30)
        with clock.at(clock.now() + timedelta(seconds=31)):
            assert services.deliver_due() == 0
        with clock.at(clock.now() + timedelta(minutes=5)):
            assert services.deliver_due() == 1
    assert adapter.sent == ["k1"]


@pytest.mark.parametrize("error", [AdapterError("busy", retryable=True), RuntimeError("bug")])
def test_eight_failures_are_the_end(error):
    moment = clock.now()
    with registry.temporarily("simulator", Faulty(*[error] * 20)):
        services.send_sms(to="1", text="x", key="k1")
        for _attempt in range(12):
            moment += timedelta(hours=2)
            with clock.at(moment):
                services.deliver_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("dead", 8)


def test_dead_number_is_refused_for_good_and_may_be_retried_by_hand():
    services.send_sms(to="13800000000", text="x", key="k1")
    services.deliver_due()
    delivery = Delivery.objects.get()
    assert delivery.state == "failed"
    admin = UserFactory(is_superuser=True)
    assert services.retry_deliveries(admin, delivery_ids=[delivery.pk]) == 1
    assert AuditEntry.objects.get().action == "delivery.retried"
    with pytest.raises(NotAllowed):
        services.retry_deliveries(UserFactory(), delivery_ids=[delivery.pk])


def test_worker_that_died_while_sending_is_replaced_after_its_lease():
    class Killed(BaseException):
        pass

    services.send_sms(to="1", text="x", key="k1")
    with registry.temporarily("simulator", Faulty(Killed())), pytest.raises(Killed):
        services.deliver_due()
    assert services.deliver_due() == 0
    with clock.at(clock.now() + timedelta(minutes=3)):
        assert services.deliver_due() == 1


@pytest.mark.django_db(transaction=True)
def test_three_workers_send_each_once():
    for number in range(90):
        services.send_sms(to="1", text="x", key=f"k{number}")
    adapter, start = Faulty(), threading.Barrier(3)

    def work() -> None:
        start.wait()
        services.deliver_due()
        connection.close()

    with registry.temporarily("simulator", adapter):
        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(adapter.sent) == sorted(f"k{number}" for number in range(90))


def test_what_a_slow_gateway_left_is_given_back_untried():
    class Slow:
        def send(self, message: registry.Message) -> str:
            time.sleep(0.06)
            return ""

    for number in range(3):
        services.send_sms(to="1", text="x", key=f"k{number}")
    with registry.temporarily("simulator", Slow()):
        assert services.deliver_due(seconds=0.05) == 1
    left = Delivery.objects.filter(state="waiting")
    assert [(one.attempts, one.next_at <= clock.now()) for one in left] == [(0, True)] * 2
    assert services.deliver_due(limit=1) == 1
    assert services.deliver_due() == 1


def test_recipients_are_masked_in_lists():
    assert mask_recipient("sms", "13812345678") == "138****5678"
    assert mask_recipient("email", "wang@example.cn") == "w***@example.cn"
