"""Clients that load a server: keep-alive connections, one thread each, nothing else."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 30.0
KEPT_S = 1.0  # gunicorn closes a connection that was idle for two seconds


@dataclass
class Answer:
    """What came back. seconds: from sending to the last byte."""

    status: int
    body: bytes
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One keep-alive connection; opened again when the server closed it."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self._host = urlsplit(base).netloc
        self._headers = dict(headers)
        self._open: http.client.HTTPConnection | None = None
        self._used = 0.0

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Will send one request; a body of bytes is JSON already.

        Raises: OSError, http.client.HTTPException (no answer).
        """
        if self._open is None or time.monotonic() - self._used > KEPT_S:
            self.close()
            self._open = http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        everything = {**self._headers, **(headers or {})}
        payload = None
        if body is not None:
            is_ready = isinstance(body, bytes)
            payload = body if is_ready else json.dumps(body, ensure_ascii=False).encode()
            everything["Content-Type"] = "application/json"
        began = time.perf_counter()
        try:
            self._open.request(method, path, payload, everything)
            response = self._open.getresponse()
            found = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        seconds = time.perf_counter() - began
        self._used = time.monotonic()
        return Answer(response.status, found, seconds, dict(response.getheaders()))

    def close(self) -> None:
        if self._open is not None:
            with suppress(OSError):
                self._open.close()
            self._open = None


def requests_per_second(
    base: str,
    headers: Mapping[str, str],
    request: Callable[[int], tuple[str, Any, dict[str, str]]],
    *,
    connections: int,
    seconds: float,
    numbers: Iterator[int] | None = None,
) -> float:
    """Will post as fast as the server answers and give the rate of 2xx answers.

    request: gives path, body and headers of the n-th request. Raises: RuntimeError (the server
    answered anything but 2xx).
    """
    series = numbers or count()
    lock = threading.Lock()
    done: list[int] = []
    wrong: list[str] = []
    until = time.perf_counter() + seconds

    def work() -> None:
        connection = Connection(base, headers)
        served = 0
        while time.perf_counter() < until and not wrong:
            with lock:
                number = next(series)
            path, body, extra = request(number)
            answer = connection.send("POST", path, body, extra)
            if answer.status // 100 != 2:
                wrong.append(f"{answer.status} {answer.body[:500]!r}")
                break
            served += 1
        connection.close()
        done.append(served)

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"the server refused: {wrong[0]}")
    return sum(done) / (time.perf_counter() - began)


def percentile(values: list[float], share: float) -> float:
    """Will give the smallest value that at least ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)]


def cpu_seconds(pids: list[int]) -> float:
    """Will give the processor time processes and those they have started used so far."""
    parents: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("utf-8", errors="replace").rpartition(") ")[2].split()
            pid = int(stat.parent.name)
            used[pid] = int(fields[11]) + int(fields[12])
            parents.setdefault(int(fields[1]), []).append(pid)
    total, waiting = 0, list(pids)
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0)
        waiting += parents.get(pid, [])
    return total / 100
