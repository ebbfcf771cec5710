"""An application that keeps the words of signing out it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs

from tests.quiet import QuietHandler


class Hook:
    """Answers ``status``; ``statuses`` goes before, one per message."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.status = 200
        self.statuses: list[int] = []
        self.url = ""


@contextmanager
def receiving() -> Iterator[Hook]:
    """Will serve on a free port of this machine until the block ends."""
    hook = Hook()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            hook.forms.append({name: values[0] for name, values in parse_qs(body).items()})
            self.send_response(hook.statuses.pop(0) if hook.statuses else hook.status)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.url = f"http://127.0.0.1:{server.server_port}/logout"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
