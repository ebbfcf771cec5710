"""A stand-in for the local services that hear, read and write; made up from end to end.

It speaks both contracts of ``apps.assist.adapters``: recordings, cards and tables by REST,
drafts as chat completions. For demos and contract tests; it understands nothing of what it is sent.
"""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

logger = logging.getLogger(__name__)
HOME, PORT = "127.0.0.1", 18110
SECRET = "demo-assistants-secret"  # noqa: S105  invented
VERSION = "demo-1"
BODY_MOST = 20 * 1024 * 1024
CARD = (
    ("name", "演示人", 0.98),
    ("gender", "女", 0.99),
    ("nation", "汉", 0.97),
    ("born_on", "1990-01-01", 0.96),
    ("address", "演示市东区一号路1号", 0.83),
    ("id_number", "110101199001011237", 0.91),
)
#: A list of street lamps as somebody wrote it down by hand.
TABLE = (
    (("大类", 0.99), ("小类", 0.99), ("名称", 0.98), ("经度", 0.97), ("纬度", 0.97)),
    (("公用设施", 0.98), ("路灯", 0.99), ("一号杆", 0.95), ("116.4012", 0.94), ("39.9021", 0.92)),
    (("公用设施", 0.98), ("路灯", 0.99), ("二号杆", 0.71), ("116.4017", 0.93), ("39.9O22", 0.48)),
)


@dataclass
class Service:
    """What it was sent, and an answer to give instead of its own: status and body."""

    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    instead: tuple[int, bytes] | None = None

    def answer(self, path: str, heads: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Will answer one request to whoever knows the secret."""
        self.heard.append((path, heads, body))
        if heads.get("authorization") != f"Bearer {SECRET}":
            return 401, b"{}"
        if self.instead is not None:
            return self.instead
        made = {
            "/v1/speech": _speech, "/v1/card": _card, "/v1/table": _table,
            "/v1/chat/completions": _draft,
        }.get(path)  # fmt: skip
        if made is None:
            return 404, b"{}"
        return 200, json.dumps(made(body), ensure_ascii=False).encode()


def _speech(body: bytes) -> dict[str, Any]:
    return {"version": VERSION, "text": "一号路路口的路灯连续三晚不亮。", "confidence": 0.93}


def _card(body: bytes) -> dict[str, Any]:
    fields = [{"name": n, "value": v, "confidence": c} for n, v, c in CARD]
    return {"version": VERSION, "fields": fields}


def _table(body: bytes) -> dict[str, Any]:
    rows = [[{"value": text, "confidence": sure} for text, sure in row] for row in TABLE]
    return {"version": VERSION, "rows": rows}


def _draft(body: bytes) -> dict[str, Any]:
    """Its draft is the first sentence of each source, so that it makes no promise of its own."""
    asked = json.loads(body)
    try:
        told = json.loads(asked["messages"][-1]["content"])
    except ValueError:
        told = {}
    said = [one["text"].split("。")[0] + "。" for one in told.get("sources", [])[:2]]
    text = "您好，您反映的问题已收悉。" + "".join(said) + "如有疑问请再次来电。"
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    return {"model": asked.get("model") or VERSION, "choices": [choice | {"finish_reason": "stop"}]}


@contextmanager
def assistants(port: int = 0) -> Iterator[tuple[Service, str]]:
    """Will run it in threads within the block and give its address. 0: any free port."""
    made = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), BODY_MOST)
            heads = {name.lower(): value for name, value in self.headers.items()}
            status, body = made.answer(self.path, heads, self.rfile.read(length))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """What came is kept; who looks for the requests finds them at the debug level."""
            logger.debug(format, *args)

    with ThreadingHTTPServer((HOME, port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made, f"http://{HOME}:{server.server_address[1]}"
        finally:
            server.shutdown()
