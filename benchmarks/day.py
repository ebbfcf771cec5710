"""A day of a city compressed: does everything arrive once, and how long do people wait?

``BENCH_DAY_CASES`` reports (100,000) come with the profile of a day, two peaks and a quiet
night, at ``BENCH_DAY_RATE`` (20) a second on average, so that the whole takes their quotient:
83 minutes. ``BENCH_DAY_CASES=20000`` is the same day for a smaller city in 17 minutes; six deeds
a case at a higher rate are more than two processors do. Two drivers register each, work it
through accept, dispatch, sign, feed back and call back, and send some deeds twice. A tenth of
the cases come to a warning of their clock. Meanwhile the worker is killed every minute and
a half or so and started again, and a clerk turns the pages of the queues.
"""

import json
import os
import pickle
import random
import threading
import time
from contextlib import suppress
from itertools import cycle
from typing import Any

from benchmarks.runner import PYTHON, Bench, Figure, Process
from benchmarks.support.client import Connection, percentile
from benchmarks.support.shift import Plan

DESCRIPTION = "a day of 100,000 cases compressed, while the worker is killed at random"
CASES = int(os.environ.get("BENCH_DAY_CASES", "100000"))
RATE = float(os.environ.get("BENCH_DAY_RATE", "20"))
DRIVERS = 2
PAUSE_S = 5.0
KILL_EVERY_S = (60.0, 120.0)
LOOK_EVERY_S = 2.0  # at what waits: counting it costs the database
TURN_EVERY_S = 0.5
DRAIN_LIMIT_S = max(300.0, CASES / RATE / 2)  # a worker that lags is late, not lossy
#: Share of a day's reports per hour, 0 to 23 o'clock: quiet at night, peaks at ten and at four.
HOURS = (8, 5, 4, 3, 4, 8, 18, 36, 62, 80, 84, 74, 48, 50, 66, 76, 78, 66, 50, 44, 40, 34, 24, 14)
PAGES = (
    ("dispatcher", "/cases/queue/all/"),
    ("handler", "/cases/queue/unit/?tab=waiting"),
    ("handler", "/cases/queue/unit/?tab=running"),
    ("handler", "/cases/queue/unit/?tab=done&page=3"),
)


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.town import build_town, sign_in

    bench.progress("building the town")
    town = build_town()
    cookies = {role: sign_in(town.people[role]) for role in ("dispatcher", "handler")}
    base = bench.start_web(workers=1)
    bench.start_beat()
    drivers, results = start_drivers(bench, town)
    clerk = Clerk(base, cookies)
    clerk.start()
    watch = Watch(bench)
    watch.until_done(drivers)
    clerk.stop()
    bench.progress("the day is over; waiting for the worker")
    waited = drain()
    done = [json.loads(path.read_text("utf-8")) for path in results]
    return judge(done, watch, clerk, waited)


def start_drivers(bench: Bench, town: Any) -> tuple[list[Process], list[Any]]:
    moments = arrivals(CASES, CASES / RATE)
    share = [moments[number::DRIVERS] for number in range(DRIVERS)]
    starts_at = time.time() + 5
    drivers, results = [], []
    for number, mine in enumerate(share):
        plan, result = bench.data / f"plan-{number}", bench.data / f"result-{number}"
        plan.write_bytes(
            pickle.dumps(Plan(town, 1 + number * 10_000_000, mine, starts_at, PAUSE_S))
        )
        command = [PYTHON, "-m", "benchmarks.support.shift", str(plan), str(result)]
        drivers.append(bench.start("driver", *command))
        results.append(result)
    return drivers, results


def arrivals(count: int, seconds: float) -> list[float]:
    """Will give when the reports come, in seconds from the start, after the day's profile."""
    chance = random.Random(count)
    whole = seconds / len(HOURS)
    hours = chance.choices(range(len(HOURS)), weights=HOURS, k=count)
    return sorted((hour + chance.random()) * whole for hour in hours)


class Watch:
    """Kills the worker now and then; notes how much waits."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._worker = bench.start_worker(processes=1)
        self._chance = random.Random(7)
        self.killed = 0
        self.outbox: list[int] = []
        self.timers: list[int] = []

    def until_done(self, drivers: list[Process]) -> None:
        began = last = time.monotonic()
        kill_at = began + self._chance.uniform(*KILL_EVERY_S)
        while any(driver.popen.poll() is None for driver in drivers):
            time.sleep(LOOK_EVERY_S)
            self._look()
            if time.monotonic() > kill_at:
                self._worker.kill()
                self._worker = self._bench.start_worker(processes=1)
                self.killed += 1
                kill_at = time.monotonic() + self._chance.uniform(*KILL_EVERY_S)
            if time.monotonic() - last > 60:
                last = time.monotonic()
                self._bench.progress(f"{self._cases()} of {CASES} cases are there")
        for driver in drivers:
            if driver.popen.returncode:
                raise RuntimeError(driver.log.read_text("utf-8")[-3000:])

    def _look(self) -> None:
        from apps.clocks.services.timers import waiting
        from apps.common import clock, outbox

        self.outbox.append(outbox.measure().waiting)
        self.timers.append(waiting(clock.now()).count())

    def _cases(self) -> int:
        from apps.matters.models import Case

        return Case.objects.count()


class Clerk(threading.Thread):
    """Turns the pages of the queues, two a second, and notes how long each took."""

    def __init__(self, base: str, cookies: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self._base, self._cookies = base, cookies
        self._ended = threading.Event()
        self.took_ms: list[float] = []
        self.failed: list[int] = []

    def run(self) -> None:
        lines = {
            role: Connection(self._base, {"Cookie": cookie})
            for role, cookie in self._cookies.items()
        }
        for role, path in cycle(PAGES):
            if self._ended.wait(TURN_EVERY_S):
                return
            began = time.perf_counter()
            with suppress(OSError):
                answer = lines[role].send("GET", path)
                if answer.status == 200:
                    self.took_ms.append((time.perf_counter() - began) * 1000)
                else:
                    self.failed.append(answer.status)

    def stop(self) -> None:
        self._ended.set()
        self.join()


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


def judge(done: list[dict[str, Any]], watch: Watch, clerk: Clerk, waited: float) -> list[Figure]:
    from django.db.models import Count

    from apps.audit.services import verify_chain
    from apps.common import outbox
    from apps.matters.models import Case, CaseEvent
    from apps.notices.models import Notice, SimulatedMessage
    from benchmarks.engine import WAY

    taken = [(name, ms) for one in done for name, found in one["took_ms"].items() for ms in found]
    deeds = [ms for name, ms in taken if name != "register"]
    registered = [ms for name, ms in taken if name == "register"]
    known = {case_id for one in done for case_id in one["cases"]}
    warned = [case_id for one in done for case_id in one["warned"]]
    late = [seconds for one in done for seconds in one["late_s"]]
    steps = CaseEvent.objects.filter(action__in=[action for _who, action, _data in WAY])
    twice = steps.values("case", "action").annotate(n=Count("id")).filter(n__gt=1).count()
    warnings = CaseEvent.objects.filter(case__in=warned, action__in=["due_soon", "overdue"])
    told = Notice.objects.values("recipient", "key").annotate(n=Count("id")).filter(n__gt=1)
    public = CaseEvent.objects.exclude(public_text="").count()
    texts = SimulatedMessage.objects.count()
    state, chain = outbox.measure(), verify_chain()
    return [
        Figure("cases", len(known), "cases", ">=", CASES),
        Figure("worker killed", watch.killed, "times"),
        Figure("perform, p50", percentile(deeds, 0.5), "ms"),
        Figure("perform, p95", percentile(deeds, 0.95), "ms"),
        Figure("register, p95", percentile(registered, 0.95), "ms"),
        Figure("lists, p95", percentile(clerk.took_ms, 0.95), "ms"),
        Figure("lists refused", len(clerk.failed), "pages", "<=", 0),
        Figure("reports late, p95", percentile(late, 0.95), "s"),
        Figure("outbox, p95", percentile([float(n) for n in watch.outbox], 0.95), "messages"),
        Figure("outbox, most", max(watch.outbox), "messages"),
        Figure("timers due, most", max(watch.timers), "timers"),
        Figure("cases lost", len(known - _ended(Case)), "cases", "<=", 0),
        Figure("cases doubled", Case.objects.count() - len(known), "cases", "<=", 0),
        Figure("deeds lost", len(known) * len(WAY) - steps.count(), "deeds", "<=", 0),
        Figure("deeds doubled", twice, "deeds", "<=", 0),
        Figure("warnings lost", len(warned) - warnings.count(), "events", "<=", 0),
        Figure("notices doubled", told.count(), "notices", "<=", 0),
        Figure("texts to citizens lost", public - texts, "texts", "<=", 0),
        Figure("texts to citizens doubled", texts - public, "texts", "<=", 0),
        Figure("outbox left", state.waiting + state.dead, "messages", "<=", 0),
        Figure("audit chain broken", float(not chain.whole), "", "<=", 0),
        Figure("last effect after", waited, "s"),
    ]


def _ended(case_model: Any) -> set[int]:
    return set(case_model.objects.filter(category="ended").values_list("id", flat=True))
