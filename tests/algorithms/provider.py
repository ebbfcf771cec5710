"""Another department's service, as its contract says; answers on this machine for the tests."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.quiet import QuietHandler


class Provider(QuietHandler):
    """Says what the test laid ready and keeps what it was asked."""

    ready: tuple[int, Any] = (200, {})
    asked: list[tuple[str, dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked.append((self.headers.get("Authorization", ""), json.loads(body)))
        status, said = type(self).ready
        sent = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)


@contextmanager
def providing(status: int, said: Any) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Will answer everything so within the block; gives the address and what was asked."""
    asked: list[tuple[str, dict[str, Any]]] = []
    handler = type("Ready", (Provider,), {"ready": (status, said), "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ocr", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
