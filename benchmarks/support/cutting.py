"""A proxy between a browser and the server that cuts connections when told to."""

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

CHUNK = 16 * 1024
# Whatever keeps silent for so long is given up: a thread must not outlive its run.
SILENCE_S = 60.0


class CuttingProxy:
    """Passes bytes on until a cut is due.

    cuts: how many of the next connections are broken, after so many bytes, half of them on the
    way there, half on the way back: the second is the cruel one, the deed is done and nobody
    hears of it.
    away: nothing gets through, as in a cellar.
    instead: what is answered here, by how the request begins: whole HTTP answers.
    """

    def __init__(self, target: tuple[str, int], rng: random.Random) -> None:
        self.target = target
        self.cuts = 0
        self.away = False
        self.instead: dict[bytes, Callable[[], bytes]] = {}
        self.cut_connections = 0
        self._rng = rng
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def cut_next(self, count: int) -> None:
        with self._lock:
            self.cuts = count

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            if self.away:
                raise ConnectionRefusedError
            far = socket.create_connection(self.target, timeout=5)
        except OSError:
            near.close()
            return
        for end in (near, far):
            end.settimeout(SILENCE_S)
        with self._lock:
            is_cut, self.cuts = self.cuts > 0, max(0, self.cuts - 1)
            there = is_cut and self._rng.random() < 0.5
            after = self._rng.randrange(1, 3000)
            self.cut_connections += is_cut
        back = threading.Thread(
            target=self._pump, args=(far, near, after if is_cut and not there else None)
        )
        back.daemon = True
        back.start()
        self._pump(near, far, after if there else None, asking=True)

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        cut_after: int | None,
        *,
        asking: bool = False,
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if self.away:
                    break
                if asking and (answer := self._answer(data)) is not None:
                    source.sendall(answer)
                    continue
                if cut_after is not None and passed + len(data) >= cut_after:
                    sink.sendall(data[: cut_after - passed])
                    break
                sink.sendall(data)
                passed += len(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _answer(self, request: bytes) -> bytes | None:
        """Gives what is answered here; a browser sends a request without body in one piece."""
        for beginning, make in self.instead.items():
            if request.startswith(beginning):
                return make()
        return None

    def close(self) -> None:
        self._server.close()
