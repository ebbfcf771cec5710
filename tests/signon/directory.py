"""A system that takes people by SCIM 2.0, on a free port of this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "the-other-sides-token"


class Directory:
    """What it holds, by id; ``statuses`` are answered first, one per call."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.statuses: list[int] = []
        self.lines = 0
        self.url = ""

    def of(self, username: str) -> dict[str, Any]:
        return next(body for body in self.people.values() if body["userName"] == username)


@contextmanager
def taking() -> Iterator[Directory]:
    """Will serve until the block ends."""
    found = Directory()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = parse_qs(urlsplit(self.path).query)["filter"][0].split('"')[1]
            rows = [b | {"id": i} for i, b in found.people.items() if b["userName"] == name]
            self._answer(200, {"totalResults": len(rows), "Resources": rows})

        def do_POST(self) -> None:
            body, number = self._body(), str(len(found.people) + 1)
            self._answer(201, body | {"id": number}, keep=(number, body))

        def do_PUT(self) -> None:
            number, body = self.path.rsplit("/", 1)[1], self._body()
            if number not in found.people:
                return self._answer(404, {})
            return self._answer(200, body | {"id": number}, keep=(number, body))

        def _body(self) -> dict[str, Any]:
            return dict(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, status: int, body: Any, keep: Any = None) -> None:
            found.calls.append((self.command, self.path.split("?")[0]))
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                status = 401
            elif found.statuses:
                status = found.statuses.pop(0)
            elif keep:
                found.people[keep[0]] = keep[1]
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            found.lines += 1

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}/scim/v2"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
