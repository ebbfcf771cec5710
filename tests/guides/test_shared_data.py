"""The contract every adapter to other departments' registers keeps."""

import json
import threading
from collections.abc import Iterator
from http.server import HTTPServer
from typing import Any

import pytest

from apps.guides.adapters import rest, simulator
from apps.guides.shared_data import DataUnavailable, SharedData
from tests.guides.factories import read
from tests.quiet import QuietHandler


class Platform(QuietHandler):
    """A platform that answers from the invented registry."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = read("registry").get(asked["dataset"])
        if rows is None:
            self.send_response(404)
            self.end_headers()
            return
        found = [r for r in rows if all(r.get(k) == v for k, v in asked["match"].items())]
        answer = json.dumps({"record": found[0] if len(found) == 1 else None}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture
def platform() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Platform)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/query"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["simulator", "rest"])
def registers(request: pytest.FixtureRequest, settings: Any, platform: str) -> SharedData:
    settings.SHARED_DATA_URL = platform
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    return simulator.Registers() if request.param == "simulator" else rest.Registers()


def test_a_known_key_gives_the_record(registers: SharedData) -> None:
    person = read("registry")["population"][0]
    assert registers.find("population", {"id_number": person["id_number"]}).record == person


def test_an_unknown_key_gives_none(registers: SharedData) -> None:
    assert registers.find("population", {"id_number": "0"}).record is None


def test_more_than_one_gives_none(registers: SharedData) -> None:
    assert registers.find("population", {"status": "在册"}).record is None


def test_an_unknown_data_set_is_trouble(registers: SharedData) -> None:
    with pytest.raises(DataUnavailable):
        registers.find("nothing", {"id": "1"})


def test_an_address_not_listed_is_trouble(settings: Any, platform: str) -> None:
    settings.SHARED_DATA_URL, settings.OUTGOING_HOSTS = platform, []
    with pytest.raises(DataUnavailable):
        rest.Registers().find("population", {"id_number": "0"})
