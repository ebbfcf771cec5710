"""A map service of others on this machine: pictures at /t/, features at /f/."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.quiet import QuietHandler

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg=="
)
PIPE = [[120.010, 36.011], [120.014, 36.013]]


class Others(ThreadingHTTPServer):
    """asked: the paths in order; answer: what /f/ says instead of its features."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []
        self.answer: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(QuietHandler):
    server: Others

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.startswith("/f/"):
            kind, body = "application/geo+json", json.dumps(self._features()).encode()
        else:
            kind, body = "image/png", PICTURE
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def _features(self) -> Any:
        if self.server.answer is not None:
            return self.server.answer
        west, south, _east, _north = map(
            float, parse_qs(urlsplit(self.path).query)["bbox"][0].split(",")
        )
        assert (west, south) != (0.0, 0.0)
        return collection({"type": "LineString", "coordinates": PIPE}, name="排水主管", depth=2.5)


def collection(geometry: Any, **properties: Any) -> dict[str, Any]:
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}


@contextmanager
def others() -> Iterator[Others]:
    """Starts it; it ends with the block."""
    server = Others()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
