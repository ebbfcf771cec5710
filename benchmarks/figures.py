"""The nightly look at the demands and the pages of figures, when the city has many cases."""

import time

from benchmarks.runner import Bench, Figure
from benchmarks.support.growth import Growth

DESCRIPTION = "the nightly look at 300,000 cases; p95 of statistics and forecast"
LOOK_S, PAGE_P95_MS, MONTH_P95_MS = 60, 500, 2000
ROUNDS = 10
FORECAST = ("/figures/forecast/",)
MONTH = tuple(f"/figures/statistics/?days=30&by={by}" for by in ("matter", "unit", "step", "day"))


def run(bench: Bench) -> list[Figure]:
    growth = Growth(bench)
    growth.sign_in("supervisor")
    with growth.many():
        seconds, series = _look(bench)
    _few, page = growth.p95_ms(FORECAST, rounds=ROUNDS)
    few, many = growth.p95_ms(MONTH, rounds=ROUNDS)
    return [
        Figure("one look at 300,000 cases", seconds, "s", "<=", LOOK_S),
        Figure("forecasts it wrote", series, "series", ">=", 1),
        Figure("page of the forecast, p95", page, "ms", "<=", PAGE_P95_MS),
        Figure("statistics of 30 days, p95 at 10,000 cases", few, "ms"),
        Figure("statistics of 30 days, p95 at 300,000 cases", many, "ms", "<=", MONTH_P95_MS),
    ]


def _look(bench: Bench) -> tuple[float, int]:
    """How long one night's look takes, and how many series it foretells."""
    from apps.accounts.models import Tenant
    from apps.figures import services

    bench.progress("looking at the demands")
    began = time.perf_counter()
    snapshot = services.take_snapshot(Tenant.objects.order_by("pk")[0])
    assert snapshot is not None
    return time.perf_counter() - began, snapshot.forecasts.count()
