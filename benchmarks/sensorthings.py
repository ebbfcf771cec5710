"""SensorThings against django-ogc-sensorthings 1.2.0: the same requests, the same database server.

Theirs runs in a virtual environment of its own, on uvicorn as it is meant to, without asking who
calls; ours asks for key, scope and right, judges every reading and tells evaluators. Each has its
own database of one cluster and two processes. The rounds alternate. Single observations are sent
over eight connections, data arrays of 10,000 rows one after the other. Then 250,000 late readings
come in by HTTP.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.runner import Bench, Figure, free_port
from benchmarks.support.client import Connection, requests_per_second
from benchmarks.support.things import Told, lay_series, sensor_of, thing_of

DESCRIPTION = "SensorThings: single and bulk observations against django-ogc-sensorthings 1.2.0"
RIVAL = ("django-ogc-sensorthings==1.2.0", "django==5.2.19", "psycopg[binary]==3.3.9",
         "uvicorn==0.54.0")  # fmt: skip
ROUNDS, SECONDS, CONNECTIONS = 4, 5.0, 8
ROWS, ARRAYS, SERIES = 10_000, 2, 20
LATE = 250_000
SINGLE_TARGET, BULK_TARGET, LATE_TARGET_S = 4.0, 3.0, 60.0


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    bench.progress("registering devices")
    ours = _ours(bench)
    bench.progress("preparing the rival in an environment of its own")
    theirs = _theirs(bench)
    sides = (theirs, ours)
    for side in sides:
        side.begin()
        side.single(SECONDS / 2, keep=False)
    for number in range(1, ROUNDS + 1):
        bench.progress(f"round {number} of {ROUNDS}")
        for side in sides:
            side.single(SECONDS, keep=True)
            side.bulk()
    bench.progress(f"sending {LATE:,} late readings")
    late_s = ours.late(LATE)
    return [
        Figure("single POST", ours.singles_per_s, "obs/s"),
        Figure("single POST of the rival", theirs.singles_per_s, "obs/s"),
        Figure("CreateObservations", ours.rows_per_s, "obs/s"),
        Figure("CreateObservations of the rival", theirs.rows_per_s, "obs/s"),
        Figure("single POST, ratio", ours.singles_per_s / theirs.singles_per_s, "x", ">=",
               SINGLE_TARGET),
        Figure("CreateObservations, ratio", ours.rows_per_s / theirs.rows_per_s, "x", ">=",
               BULK_TARGET),
        Figure(f"{LATE:,} late readings by HTTP", late_s, "s", "<=", LATE_TARGET_S),
    ]  # fmt: skip


class Side:
    """One server, what it calls its datastreams, and what was measured of it."""

    def __init__(self, base: str, root: str, headers: dict[str, str], series: list[Any]) -> None:
        self._base, self._root, self._headers = base, root, headers
        self._series = series
        self._numbers = count(1)
        # A moment of its own for every observation of both sides, the newest last.
        self._moments = self._count_moments()
        self._singles: list[float] = []
        self._bulks: list[float] = []

    def _count_moments(self) -> Iterator[str]:
        begin = datetime.now().astimezone() - timedelta(hours=20)
        for number in count():
            yield (begin + timedelta(milliseconds=20 * number)).isoformat()

    def begin(self) -> None:
        """Will send the first of each series, in turn: the rival makes its feature twice, and
        answers 500, where two come at once."""
        link = Connection(self._base, self._headers)
        for number in range(len(self._series)):
            path, body, _headers = self._one(number)
            answer = link.send("POST", path, body)
            if answer.status != 201:
                raise RuntimeError(f"{answer.status} {answer.body[:300]!r}")
        link.close()

    def _one(self, number: int) -> tuple[str, Any, dict[str, str]]:
        body = {
            "phenomenonTime": next(self._moments),
            "result": 20 + number % 100 / 10,
            "Datastream": {"@iot.id": self._series[number % len(self._series)]},
        }
        return f"{self._root}/Observations", body, {}

    def single(self, seconds: float, *, keep: bool) -> None:
        """Will send observations one by one for so long."""
        rate = requests_per_second(
            self._base, self._headers, self._one, connections=CONNECTIONS, seconds=seconds,
            numbers=self._numbers,
        )  # fmt: skip
        if keep:
            self._singles.append(rate)

    def bulk(self) -> None:
        """Will send data arrays and note how long they took."""
        bodies = [self._array(ROWS) for _array in range(ARRAYS)]
        began = time.perf_counter()
        self._send(bodies)
        self._bulks.append(ARRAYS * ROWS / (time.perf_counter() - began))

    def late(self, readings: int) -> float:
        """Will send so many readings of yesterday and give the seconds until the last is taken."""
        bodies = [self._array(ROWS) for _part in range(readings // ROWS)]
        began = time.perf_counter()
        self._send(bodies)
        return time.perf_counter() - began

    def _array(self, rows: int) -> list[dict[str, Any]]:
        each = rows // len(self._series)
        return [
            {
                "Datastream": {"@iot.id": key},
                "components": ["phenomenonTime", "result"],
                "dataArray@iot.count": each,
                "dataArray": [[next(self._moments), 20 + n % 100 / 10] for n in range(each)],
            }
            for key in self._series
        ]

    def _send(self, bodies: list[Any]) -> None:
        link = Connection(self._base, self._headers)
        for body in bodies:
            answer = link.send("POST", f"{self._root}/CreateObservations", body)
            if answer.status != 201 or b'"error"' in answer.body:
                raise RuntimeError(f"{answer.status} {answer.body[:300]!r}")
        link.close()

    @property
    def singles_per_s(self) -> float:
        return statistics.median(self._singles)

    @property
    def rows_per_s(self) -> float:
        return statistics.median(self._bulks)


def _ours(bench: Bench) -> Side:
    told: Told = lay_series(SERIES)
    base = bench.start_web()
    return Side(base, "/sta/v1.1", {"Authorization": f"Api-Key {told.key}"}, list(told.series))


def _theirs(bench: Bench) -> Side:
    home: Path = bench.data / "rival"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", *RIVAL], check=True)
    with psycopg.connect(bench.database_url.replace("postgis:", "postgresql:", 1)) as database:
        database.autocommit = True
        database.execute("create database rival")
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.rival_things.settings",
        "RIVAL_DATABASE": bench.database_url,
    }
    python = str(home / "bin" / "python")
    migrate = [python, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, check=True, env=bench.env | environment)
    port = free_port()
    bench.start(
        "rival", python, "-m", "uvicorn", "benchmarks.rival_things.asgi:application",
        "--port", str(port), "--workers", "2", "--log-level", "warning", environment=environment,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    _wait_for(base)
    link = Connection(base, {})
    for number in range(SERIES):
        answer = link.send("POST", "/sta/v1.1/Things", thing_of(number) | {
            "Datastreams": [sensor_of(number)],
        })  # fmt: skip
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {answer.body[:500]!r}")
    found = link.send("GET", "/sta/v1.1/Datastreams").json()
    series = [each["@iot.id"] for each in found["value"]]
    return Side(base, "/sta/v1.1", {}, series)


def _wait_for(base: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            Connection(base, {}).send("GET", "/sta/v1.1/Things")
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise RuntimeError("the rival does not answer")
