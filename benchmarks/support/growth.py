"""One town twice: with 10,000 cases and with 300,000, each behind a web server of its own.

Requests go to the two in turn, so that whatever else the machine does disturbs both alike.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.runner import Bench
from benchmarks.support.cases import fill
from benchmarks.support.client import Connection, percentile
from benchmarks.support.town import build_town, sign_in

FEW, MANY = 10_000, 300_000
LARGE_DATABASE = "citybrain_large"


class Growth:
    """Two servers over two databases; ``sign_in`` before asking for anything."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        bench.progress("building the town")
        bench.setup_django()
        town = build_town()
        bench.progress(f"filling in {FEW:,} cases")
        fill(town, total=FEW)
        self._cookies = {name: sign_in(person) for name, person in town.people.items()}
        self._small = str(connection.settings_dict["NAME"])
        self._copy()
        with self._in(LARGE_DATABASE):
            bench.progress(f"filling in {MANY:,} cases")
            fill(town, total=MANY)
        address = urlsplit(bench.database_url)
        large = urlunsplit(address._replace(path=f"/{LARGE_DATABASE}"))
        self._servers = (
            bench.start_web(workers=1),
            bench.start_web(workers=1, environment={"DATABASE_URL": large}),
        )

    def sign_in(self, user: str) -> None:
        """Will let the next requests come from another person."""
        self._cookie = self._cookies[user]
        headers = {"Cookie": self._cookie, "Accept-Language": "zh-hans"}
        self._connections = [Connection(base, headers) for base in self._servers]

    def p95_ms(self, paths: Sequence[str], *, rounds: int) -> tuple[float, float]:
        """Will ask for every page ``rounds`` times; the 95th percentile at few and at many.

        A first round, which fills caches, is not counted.
        """
        for path in paths:
            self._times_ms(path)
        self._bench.progress(f"{rounds * len(paths)} requests to each server")
        times = [self._times_ms(path) for _round in range(rounds) for path in paths]
        few, many = zip(*times, strict=True)
        return percentile(list(few), 0.95), percentile(list(many), 0.95)

    def count_queries(self, path: str, *, row: str) -> tuple[int, int] | None:
        """Will count the queries of a page at few and at many; None unless both show rows.

        row: what each row of the page contains.
        """
        counted = []
        for name in (self._small, LARGE_DATABASE):
            with self._in(name):
                cookie, _equals, value = self._cookie.partition("=")
                client = Client(headers={"host": "localhost"})
                client.cookies[cookie] = value
                if row not in client.get(path).content.decode():
                    return None
                # What is remembered for two seconds may run out in between: the least counts.
                counted.append(min(_count(client, path) for _turn in range(3)))
        return counted[0], counted[1]

    @contextmanager
    def many(self) -> Iterator[None]:
        """Lets this process work in the town with many cases."""
        with self._in(LARGE_DATABASE):
            yield

    def _times_ms(self, path: str) -> tuple[float, float]:
        times = []
        for server in self._connections:
            began = time.perf_counter()
            answer = server.send("GET", path)
            times.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {answer.body[:300]!r}")
        return times[0], times[1]

    def _copy(self) -> None:
        with self._in("postgres"), connection.cursor() as cursor:
            cursor.execute(f"create database {LARGE_DATABASE} template {self._small}")

    @contextmanager
    def _in(self, database: str) -> Iterator[None]:
        """Lets this process use another database of the same server."""
        before = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = database
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


def _count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)
