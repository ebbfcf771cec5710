"""People at their open pages: ``python -m benchmarks.support.agents PLAN RESULT``, one process.

PLAN is a pickle (``Plan``), RESULT gets JSON. Every call has its moment whether or not the earlier
ones were answered, and its time counts from that moment: who waits in line waits. A page is fetched
over a connection of its own; each person's line for notices stays open all the time.
"""

import asyncio
import json
import pickle
import queue
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from benchmarks.support.words import report

HANDS = 48  # calls that may wait for their answers at once
TIMEOUT_S = 60.0
_FIELD = re.compile(r'name="(csrfmiddlewaretoken|token)" value="([^"]+)"')
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Call:
    """What is to be done when. at_s: from the start; kind: a method of ``Office``."""

    at_s: float
    kind: str
    cookie: str = ""
    path: str = ""
    number: int = 0


@dataclass
class Plan:
    """base, lines: addresses of the pages and of the WebSockets. open_lines: whose stay open."""

    base: str
    lines: str
    open_lines: list[str]
    api_key: str
    points: list[tuple[float, float]]
    calls: list[Call]


@dataclass
class Office:
    """Does the calls and notes how long each took, by what people would call it."""

    plan: Plan
    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        """Will do every call at its moment."""
        waiting: queue.SimpleQueue[tuple[float, Call] | None] = queue.SimpleQueue()
        hands = [threading.Thread(target=self._hand, args=(waiting,)) for _each in range(HANDS)]
        for hand in hands:
            hand.start()
        began = time.perf_counter()
        for call in sorted(self.plan.calls, key=lambda each: each.at_s):
            due = began + call.at_s
            time.sleep(max(0.0, due - time.perf_counter()))
            waiting.put((due, call))
        for _hand in hands:
            waiting.put(None)
        for hand in hands:
            hand.join()

    def _hand(self, waiting: "queue.SimpleQueue[tuple[float, Call] | None]") -> None:
        while (taken := waiting.get()) is not None:
            due, call = taken
            kinds: dict[str, Callable[[Call, float], None]] = {
                "queue": self.queue,
                "ringing": self.ringing,
                "phone": self.phone,
                "rest": self.rest,
            }
            try:
                kinds[call.kind](call, due)
            except (OSError, HTTPException) as error:
                with self._lock:
                    self.refused.append(f"{call.kind} {call.path}: {error!r}")

    def queue(self, call: Call, due: float) -> None:
        """Will open or turn a page of a queue."""
        self._ask("queue page", due, "GET", call.path, call.cookie)

    def ringing(self, call: Call, due: float) -> None:
        """Will ask, as an open desk does every ten seconds, whether somebody calls."""
        self._ask("look for a call", due, "GET", "/hotline/desk/incoming/", call.cookie)

    def phone(self, call: Call, due: float) -> None:
        """Will open the desk, type, look at the hints, register and accept."""
        page, secret = self._ask("desk page", due, "GET", "/hotline/desk/?new", call.cookie)
        found = dict(_FIELD.findall(page))
        cookie = f"{call.cookie}; csrftoken={secret}"
        words, (lon, lat) = report(call.number), self._point(call.number)
        typed = {
            **found, "channel": "phone", "reporter_name": "王先生",
            "reporter_phone": f"137{call.number % 10**8:08d}", "text": words["text"],
            "title": words["title"], "nature": "help", "class_code": words["class_code"],
            "address": words["address"], "lon": lon, "lat": lat, "priority": "normal",
            "wants_callback": "on",
        }  # fmt: skip
        body = urlencode(typed)
        now = time.perf_counter
        self._ask("hints", now(), "POST", "/hotline/desk/hints/", cookie, body, FORM)
        body = urlencode(typed | {"then": "accept"})
        self._ask("intake", now(), "POST", "/hotline/desk/", cookie, body, FORM, wanted=302)

    def rest(self, call: Call, due: float) -> None:
        """Will report as another system does."""
        words, (lon, lat) = report(call.number), self._point(call.number)
        said = {
            "title": words["title"], "text": words["text"], "address": words["address"],
            "lon": lon, "lat": lat, "class_code": words["class_code"],
            "reporter_name": "王先生", "reporter_phone": f"138{call.number % 10**8:08d}",
        }  # fmt: skip
        headers = {
            "Authorization": f"Api-Key {self.plan.api_key}",
            "Idempotency-Key": uuid4().hex,
        }
        path, body = "/api/v1/demands/?with=duplicates", json.dumps(said, ensure_ascii=False)
        self._ask("intake", due, "POST", path, "", body, "application/json", headers, wanted=201)

    def _point(self, number: int) -> tuple[float, float]:
        return self.plan.points[number % len(self.plan.points)]

    def _ask(
        self,
        name: str,
        due: float,
        method: str,
        path: str,
        cookie: str,
        body: str | None = None,
        kind: str = "",
        headers: Mapping[str, str] | None = None,
        wanted: int = 200,
    ) -> tuple[str, str]:
        """Gives the text of an answer and the secret its forms go with.

        Raises: OSError, HTTPException (no answer).
        """
        line = HTTPConnection(urlsplit(self.plan.base).netloc, timeout=TIMEOUT_S)
        try:
            sent = {"Cookie": cookie, "Referer": self.plan.base + path, **(headers or {})}
            if kind:
                sent["Content-Type"] = kind
            line.request(method, path, body and body.encode(), sent)
            response = line.getresponse()
            found = response.read()
        finally:
            line.close()
        took = (time.perf_counter() - due) * 1000
        with self._lock:
            if response.status == wanted:
                self.took_ms[name].append(took)
            else:
                self.refused.append(f"{method} {path}: {response.status} {found[:200]!r}")
        cookies = SimpleCookie("; ".join(response.headers.get_all("Set-Cookie") or []))
        secret = cookies["csrftoken"].value if "csrftoken" in cookies else ""
        return found.decode("utf-8", errors="replace"), secret


class Lines(threading.Thread):
    """The open lines for notices of all people, on one loop."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(daemon=True)
        self._plan = plan
        self._loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.lost, self.heard = 0, 0
        self._open: list[ClientConnection] = []

    def run(self) -> None:
        self._loop.run_until_complete(self._hold())

    async def _hold(self) -> None:
        address = self._plan.lines.replace("http", "ws", 1) + "/ws/notices/"
        self._done = asyncio.Event()
        listening = []
        for cookie in self._plan.open_lines:
            line = await connect(
                address,
                origin=Origin(self._plan.base),
                additional_headers={"Cookie": cookie},
                proxy=None,
            )
            self._open.append(line)
            listening.append(asyncio.create_task(self._listen(line)))
        self.ready.set()
        await self._done.wait()
        for task in listening:
            task.cancel()
        for line in self._open:
            await line.close()

    async def _listen(self, line: ClientConnection) -> None:
        try:
            async for _message in line:
                self.heard += 1
        except ConnectionClosed:
            self.lost += 1

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self.join(timeout=30)


def main(plan_path: str, result_path: str) -> None:
    """Will open the lines, do the calls, and write down what was seen."""
    plan: Plan = pickle.loads(Path(plan_path).read_bytes())  # noqa: S301  our own file
    lines = Lines(plan)
    lines.start()
    if not lines.ready.wait(timeout=120):
        raise RuntimeError("the lines for notices do not open")
    office = Office(plan)
    office.work()
    lost, heard = lines.lost, lines.heard
    lines.stop()
    told: dict[str, Any] = {
        "took_ms": office.took_ms, "refused": office.refused, "lost": lost, "heard": heard,
    }  # fmt: skip
    Path(result_path).write_text(json.dumps(told, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
