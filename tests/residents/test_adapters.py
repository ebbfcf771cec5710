"""The contract every authority and every platform keeps."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import HTTPServer
from typing import Any

import pytest

from apps.residents.adapters import (
    identity_closed,
    identity_http,
    identity_simulator,
    mini_program_closed,
    mini_program_http,
    mini_program_simulator,
)
from apps.residents.checking import (
    ExchangeFailed,
    IdentityChecker,
    MiniProgramPlatform,
    Person,
)
from apps.residents.enums import CheckOutcome
from tests.quiet import QuietHandler
from tests.residents.factories import id_number

PICTURE = b"\xff\xd8 a picture"
PASSED, NOT_PASSED, NOT_AVAILABLE = CheckOutcome


class Outside(QuietHandler):
    """An authority and a bridge that know what the simulators know."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/bridge":
            code = asked["code"]
            answer = {"open_id": code[4:]} if code.startswith("sim-") else {}
        else:
            simulator = identity_simulator.Checker()
            person = Person(asked["name"], asked["id_number"])
            if self.path.endswith("/face"):
                found = simulator.check_face(person, photo=base64.b64decode(asked["photo"]))
            else:
                found = simulator.check_name(person)
            if found.outcome == NOT_AVAILABLE:
                self.send_response(503)
                self.end_headers()
                return
            result = "match" if found.outcome == PASSED else "no_match"
            answer = {"result": result, "reason": found.reason}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def outside(settings: Any) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    settings.IDENTITY_URL, settings.MINI_PROGRAM_URL = f"{address}/id", f"{address}/bridge"
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["simulator", "http"])
def checker(request: pytest.FixtureRequest, outside: str) -> IdentityChecker:
    is_http = request.param == "http"
    return identity_http.Checker() if is_http else identity_simulator.Checker()


@pytest.fixture(params=["simulator", "http"])
def platform(request: pytest.FixtureRequest, outside: str) -> MiniProgramPlatform:
    is_http = request.param == "http"
    return mini_program_http.Platform() if is_http else mini_program_simulator.Platform()


@pytest.mark.parametrize(
    ("serial", "outcome", "reason"),
    [
        ("123", PASSED, ""),
        ("404", NOT_PASSED, "unknown"),
        ("409", NOT_PASSED, "name_differs"),
        ("503", NOT_AVAILABLE, "not_available"),
    ],
)
def test_names(checker: IdentityChecker, serial: str, outcome: str, reason: str) -> None:
    answer = checker.check_name(Person("张三丰", id_number(serial)))
    assert (answer.outcome, answer.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("serial", "outcome", "reason"),
    [
        ("123", PASSED, ""),
        ("406", NOT_PASSED, "face_differs"),
        ("503", NOT_AVAILABLE, "not_available"),
    ],
)
def test_faces(checker: IdentityChecker, serial: str, outcome: str, reason: str) -> None:
    answer = checker.check_face(Person("张三丰", id_number(serial)), photo=PICTURE)
    assert (answer.outcome, answer.reason) == (outcome, reason)


def test_platforms(platform: MiniProgramPlatform) -> None:
    assert platform.open_id(client_key="app", code="sim-u1") == "u1"
    with pytest.raises(ExchangeFailed):
        platform.open_id(client_key="app", code="made-up")


@pytest.mark.parametrize("listed", [[], ["127.0.0.1/32"]])
def test_an_address_out_of_reach_is_not_available(settings: Any, listed: list[str]) -> None:
    settings.OUTGOING_HOSTS = listed
    settings.IDENTITY_URL = settings.MINI_PROGRAM_URL = "http://127.0.0.1:9/id"
    person = Person("张三丰", id_number())
    assert identity_http.Checker().check_name(person).outcome == NOT_AVAILABLE
    with pytest.raises(ExchangeFailed):
        mini_program_http.Platform().open_id(client_key="app", code="sim-u1")


def test_what_was_asked_is_not_logged(settings: Any, caplog: Any) -> None:
    settings.IDENTITY_URL = "http://127.0.0.1:9/id"
    person = Person("张三丰", id_number())
    identity_http.Checker().check_name(person)
    assert caplog.records
    assert person.id_number not in caplog.text + repr(person)


def test_closed_answers_nothing() -> None:
    closed, person = identity_closed.Checker(), Person("张三丰", id_number())
    assert closed.check_name(person).outcome == NOT_AVAILABLE
    assert closed.check_face(person, photo=PICTURE).outcome == NOT_AVAILABLE
    with pytest.raises(ExchangeFailed):
        mini_program_closed.Platform().open_id(client_key="app", code="sim-u1")
