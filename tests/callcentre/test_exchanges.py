"""Every adapter keeps one contract; a REST exchange over real HTTP. Source: HL-04."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.common import clock
from apps.common.http import CallFailed
from apps.hotline import telephony
from apps.hotline.adapters.rest import Exchange as RestExchange
from apps.hotline.adapters.simulator import Exchange as Simulator
from apps.hotline.models import Call
from apps.hotline.telephony import CallEvent, sign
from tests.callcentre.conftest import Centre, build_centre
from tests.cast import build_cast
from tests.quiet import QuietHandler

SECRET = "exchange-secret"
COMMANDS = set(telephony.COMMANDS)


@pytest.mark.parametrize("made", [Simulator, RestExchange])
def test_an_adapter_does_all_that_is_asked_of_one(made: Callable[[], Any]) -> None:
    adapter = made()
    assert isinstance(adapter.is_simulated, bool)
    assert {name for name in COMMANDS if not callable(getattr(adapter, name))} == set()


def sender(url: str) -> Callable[[CallEvent], None]:
    """Will give what sends an event signed, as a real exchange does."""

    def send(event: CallEvent) -> None:
        told = {
            "event": event.kind, "call": event.exchange_id, "line": event.line,
            "at": event.at.isoformat(), "phone": event.phone, "agent": event.agent,
            "recording": event.recording, "direction": event.direction, "leg": event.leg,
            "role": event.role, "key": event.key, "language": event.language,
        }  # fmt: skip
        body = json.dumps(told).encode()
        stamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Exchange-Timestamp": stamp,
            "X-Exchange-Signature": sign(SECRET, stamp, body),
        }
        with urlopen(Request(url, body, headers), timeout=5) as answer:  # noqa: S310
            answer.read()

    return send


@pytest.fixture
def switch(live_server: Any, settings: Any) -> Iterator[Simulator]:
    """A simulated exchange behind HTTP: signed commands in, signed events out."""
    settings.TELEPHONE_SECRET = SECRET
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    inner = Simulator(report=sender(f"{live_server.url}/hotline/exchange/events/"))

    class Commands(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamp = self.headers["X-Exchange-Timestamp"]
            values = json.loads(body)
            if self.headers["X-Exchange-Signature"] != sign(SECRET, stamp, body):
                self.send_error(403)
                return
            _calls, *rest = self.path.strip("/").split("/")
            told = {"call": inner.dial(**values) if not rest else rest[0]}
            if rest:
                getattr(inner, rest[1])(exchange_id=rest[0], **values)
            answer = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Commands)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TELEPHONE_URL = f"http://127.0.0.1:{server.server_port}"
    yield inner
    server.shutdown()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_call_goes_through_a_rest_exchange_both_ways(switch: Simulator, settings: Any) -> None:
    centre: Centre = build_centre(build_cast())
    first, second, _third = (agent.user.username for agent in centre.agents)
    rest = RestExchange()
    name = switch.begin(line="12345", phone="13812345678")
    rest.offer(exchange_id=name, agent=first)
    rest.answer(exchange_id=name, agent=first)
    rest.hold(exchange_id=name, agent=first)
    rest.resume(exchange_id=name, agent=first)
    rest.consult(exchange_id=name, agent=first, to=second)
    rest.answer(exchange_id=name, agent=second)
    rest.join(exchange_id=name, agent=first, to=second)
    rest.complete(exchange_id=name, agent=first, to=second)
    rest.hang_up(exchange_id=name)
    call = Call.objects.get(exchange_id=name)
    assert (call.state, call.agent, call.recording) == ("ended", centre.agents[1].user, name)
    assert [leg.agent for leg in call.legs.order_by("rang_at")] == centre.agents[:2]
    out = rest.dial(agent=first, line="12345", phone="13900000000")
    assert Call.objects.get(exchange_id=out).direction == "out"
    settings.TELEPHONE_SECRET = "another"
    with pytest.raises(CallFailed):
        rest.hold(exchange_id=name, agent=first)


def test_an_adapter_that_lacks_a_command_is_not_taken(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(RestExchange, "hold")
    settings.TELEPHONE_ADAPTER = "rest"
    telephony.exchange.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="rest lacks hold"):
        telephony.exchange()
    telephony.exchange.cache_clear()
