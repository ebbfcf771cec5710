"""A real system at the other end: a small HTTP server that keeps what it was sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.quiet import QuietHandler


class Receiver:
    """Answers ``status`` after ``delay_s``; ``statuses`` goes before, one per message.

    days: what it says it received, by day; asked: the headers of who wanted to know.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.status = 200
        self.statuses: list[int] = []
        self.delay_s = 0.0
        self.headers: dict[str, str] = {}
        self.url = ""
        self.days: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []

    @property
    def ids(self) -> list[str]:
        return [message["headers"]["webhook-id"] for message in self.messages]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Will serve on a free port of this machine until the block ends."""
    receiver = Receiver()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.messages.append(
                {"headers": headers, "body": body, "json": json.loads(body), "path": self.path}
            )
            time.sleep(receiver.delay_s)
            status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"noted")

        def do_GET(self) -> None:
            receiver.asked.append({name.lower(): value for name, value in self.headers.items()})
            day = self.path.partition("date=")[2]
            said = receiver.days.get(day, {"count": 0, "ids": []})
            self.send_response(receiver.status)
            self.end_headers()
            self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
