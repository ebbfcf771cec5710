"""What is lost when things are killed: nothing may be, and nothing may be doubled.

Clients report, accept and dispatch over REST without pause and repeat a call until it is
answered, with the same Idempotency-Key, as a careful client does. Meanwhile the worker is
killed twice, Redis is away for a minute (``BENCH_REDIS_DOWN_S`` seconds) and the web server is
killed. A page of the department listens for notices the whole time.
"""

import http.client
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.runner import Bench, Figure, Process
from benchmarks.support.client import Answer, Connection
from benchmarks.support.words import report

DESCRIPTION = "reports, cases and notices while worker, Redis and web are killed"
REPORTERS, MOVERS = 3, 2
PAUSE_S = 0.05  # between two reports of one client: a town's worst hour, not a flood
REDIS_DOWN_S = float(os.environ.get("BENCH_REDIS_DOWN_S", "60"))
CALM_S = 5.0
DRAIN_LIMIT_S = 150.0


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.town import api_key, build_town, sign_in

    bench.progress("building the town")
    town = build_town("small")
    keys = {role: api_key(town, role) for role in ("acceptor", "dispatcher")}
    cookie = sign_in(town.people["handler"])
    base = bench.start_web(workers=2)
    web = bench.newest()
    listener = Listener(bench.start_ws(), cookie)
    worker = bench.start_worker(processes=2)
    bench.start_beat()
    crowd = Crowd(base, town, {"program": town.api_key, **keys})
    listener.start()
    crowd.start()
    disturb(bench, web, worker, base)
    crowd.stop()
    bench.progress(f"{len(crowd.acknowledged)} reports acknowledged; waiting for the worker")
    waited = drain()
    bench.progress(f"everything done after {waited:.0f} s")
    listener.stop()
    return judge(bench, crowd, listener, waited)


def disturb(bench: Bench, web: Process, worker: Process, base: str) -> None:
    """Kills and starts again, a few calm seconds apart."""
    time.sleep(CALM_S)
    bench.progress("killing the worker")
    worker.kill()
    time.sleep(2)
    worker = bench.start_worker(processes=2)
    time.sleep(CALM_S)
    bench.progress(f"stopping Redis for {REDIS_DOWN_S:.0f} s, killing the worker meanwhile")
    bench.stop_redis()
    time.sleep(REDIS_DOWN_S / 2)
    worker.kill()
    worker = bench.start_worker(processes=2)
    time.sleep(REDIS_DOWN_S / 2)
    bench.start_redis()
    time.sleep(CALM_S)
    bench.progress("killing the web server")
    web.kill()
    time.sleep(1)
    bench.start_web(workers=2, port=urlsplit(base).port)
    time.sleep(CALM_S)


@dataclass
class Crowd:
    """The clients. sent: keys of reports; acknowledged: key to receipt number."""

    base: str
    town: Any
    keys: dict[str, str]
    sent: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    dispatched: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    repeats: int = 0

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._ended = threading.Event()
        work: list[Callable[[], None]] = [self._report] * REPORTERS + [self._move] * MOVERS
        self._threads = [threading.Thread(target=job, daemon=True) for job in work]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _report(self) -> None:
        client = self._client("program")
        while not self._ended.is_set():
            number, key = next(self._numbers), uuid4().hex
            words = report(number)
            lon, lat = self.town.points[number % len(self.town.points)]
            body = {**words, "lon": lon, "lat": lat, "reporter_phone": f"139{number:08d}"}
            self.sent.append(key)
            answer = self._until_answered(client, "/api/v1/demands/", body, key)
            if answer is not None:
                receipt = answer.json()["number"]
                self.acknowledged[key] = receipt
                self._waiting.put(receipt)
            time.sleep(PAUSE_S)

    def _move(self) -> None:
        acceptor, dispatcher = self._client("acceptor"), self._client("dispatcher")
        accept = {"data": {"class_code": "road.manhole", "priority": "normal"}}
        dispatch = {
            "data": {
                "unit": self.town.units[0].pk,
                "limit_amount": 5,
                "limit_unit": "working_days",
                "override_reason": "压力测试统一派单",
            }
        }
        while not (self._ended.is_set() and self._waiting.empty()):
            try:
                receipt = self._waiting.get(timeout=0.2)
            except Empty:
                continue
            actions = f"/api/v1/cases/{receipt}/actions"
            for client, action, body in (
                (acceptor, "accept", accept),
                (dispatcher, "dispatch", dispatch),
            ):
                path, key = f"{actions}/{action}/", f"{receipt}-{action}"
                if self._until_answered(client, path, body, key) is None:
                    break
            else:
                self.dispatched.append(receipt)

    def _client(self, role: str) -> Connection:
        return Connection(self.base, {"Authorization": f"Api-Key {self.keys[role]}"})

    def _until_answered(self, client: Connection, path: str, body: Any, key: str) -> Answer | None:
        """Gives the 2xx answer; None for a refusal, or when the run ends without an answer."""
        for attempt in count():
            if attempt:
                self.repeats += 1
                if attempt > 200:
                    self.refused.append(f"{path}: no answer")
                    return None
                time.sleep(0.3)
            with suppress(OSError, http.client.HTTPException):
                answer = client.send("POST", path, body, {"Idempotency-Key": key})
                if answer.status // 100 == 2:
                    return answer
                if answer.status < 500:
                    self.refused.append(f"{path}: {answer.status} {answer.body[:300]!r}")
                    return None
        return None


class Listener:
    """A page of the department: hears notices and connects again when the line breaks."""

    def __init__(self, base: str, cookie: str) -> None:
        self._url = f"ws://{urlsplit(base).netloc}/ws/notices/"
        self._headers = {"Cookie": cookie}
        self._origin = base
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.heard: Counter[int] = Counter()
        self.connections = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _listen(self) -> None:
        import json

        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        while not self._ended.is_set():
            with (
                suppress(OSError, WebSocketException),
                connect(
                    self._url, origin=self._origin, additional_headers=self._headers, proxy=None
                ) as line,
            ):
                self.connections += 1
                while not self._ended.is_set():
                    with suppress(TimeoutError):
                        told = json.loads(line.recv(timeout=0.5))
                        if told["type"] == "notice":
                            self.heard[told["id"]] += 1
            time.sleep(0.5)


def drain() -> float:
    """Waits until nothing is left to do and gives how long that took."""
    from apps.common import outbox
    from apps.notices.enums import DeliveryState
    from apps.notices.models import Delivery

    began = time.monotonic()
    while time.monotonic() - began < DRAIN_LIMIT_S:
        unsent = Delivery.objects.filter(state=DeliveryState.WAITING).exists()
        if not unsent and not outbox.measure().waiting:
            break
        time.sleep(0.5)
    return time.monotonic() - began


def judge(bench: Bench, crowd: Crowd, listener: Listener, waited: float) -> list[Figure]:
    """Compares what was acknowledged with what is there."""
    from django.db.models import Count

    from apps.audit.services import verify_chain
    from apps.common import outbox
    from apps.matters.models import Case, CaseEvent
    from apps.notices.enums import DeliveryState
    from apps.notices.models import Delivery, Notice, SimulatedMessage

    cases = list(Case.objects.values_list("id", "number", "source_key"))
    by_key = Counter(str(source).rpartition(":")[2] for _id, _number, source in cases)
    numbers = {str(source).rpartition(":")[2]: number for _id, number, source in cases}
    lost = sum(numbers.get(key) != number for key, number in crowd.acknowledged.items())
    ids = {case_id for case_id, _number, _source in cases}
    whole = (
        set(
            Case.objects.filter(events__seq=1, facts__isnull=False, demand__isnull=False)
            .values_list("id", flat=True)
            .distinct()
        )
        & _with_clock()
    )
    twice = CaseEvent.objects.values("case", "action").annotate(n=Count("id")).filter(n__gt=1)
    ordered = CaseEvent.objects.filter(action="dispatch").count()
    notices = list(Notice.objects.values_list("id", "read_at"))
    never_shown = [n for n, read_at in notices if n not in listener.heard and read_at is not None]
    state, chain = outbox.measure(), verify_chain()
    for refusal in crowd.refused[:3]:
        bench.progress(f"refused: {refusal}")
    # A text to the citizen for each public word; the adapter keeps a row per text it was given.
    public = CaseEvent.objects.exclude(public_text="").count()
    texts = Delivery.objects.filter(state=DeliveryState.SENT).count()
    told = SimulatedMessage.objects.count()
    return [
        Figure("reports acknowledged", len(crowd.acknowledged), "reports", ">=", 100),
        Figure("calls repeated", crowd.repeats, "calls"),
        Figure("calls refused", len(crowd.refused), "calls", "<=", 0),
        Figure("reports lost", lost, "reports", "<=", 0),
        Figure("reports doubled", sum(n - 1 for n in by_key.values()), "reports", "<=", 0),
        Figure("half cases", len(ids - whole), "cases", "<=", 0),
        Figure("deeds doubled", twice.count(), "deeds", "<=", 0),
        Figure("dispatches lost", len(crowd.dispatched) - ordered, "deeds", "<=", 0),
        Figure("notices not written once", abs(len(notices) - ordered), "notices", "<=", 0),
        Figure("notices out of reach", len(never_shown), "notices", "<=", 0),
        Figure("heard at once", len(listener.heard), "notices"),
        Figure("heard twice", sum(n > 1 for n in listener.heard.values()), "notices"),
        Figure("texts to citizens lost", public - texts, "texts", "<=", 0),
        Figure("texts to citizens doubled", told - public, "texts", "<=", 0),
        Figure("outbox left", state.waiting + state.dead, "messages", "<=", 0),
        Figure("audit chain broken", float(not chain.whole), "", "<=", 0),
        Figure("last effect after", waited, "s"),
    ]


def _with_clock() -> set[int]:
    from apps.clocks.models import Clock

    found = Clock.objects.filter(subject_type="case", intervals__isnull=False, timers__isnull=False)
    return set(found.values_list("subject_id", flat=True))
