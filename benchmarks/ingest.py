"""Readings over HTTP, end to end, against a bare COPY into the same table.

A program sends batches of readings of 20,000 devices (four values each) as fast as the server
answers: key, JSON, whose node, kind, range, step, stuck, stored once, latest moved, state,
figures due, committed, answered value by value. A reading is one stored value. Bare: the same
number of rows by COPY, with as many connections, into a table partitioned and indexed alike,
committed as often. What either sends is written down beforehand, but for the moment: the work of
devices is not the server's. The two take turns, so that whatever else the machine does disturbs
both.
Then 20,000 devices that were cut off send a quarter of a million values of past days, oldest first.
In the end every web process is killed (SIGKILL) while it works; what was answered as stored must
be there.
"""

import json
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import psycopg

from benchmarks.runner import Bench, Figure
from benchmarks.support.client import Connection, percentile

DESCRIPTION = "readings/s over HTTP, ratio to a bare COPY, none lost when the server is killed"
DEVICES = int(os.environ.get("BENCH_INGEST_DEVICES", "20000"))
ROUNDS = int(os.environ.get("BENCH_INGEST_ROUNDS", "4"))
SECONDS = float(os.environ.get("BENCH_INGEST_SECONDS", "15"))
CONNECTIONS = 4
BATCH = 500  # devices in a call
FIELDS = ("noise", "tsp", "pm10", "wind_speed")
RATE_TARGET, RATIO_TARGET = 5000, 0.25
LATE_VALUES = int(os.environ.get("BENCH_INGEST_LATE", "250000"))
LATE_DAYS, LATE_TARGET_S = 30, 60
URL = "/api/v1/sensing/readings/"
MOMENT = b"@moment@"
VARIANTS = 8  # of what the same devices say one after the other
BARE_TABLE = """
create table bench_reading (
    series_id bigint not null, at timestamptz not null, value double precision,
    quality smallint not null, flaw smallint not null, label text,
    primary key (series_id, at)
) partition by range (at);
create index on bench_reading using brin (at);
create table bench_reading_now partition of bench_reading
    for values from (now() - interval '1 day') to (now() + interval '1 day');
"""


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.town import build_town

    bench.progress("building the town")
    town = build_town()
    bench.progress(f"entering {DEVICES:,} devices")
    enter_devices(town)
    with psycopg.connect(bench.database_url.replace("postgis:", "postgresql:", 1)) as database:
        database.execute(BARE_TABLE)
    ours, bare = Push(bench, town.api_key), Copy(bench)
    for side in (bare, ours):
        side.measure(SECONDS / 3, keep=False)
    for number in range(1, ROUNDS + 1):
        bench.progress(f"round {number} of {ROUNDS}")
        for side in (bare, ours):
            side.measure(SECONDS, keep=True)
    bench.progress(f"sending {LATE_VALUES:,} late values of {LATE_DAYS} days")
    late_s = ours.late()
    bench.progress("killing the web processes while they work")
    lost = ours.killed()
    rate, bare_rate = statistics.median(ours.rates), statistics.median(bare.rates)
    return [
        Figure("bare COPY", bare_rate, "rows/s"),
        Figure("readings end to end", rate, "values/s", ">=", RATE_TARGET),
        Figure("ratio", rate / bare_rate, "x", ">=", RATIO_TARGET),
        Figure("call of 2,000 values, p95", percentile(ours.seconds, 0.95) * 1000, "ms"),
        Figure(f"{LATE_VALUES:,} late values", late_s, "s", "<=", LATE_TARGET_S),
        Figure("acknowledged and lost", lost, "values", "<=", 0),
    ]


class Side:
    """Threads that write as fast as they are let. rates: rows or values a second, per round.

    work: writes until a moment (perf_counter) and gives how many.
    """

    def __init__(self, work: Callable[[float], int]) -> None:
        self._work = work
        self.rates: list[float] = []
        self.faults: list[str] = []

    def measure(self, seconds: float, *, keep: bool) -> None:
        began = time.perf_counter()
        done: list[int] = []
        until = began + seconds
        threads = [
            threading.Thread(target=lambda: done.append(self._work(until)))
            for _each in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.faults:
            raise RuntimeError(self.faults[0])
        if keep:
            self.rates.append(sum(done) / (time.perf_counter() - began))


class Push(Side):
    """Programs that push over HTTP. acknowledged: values answered as stored."""

    def __init__(self, bench: Bench, key: str) -> None:
        super().__init__(self._push)
        self._bench, self._key = bench, key
        self._base = bench.start_web(workers=2)
        self._server = bench.newest()
        self._bodies = _in_turn(_body)
        self._lock = threading.Lock()
        self.seconds: list[float] = []
        self.acknowledged = 0

    def _push(self, until: float) -> int:
        connection = self._connect()
        stored = 0
        while time.perf_counter() < until and not self.faults:
            taken, seconds = self._send(connection, self._next(datetime.now(tz=UTC)))
            stored += taken
            self.seconds.append(seconds)
        connection.close()
        return stored

    def _connect(self) -> Connection:
        return Connection(self._base, {"Authorization": f"Api-Key {self._key}"})

    def _send(self, connection: Connection, body: bytes) -> tuple[int, float]:
        """Gives how many values were stored, and how long it took."""
        answer = connection.send("POST", URL, body)
        if answer.status != 200:
            self.faults.append(f"{answer.status} {answer.body[:300]!r}")
            return 0, answer.seconds
        taken = int(answer.json()["stored"])
        with self._lock:
            self.acknowledged += taken
        return taken, answer.seconds

    def late(self) -> float:
        """Will send values of past days with as many connections and give the seconds it took."""
        calls = -(-LATE_VALUES // (BATCH * len(FIELDS)))
        first = datetime.now(tz=UTC) - timedelta(days=LATE_DAYS)
        moments = [first + timedelta(days=LATE_DAYS - 1) * n / calls for n in range(calls)]

        def work() -> None:
            connection = self._connect()
            while moments and not self.faults:
                with self._lock:
                    at = moments.pop(0) if moments else None
                if at is not None:
                    self._send(connection, self._next(at))
            connection.close()

        before, began = self.acknowledged, time.perf_counter()
        threads = [threading.Thread(target=work) for _n in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        if self.faults or self.acknowledged - before < LATE_VALUES:
            raise RuntimeError(f"{self.acknowledged - before} late values stored {self.faults}")
        return seconds

    def killed(self) -> int:
        """Will kill every web process at work and give how many acknowledged values are gone."""
        timer = threading.Timer(3.0, lambda: self._server.signal(signal.SIGKILL))
        timer.start()
        until = time.perf_counter() + 6.0
        threads = [threading.Thread(target=self._until_cut, args=(until,)) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        address = self._bench.database_url.replace("postgis:", "postgresql:", 1)
        with psycopg.connect(address) as database:
            [found] = database.execute("select count(*) from sensing_reading").fetchone() or (0,)
        return max(0, self.acknowledged - int(found))

    def _until_cut(self, until: float) -> None:
        try:
            self._push(until)
        except OSError:
            return
        except Exception as error:  # noqa: BLE001  a cut connection breaks in many ways
            self.faults.append(str(error))

    def _next(self, moment: datetime) -> bytes:
        with self._lock:
            body = next(self._bodies)
        return body.replace(MOMENT, moment.isoformat().encode())


class Copy(Side):
    """The same rows by COPY, nothing asked, nothing answered."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(self._write)
        self._address = bench.database_url.replace("postgis:", "postgresql:", 1)
        self._lines = _in_turn(_rows)
        self._lock = threading.Lock()

    def _write(self, until: float) -> int:
        rows = 0
        with psycopg.connect(self._address, autocommit=True) as database:
            while time.perf_counter() < until:
                with self._lock:
                    lines = next(self._lines)
                rows += self._copy(database, lines)
        return rows

    def _copy(self, database: psycopg.Connection[Any], lines: bytes) -> int:
        moment = datetime.now(tz=UTC).isoformat().encode()
        with database.cursor() as cursor, cursor.copy("copy bench_reading from stdin") as copy:
            copy.write(lines.replace(MOMENT, moment))
        return BATCH * len(FIELDS)


def _in_turn(written: Callable[[int, int], bytes]) -> Iterator[bytes]:
    """What all devices send, ``BATCH`` of them at a time, again and again."""
    starts = range(0, DEVICES - BATCH + 1, BATCH)
    return cycle([written(first, number) for number in range(VARIANTS) for first in starts])


def _body(first: int, number: int) -> bytes:
    """A call of the devices from ``first`` on."""
    readings = [
        {
            "node": f"B-{n}",
            "at": MOMENT.decode(),
            "values": {
                "noise": 40 + (n + number) % 300 / 10,
                "tsp": (n * 7 + number) % 900,
                "pm10": (n * 3 + number) % 500,
                "wind_speed": (n + number) % 90 / 10,
            },
        }
        for n in range(first, first + BATCH)
    ]
    return json.dumps({"readings": readings}).encode()


def _rows(first: int, number: int) -> bytes:
    """The same number of rows as COPY reads them."""
    series = range(first * len(FIELDS), (first + BATCH) * len(FIELDS))
    lines = (f"{n}\t{MOMENT.decode()}\t{(n * 7 + number) % 900}\t0\t0\t\\N\n" for n in series)
    return "".join(lines).encode()


def enter_devices(town: Any) -> None:
    """Will enter the devices over the town's cells."""
    from apps.assets.services import AssetSpec, define_classes
    from apps.audit.services import SYSTEM
    from apps.places.geometry import point
    from apps.places.selectors import locate
    from apps.sensing.models import DeviceProfile
    from apps.sensing.services import NewDevice, register_devices

    define_classes(SYSTEM)
    profile = DeviceProfile.objects.get(code="noise_dust")
    places = [(point(*place), locate(point(*place))) for place in town.points[:200]]
    for first in range(0, DEVICES, 5000):
        news = []
        for number in range(first, min(first + 5000, DEVICES)):
            here, area = places[number % len(places)]
            spec = AssetSpec(profile.asset_class, f"扬尘 {number}", here, area=area)
            news.append(NewDevice(profile, f"B-{number}", spec))
        register_devices(SYSTEM, news=news)
