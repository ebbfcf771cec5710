"""A one-key check of 10,000 simulated points, against bare probes of the same points.

The points are time servers behind one program that answers each after a tenth of a second, as
equipment across a city does. First they are asked bare: the same probe, the same number at once,
nothing else. Then the button is pressed: a worker as in production claims the run, reads the
points, asks, judges and writes every finding, while this process looks fifty times a second how far
it is.
"""

import os
import time
from typing import Any

from benchmarks.runner import PYTHON, Bench, Figure, free_port

DESCRIPTION = "one-key check of 10,000 points: progress within 1 s, time against bare probes"
POINTS = int(os.environ.get("BENCH_POINTS", "10000"))
DELAY_S = 0.1
PROGRESS_S, RATIO_AT_MOST = 1.0, 1.2
LONGEST_S, WORKER_S = 600, 120
ASSETS = """
insert into assets_asset (kind_id, region_code, serial, code, name, point, area_id, state, source,
    maker, model, vendor, contract, finding)
select %(kind)s, '990101', i, '9901019999' || lpad(i::text, 6, '0'), '模拟对象' || i,
    st_setsrid(st_point(120, 36), 4326), %(area)s, 'in_use', '', '', '', '', '', ''
from generate_series(1, %(count)s) i returning id
"""


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from apps.audit.services import SYSTEM
    from apps.monitoring.asking import AT_ONCE, ask_all
    from apps.monitoring.enums import RunKind, RunState
    from apps.monitoring.models import CheckRun
    from apps.monitoring.selectors import points_of
    from apps.monitoring.services import order_run
    from benchmarks.support.town import build_town

    area = build_town("small").tenant.area
    port = free_port()
    bench.start("clocks", PYTHON, "-m", "benchmarks.support.clocks", str(port), str(DELAY_S))
    bench.progress(f"entering {POINTS:,} points")
    _lay(area, port)
    questions = [q for point in points_of(RunKind.SERVERS)(area) for q in point.questions]
    ask_all(questions[:200])
    bench.progress(f"asking {len(questions):,} bare, {AT_ONCE} at once")
    began = time.monotonic()
    outcomes = ask_all(questions)
    bare = time.monotonic() - began
    if any(one.answer is None for one in outcomes):
        raise RuntimeError("a point did not answer")
    bench.start_worker(processes=1)
    _until_it_works(order_run(SYSTEM, area=area, kinds=[RunKind.MAP]))
    bench.progress("pressing the button")
    began = time.monotonic()
    row = order_run(SYSTEM, area=area, kinds=[RunKind.SERVERS])
    seen = None
    while time.monotonic() - began < LONGEST_S:
        now = CheckRun.objects.get(pk=row.pk)
        if seen is None and now.done:
            seen = time.monotonic() - began
        if not now.is_open:
            break
        time.sleep(0.02)
    took = time.monotonic() - began
    if now.state != RunState.DONE or now.findings.filter(state="up").count() != POINTS:
        raise RuntimeError(f"the check ended {now.state} with {now.done} of {now.total}")
    return [
        Figure("points", POINTS, "points"),
        Figure("bare probes", bare, "s"),
        Figure("one-key check, button to end", took, "s"),
        Figure("first progress seen", seen or took, "s", "<=", PROGRESS_S),
        Figure("check against bare probes", took / bare, "x", "<=", RATIO_AT_MOST),
    ]


def _until_it_works(first: Any) -> None:
    """A worker of a city has long been there when somebody presses the button."""
    until = time.monotonic() + WORKER_S
    while time.monotonic() < until:
        first.refresh_from_db()
        if not first.is_open:
            return
        time.sleep(0.2)
    raise RuntimeError("the worker did not begin")


def _lay(area: Any, port: int) -> None:
    from django.db import connection

    from apps.assets.models import AssetClass
    from apps.common import clock
    from apps.monitoring.models import Check, Target

    kind, _made = AssetClass.objects.get_or_create(
        code="9999", defaults={"name": "模拟对象", "large_class": "其他"}
    )
    with connection.cursor() as cursor:
        cursor.execute(ASSETS, {"kind": kind.pk, "area": area.pk, "count": POINTS})
        ids = [row[0] for row in cursor.fetchall()]
    now = clock.now()
    targets = Target.objects.bulk_create(
        Target(asset_id=pk, kind="server", host="127.0.0.1", state_since=now, created_at=now)
        for pk in ids
    )
    Check.objects.bulk_create(
        Check(target=target, kind="ntp", name="时间", port=port, timeout_s=3, due_at=now)
        for target in targets
    )
