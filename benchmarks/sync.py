"""A morning: 2,000 workers come online with 20 queued deeds each.

Their phones behave as ``static/phone/js/send.js`` does: who am I, one batch of twenty, and when
the server says "later" they come back after the time it named. The window of ten minutes is
compressed to ``BENCH_SYNC_WINDOW_S`` (120) over which the phones come; what matters is that
nobody is turned away without a time and that all of it is in when the ten minutes are over.
Compared with bare inserts of rows of the same size, one transaction each.
"""

import heapq
import json
import os
import random
import threading
import time
from typing import Any
from uuid import uuid4

from benchmarks.runner import Bench, Figure
from benchmarks.support.client import Answer, Connection, percentile

DESCRIPTION = "2,000 phones come online within minutes, 20 queued deeds each"
WORKERS = int(os.environ.get("BENCH_SYNC_WORKERS", "2000"))
DEEDS = 20
WINDOW_S = float(os.environ.get("BENCH_SYNC_WINDOW_S", "120"))
MORNING_S = 600.0
THREADS = 16
TEXT = "巡查中发现楼道内堆放纸箱和旧家具，已口头劝离，下午再去看。"
BARE_ROWS = 2000
COOKIE = "0123456789abcdefghijklmnopqrstuv"  # of the length Django gives


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.phones import build_workers
    from benchmarks.support.town import sign_in

    bench.progress(f"building {WORKERS} workers")
    cookies = [sign_in(worker) for worker in build_workers(WORKERS)]
    bare = bare_rate()
    base = bench.start_web(workers=2)
    bench.progress("the morning begins")
    crowd = Crowd(base, cookies)
    seconds = crowd.run()
    return judge(crowd, seconds, bare)


class Crowd:
    """The phones, carried by a few threads; each has its next moment in a heap."""

    def __init__(self, base: str, cookies: list[str]) -> None:
        rng = random.Random(20261121)
        self._base = base
        self._lock = threading.Lock()
        self._due = [(rng.uniform(0, WINDOW_S), n, cookie) for n, cookie in enumerate(cookies)]
        heapq.heapify(self._due)
        self._bodies: dict[int, list[dict[str, Any]]] = {}
        self.waits: list[float] = []
        self.without_time = 0
        self.later = 0
        self.faults: list[str] = []
        self.accepted = 0
        self._left = len(cookies)

    def run(self) -> float:
        """Will have all phones send and give how long that took in seconds."""
        self._began = time.monotonic()
        threads = [threading.Thread(target=self._carry) for _number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - self._began

    def _carry(self) -> None:
        while True:
            with self._lock:
                if not self._left:
                    return
                now = time.monotonic() - self._began
                due = self._due[0][0] if self._due else now + 0.2
                phone = heapq.heappop(self._due) if self._due and due <= now else None
            if phone is None:
                time.sleep(min(0.2, max(0.01, due - now)))
                continue
            wait = self._send(phone[1], phone[2])
            with self._lock:
                if wait is None:
                    self._left -= 1
                else:
                    moment = time.monotonic() - self._began + wait
                    heapq.heappush(self._due, (moment, phone[1], phone[2]))

    def _send(self, number: int, cookie: str) -> float | None:
        """One round of one phone; gives after how many seconds it comes again, None if done."""
        # Its own token: what a browser keeps is the cookie of the first answer.
        jar = f"{cookie}; csrftoken={COOKIE}"
        connection = Connection(self._base, {"Cookie": jar, "X-CSRFToken": COOKIE})
        try:
            me = connection.send("GET", "/m/api/me/")
            if me.status != 200:
                return self._refused(me)
            body = {"sent_at": _now(), "deeds": self._deeds(number)}
            answer = connection.send("POST", "/m/api/deeds/", body)
        except OSError as error:
            self.faults.append(str(error))
            return 5.0
        finally:
            connection.close()
        if answer.status != 200:
            return self._refused(answer)
        self.waits.append(answer.seconds)
        states = [receipt["state"] for receipt in answer.json()["receipts"]]
        with self._lock:
            self.accepted += sum(state in {"kept", "done"} for state in states)
        return 2.0 if "later" in states else None

    def _refused(self, answer: Answer) -> float:
        after = dict(answer.headers).get("Retry-After")
        with self._lock:
            if answer.status == 429 and after:
                self.later += 1
            else:
                self.without_time += 1
                self.faults.append(f"{answer.status} {answer.body[:200]!r}")
        return float(after or 5)

    def _deeds(self, number: int) -> list[dict[str, Any]]:
        """The same twenty each time: whoever is told to come again sends what it sent."""
        with self._lock:
            if number not in self._bodies:
                self._bodies[number] = [_deed() for _each in range(DEEDS)]
            return self._bodies[number]


def _deed() -> dict[str, Any]:
    return {
        "key": str(uuid4()),
        "kind": "note",
        "at": _now(),
        "place": {"lon": 120.01, "lat": 36.01, "accuracy_m": 9},
        "values": {"text": TEXT},
        "files": [],
    }


def _now() -> str:
    from apps.common import clock

    return clock.now().isoformat()


def bare_rate() -> float:
    """Will give how many rows of the same size a bare insert writes in a second."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "create table bare_deed (id bigserial primary key, key uuid unique, c jsonb)"
        )
        began = time.perf_counter()
        for _number in range(BARE_ROWS):
            content = json.dumps(_deed(), ensure_ascii=False)
            cursor.execute("insert into bare_deed (key, c) values (%s, %s)", [uuid4(), content])
    return BARE_ROWS / (time.perf_counter() - began)


def judge(crowd: Crowd, seconds: float, bare: float) -> list[Figure]:
    """Compares what was sent with what is there."""
    from apps.phone.models import Deed

    wanted = WORKERS * DEEDS
    rate = wanted / seconds
    there = Deed.objects.count()
    return [
        Figure("deeds sent", wanted, "deeds"),
        Figure("deeds lost", wanted - there, "deeds", "<=", 0),
        Figure("turned away without a time", crowd.without_time, "calls", "<=", 0),
        Figure("told to come again", crowd.later, "calls"),
        Figure("all in after", seconds, "s", "<=", MORNING_S),
        Figure("a batch of 20, 95 %", percentile(crowd.waits, 0.95), "s"),
        Figure("deeds a second", rate, "deeds/s"),
        Figure("bare inserts a second", bare, "rows/s"),
        Figure("bare inserts per deed", bare / rate, ""),
    ]
