"""Lines of logs taken in: stored, counted, searchable; beside a bare COPY of the same lines."""

import random
import time
from collections.abc import Sequence
from datetime import timedelta

from benchmarks.runner import Bench, Figure

DESCRIPTION = "lines of logs per second to stored and searchable, beside a bare COPY"
LINES, BATCH = 50_000, 500
LINES_PER_S, FOUND_MS = 1_000, 500
WORDS = (
    "Failed password for admin from 10.20.3.{n} port {m}",
    "interface GigabitEthernet0/0/{n} changed to down",
    "upstream timed out after {m} ms while reading response header",
    "accepted tcp 10.20.1.{n} to 10.20.8.2 port 443",
    "备份任务 {m} 已完成，用时 {n} 秒",
)


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    lines = made()
    bench.progress(f"copying {LINES} lines into a bare table")
    copied = copy_s(lines)
    bench.progress(f"taking in {LINES} lines")
    taken, kept = take_s(lines)
    found_ms, found = search_ms()
    return [
        Figure("lines per second stored and searchable", kept / taken, "/s", ">=", LINES_PER_S),
        Figure("lines kept of those sent", kept, "lines", ">=", LINES),
        Figure("bare COPY of the same lines", LINES / copied, "/s"),
        Figure("times the bare COPY", taken / copied, "x"),
        Figure("one rare word found among them, median", found_ms, "ms", "<=", FOUND_MS),
        Figure("lines found", found, "lines", ">=", 1),
    ]


def made() -> list[bytes]:
    """Will give lines as firewalls, switches and servers send them, over an hour."""
    from apps.common import clock

    rng = random.Random(7)
    begin = clock.now() - timedelta(hours=1)
    found = []
    for place in range(LINES):
        at = begin + timedelta(hours=place / LINES)
        text = rng.choice(WORDS).format(n=rng.randrange(256), m=rng.randrange(60_000))
        if place % 10_000 == 77:
            text += " 罕见的光模块告警"
        host, program = f"host-{rng.randrange(200)}", f"program{rng.randrange(12)}"
        level = rng.randrange(3, 7)
        found.append(f"<{128 + level}>1 {at.isoformat()} {host} {program} 1 - - {text}".encode())
    return found


def copy_s(lines: Sequence[bytes]) -> float:
    """Will give how long the server takes for the bare text, in one COPY."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create table bare_line (line text)")
        began = time.perf_counter()
        with cursor.copy("copy bare_line from stdin") as copy:
            for line in lines:
                copy.write_row((line.decode(),))
        return time.perf_counter() - began


def take_s(lines: Sequence[bytes]) -> tuple[float, int]:
    """Will give how long one listener's writer takes, batch by batch, and how many it kept."""
    from apps.journals.enums import Origin
    from apps.journals.services import take_lines

    kept = 0
    began = time.perf_counter()
    for start in range(0, len(lines), BATCH):
        told = take_lines(lines[start : start + BATCH], origin=Origin.SYSLOG, host="10.0.0.1")
        kept += told.kept
    return time.perf_counter() - began, kept


def search_ms(rounds: int = 9) -> tuple[float, int]:
    """Will give the median of finding a rare word, and how many lines hold it."""
    from apps.common import clock
    from apps.journals.enums import Severity
    from apps.journals.models import Host, Line
    from apps.journals.selectors import lines_matching

    now = clock.now()
    hour = Line.objects.filter(at__gte=now - timedelta(hours=2), at__lte=now)
    hosts = list(Host.objects.values_list("pk", flat=True))
    spans, found = [], 0
    for _turn in range(rounds):
        began = time.perf_counter()
        rare = lines_matching(hour, words="光模块", program="", level=Severity.DEBUG, hosts=hosts)
        found = len(rare)
        spans.append((time.perf_counter() - began) * 1000)
    return sorted(spans)[rounds // 2], found
