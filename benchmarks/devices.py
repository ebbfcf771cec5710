"""A million devices, each heard once in five minutes, while people look at them.

The devices are entered by statement, two values each; a program sends 500 of them in a call, as
many calls a second as it takes. Somebody else opens the list of devices, the same narrowed to those
offline, tiles of their layer and the page of alarms, one after another: first while nothing comes
in, then all the time. Every few seconds one device reports what a threshold rule is about;
the time until the page of alarms shows it is taken, from before the call. Worker and
beat run as in production: silence is looked for, figures are made.
"""

import itertools
import math
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks.runner import Bench, Figure
from benchmarks.support.client import Connection, percentile
from benchmarks.support.devices import PROFILE, lay_devices
from benchmarks.support.town import Town, build_town, sign_in

DESCRIPTION = "1,000,000 devices heard every 5 minutes: pages p95 against idle, reading to alarm"
DEVICES = int(os.environ.get("BENCH_DEVICES", "1000000"))
MINUTES = float(os.environ.get("BENCH_MINUTES", "10"))
CYCLE_S = 300
BATCH = 500
IDLE_S, PROBE_EVERY_S = 30.0, 5.0
SLOWER_AT_MOST, ALARM_TARGET_MS = 1.5, 2000
READINGS = "/api/v1/sensing/readings/"
ALARMS = "/alarms/"
TOO_HIGH = 9.5  # what the rule is about; devices else report less
ZOOM = 14


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    bench.progress("building the town")
    town = build_town()
    bench.progress(f"entering {DEVICES:,} devices")
    lay_devices(DEVICES)
    cookie, addresses = _prepare(town)
    base = bench.start_web(workers=2)
    bench.start_worker(processes=1)
    bench.start_beat()
    bench.progress("opening pages while nothing comes in")
    visitor = Visitor(base, cookie, addresses)
    visitor.look(3.0)
    idle = visitor.look(IDLE_S)
    bench.progress(f"{DEVICES / CYCLE_S:,.0f} devices report each second, {MINUTES:g} minutes")
    city = City(base, town.api_key, cookie)
    city.begin()
    loaded = visitor.look(MINUTES * 60)
    city.end()
    if city.faults:
        raise RuntimeError(city.faults[0])
    return [
        Figure("devices reporting", city.rate, "/s", ">=", DEVICES / CYCLE_S * 0.99),
        Figure("pages idle, p95", percentile(idle, 0.95) * 1000, "ms"),
        Figure("pages under load, p95", percentile(loaded, 0.95) * 1000, "ms"),
        Figure(
            "pages, load against idle",
            percentile(loaded, 0.95) / percentile(idle, 0.95),
            "x",
            "<=",
            SLOWER_AT_MOST,
        ),
        Figure("call of 500 devices, p95", percentile(city.calls, 0.95) * 1000, "ms"),
        Figure(
            "reading to alarm on the page, p95",
            percentile(city.alarms, 0.95) * 1000,
            "ms",
            "<=",
            ALARM_TARGET_MS,
        ),
    ]


def _prepare(town: Town) -> tuple[str, list[str]]:
    """A rule in force, somebody who may look, and what he opens."""
    from django.contrib.auth.models import Permission

    from apps.accounts.models import Organization, Role
    from apps.alarms.services import NewRule, publish_rule, save_rule
    from apps.audit.services import SYSTEM
    from apps.onemap.selectors import city_box

    body = {"levels": [{"level": 3, "raise": f"level >= {TOO_HIGH}"}]}
    center = Organization.objects.get(code="center")
    draft = save_rule(SYSTEM, unit=center, new=NewRule("液位过高", PROFILE, body))
    publish_rule(SYSTEM, version_id=draft.pk, checker=None)
    rights = Permission.objects.filter(codename__in=["view_devices", "view_alarms"])
    Role.objects.get(code="supervisor").permissions.add(*rights)
    west, south, east, north = city_box() or (0, 0, 1, 1)
    x, y = _tile((west + east) / 2, (south + north) / 2)
    tiles = [f"/map/tiles/devices/{ZOOM}/{x + n}/{y}.mvt" for n in range(2)]
    cookie = sign_in(town.people["supervisor"])
    return cookie, ["/devices/", "/devices/?state=offline", *tiles, ALARMS]


def _tile(lon: float, lat: float) -> tuple[int, int]:
    """The tile a place lies in. Source: the slippy map's numbering."""
    angle = math.radians(lat)
    across = (lon + 180) / 360
    down = (1 - math.asinh(math.tan(angle)) / math.pi) / 2
    return int(across * 2**ZOOM), int(down * 2**ZOOM)


@dataclass
class Visitor:
    """Somebody who opens pages in turn and reads each for half a second."""

    base: str
    cookie: str
    addresses: list[str]

    def look(self, seconds: float) -> list[float]:
        """Will open pages for so long and give how many seconds each took."""
        connection = Connection(self.base, {"Cookie": self.cookie})
        until = time.perf_counter() + seconds
        taken = []
        for address in itertools.cycle(self.addresses):
            answer = connection.send("GET", address)
            if answer.status not in (200, 204):
                raise RuntimeError(f"{address}: {answer.status} {answer.body[:300]!r}")
            taken.append(answer.seconds)
            if time.perf_counter() > until:
                break
            time.sleep(0.5)
        connection.close()
        return taken


@dataclass
class City:
    """The devices that report, and the one in a while that is too full."""

    base: str
    key: str
    cookie: str
    calls: list[float] = field(default_factory=list)
    alarms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rate: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        self._began = time.perf_counter()
        self._due = self._turns()
        for work in (self._report, self._report, self._report, self._probe):
            self._threads.append(threading.Thread(target=self._until_over, args=(work,)))
            self._threads[-1].start()

    def end(self) -> None:
        """Will stop, and say how many devices reported each second."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.rate = len(self.calls) * BATCH / (time.perf_counter() - self._began)

    def _until_over(self, work: Any) -> None:
        try:
            work(Connection(self.base, {"Authorization": f"Api-Key {self.key}"}))
        except Exception as error:  # noqa: BLE001  told by whoever waits for the thread
            self.faults.append(f"{type(error).__name__}: {error}")

    def _turns(self) -> Iterator[tuple[float, int]]:
        """When each call is due, and its first device."""
        for number in itertools.count():
            due = self._began + number * BATCH * CYCLE_S / DEVICES
            yield due, number * BATCH % DEVICES

    def _report(self, connection: Connection) -> None:
        while not self._over.is_set():
            with self._lock:
                due, first = next(self._due)
            self._over.wait(max(0.0, due - time.perf_counter()))
            level = 1 + first % 7 / 10
            self.calls.append(self._send(connection, range(first, first + BATCH), level))

    def _send(self, connection: Connection, numbers: range, level: float) -> float:
        at = datetime.now(tz=UTC).isoformat()
        readings = [
            {"node": f"M-{n % DEVICES}", "at": at, "values": {"level": level, "battery": 80}}
            for n in numbers
        ]
        answer = connection.send("POST", READINGS, {"readings": readings})
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {answer.body[:300]!r}")
        return answer.seconds

    def _probe(self, connection: Connection) -> None:
        """Each time another device, so that each alarm is a new one."""
        page = Connection(self.base, {"Cookie": self.cookie})
        for number in itertools.count(1):
            if self._over.wait(PROBE_EVERY_S):
                return
            device = number * 7919 % DEVICES
            began = time.perf_counter()
            self._send(connection, range(device, device + 1), TOO_HIGH + number % 5 / 10)
            wanted = f"罐 {device} ·".encode()
            while wanted not in page.send("GET", ALARMS).body:
                if time.perf_counter() - began > 30:
                    raise RuntimeError(f"no alarm of {wanted!r} within 30 seconds")
                time.sleep(0.1)
            self.alarms.append(time.perf_counter() - began)
