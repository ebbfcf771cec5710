"""The far ends of the message channels: WeChat's platform, another hotline, a mailbox.

They keep the protocols of the real ones as far as ours are spoken to: the platform gives access
tokens that end and refuses wrong ones, the hotline believes signed tickets only and numbers
them, the mailbox is a small IMAP server over letters in memory. For demos and contract tests.
"""

import json
import logging
import re
import secrets
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apps.common import clock
from apps.gateway import signing

logger = logging.getLogger(__name__)
HOME = "127.0.0.1"
PORT = 18090
APP_ID, APP_SECRET, TOKEN = "wx-demo", "demo-app-secret", "demo-callback-token"
LINE_SECRET = "whsec_Y2l0eWJyYWluLWRlbW8tbGluZS1zZWNyZXQtMDAwMQ=="  # noqa: S105  invented
TOO_LATE = "too-late"  # to whom the time for customer messages is over
BODY_MOST = 1024 * 1024


@dataclass
class Platform:
    """What the platform and the other hotline were told."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    wakes: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def end_token(self) -> None:
        """Will have the token given last no longer be good."""
        self.tokens.append("")

    def answer_get(
        self, path: str, query: dict[str, list[str]]
    ) -> tuple[int, dict[str, Any] | bytes]:
        """Will give an access token to who knows the secret, a picture to who has a token."""
        if path == "/cgi-bin/media/get":
            return 200, self._media(query)
        if path != "/cgi-bin/token":
            return 404, {}
        if query.get("appid") != [APP_ID] or query.get("secret") != [APP_SECRET]:
            return 200, {"errcode": 40125, "errmsg": "invalid appsecret"}
        self.tokens.append(secrets.token_hex(8))
        return 200, {"access_token": self.tokens[-1], "expires_in": 7200}

    def _media(self, query: dict[str, list[str]]) -> dict[str, Any] | bytes:
        if not self.tokens or query.get("access_token") != [self.tokens[-1]]:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        number = query.get("media_id", [""])[0]
        return self.media.get(number, {"errcode": 40007, "errmsg": "invalid media_id"})

    def answer_post(
        self, path: str, query: dict[str, list[str]], heads: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        """Will take a message or a ticket."""
        if path == "/line/words":
            return self._word(heads, body)
        if path.startswith("/push/"):
            return self._wake(path, heads, body)
        if not self.tokens or query.get("access_token") != [self.tokens[-1]]:
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        told = json.loads(body)
        kind = path.rsplit("/", 2)[-2]
        if kind == "custom" and told["touser"] == TOO_LATE:
            return 200, {"errcode": 45015, "errmsg": "response out of time limit"}
        self.sent.append(told | {"kind": kind})
        return 200, {"errcode": 0, "msgid": len(self.sent)}

    def _wake(self, path: str, heads: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """As a distributor: an address that ends in "gone" is no longer known, "busy" is later."""
        if path.endswith(("/gone", "/busy")):
            return 410 if path.endswith("/gone") else 429, {}
        self.wakes.append((path, json.loads(body), heads))
        return 201, {}

    def _word(self, heads: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if not signing.is_valid([LINE_SECRET], heads, body=body, at=clock.now()):
            return 401, {}
        told = json.loads(body)
        self.tickets.setdefault(told["id"], told)
        return 200, {"number": f"110-{list(self.tickets).index(told['id']) + 1:06d}"}


@contextmanager
def platform(port: int = 0) -> Iterator[tuple[Platform, str]]:
    """Will run the platform in threads within the block and give its address. 0: any free port."""
    made = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._say(*made.answer_get(parts.path, parse_qs(parts.query)))

        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), BODY_MOST)
            parts, body = urlsplit(self.path), self.rfile.read(length)
            heads = {name.lower(): value for name, value in self.headers.items()}
            self._say(*made.answer_post(parts.path, parse_qs(parts.query), heads, body))

        def _say(self, status: int, told: dict[str, Any] | bytes) -> None:
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            is_file = isinstance(told, bytes)
            kind = "application/octet-stream" if is_file else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """What was told is kept; who looks for the requests finds them at the debug level."""
            logger.debug(format, *args)

    with ThreadingHTTPServer((HOME, port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made, f"http://{HOME}:{server.server_address[1]}"
        finally:
            server.shutdown()


@dataclass
class Letters:
    """A mailbox: letters by number, and the flags set on them."""

    letters: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)

    def put(self, raw: bytes) -> int:
        """Will lay a letter in and give its number."""
        number = len(self.letters) + 1
        self.letters[number], self.flags[number] = raw, set()
        return number

    def answer(self, command: str, rest: str) -> list[bytes] | None:
        """Will give the untagged answers of one command; None: a command unknown here."""
        if command in {"LOGIN", "LOGOUT", "NOOP"}:
            return [] if command != "LOGOUT" else [b"* BYE"]
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"]
        if command == "SELECT":
            return [f"* {len(self.letters)} EXISTS".encode()]
        if command != "UID":
            return None
        return self._by_number(rest)

    def _by_number(self, rest: str) -> list[bytes] | None:
        deed, _space, more = rest.partition(" ")
        if deed == "SEARCH":
            unseen = [n for n in self.letters if "\\Seen" not in self.flags[n]]
            return [b"* SEARCH " + " ".join(map(str, unseen)).encode()]
        number = int(more.split(" ")[0])
        raw = self.letters[number]
        if deed == "STORE":
            self.flags[number] |= set(re.findall(r"\\\w+", more))
            return []
        if "SIZE" in more:
            return [f"* {number} FETCH (UID {number} RFC822.SIZE {len(raw)})".encode()]
        if "HEADER" in more:
            raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        head = f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}".encode()
        return [head + b"\r\n" + raw + b")"]


@contextmanager
def mailbox(port: int = 0) -> Iterator[tuple[Letters, int]]:
    """Will run a small IMAP server within the block and give its letters and its port."""
    letters = Letters()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _space, told = line.decode("utf-8", "replace").strip().partition(" ")
                command, _space, rest = told.partition(" ")
                found = letters.answer(command.upper(), rest)
                for one in found or []:
                    self.wfile.write(one + b"\r\n")
                word = "BAD unknown" if found is None else "OK done"
                self.wfile.write(f"{tag} {word}\r\n".encode())
                if command.upper() == "LOGOUT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True

    with Server((HOME, port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield letters, int(server.server_address[1])
        finally:
            server.shutdown()
