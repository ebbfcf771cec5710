"""An evidence chain that lives in a process of its own; for trying the HTTP adapter."""

import json
import logging
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.evidence.adapters.chains import Book
from apps.evidence.registry import ChainFailed

logger = logging.getLogger(__name__)

MOST_BYTES = 10_000
_RECORD = re.compile(r"/records/([0-9a-f]{40})(/certificate)?")


def serve(book: Book, port: int) -> ThreadingHTTPServer:
    """Will give a server that speaks for a book; port 0: any free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/status":
                return self._answer({"height": len(book.records()), "contracts": ["evidence-v1"]})
            found = _RECORD.fullmatch(self.path)
            if found is None:
                return self._answer({}, status=404)
            try:
                if found[2]:
                    return self._bytes(book.certificate(found[1]), "text/plain; charset=utf-8")
                return self._answer(book.get(found[1]))
            except ChainFailed as error:
                return self._answer({"error": str(error)}, status=404)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            if self.path != "/records" or not 0 < length <= MOST_BYTES:
                return self._answer({}, status=404)
            said = json.loads(self.rfile.read(length))
            names = ("key", "digest", "kind")
            return self._answer(book.add(**{name: str(said[name]) for name in names}), status=201)

        def log_message(self, format: str, *args: Any) -> None:
            """To the log only: the process is somebody's terminal."""
            logger.debug(format, *args)

        def _answer(self, values: dict[str, Any], status: int = 200) -> None:
            self._bytes(json.dumps(values).encode(), "application/json", status)

        def _bytes(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class Command(BaseCommand):
    """Will serve a simulated chain on this machine until stopped, and print its key."""

    help = "Serve a simulated evidence chain over HTTP on 127.0.0.1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8090)
        parser.add_argument("--folder", required=True, help="where the chain keeps its blocks")

    def handle(self, *args: Any, **options: Any) -> None:
        book = Book(Path(options["folder"]))
        with serve(book, options["port"]) as server:
            self.stdout.write(f"http://127.0.0.1:{server.server_port}\n{book.public_pem}")
            server.serve_forever()
