"""The department queue page: does it stay quick when the city's cases grow thirtyfold?"""

from benchmarks.runner import Bench, Figure
from benchmarks.support.growth import Growth

DESCRIPTION = "p95 of the department queue page at 300,000 cases against 10,000"
NEEDS_DATABASE = True
P95_TARGET = 1.5
ROUNDS = 12
PAGES = (
    "?tab=waiting",
    "?tab=running",
    "?tab=running&page=2",
    "?tab=running&order=newest",
    "?tab=running&priority=high",
    "?tab=soon",
    "?tab=late",
    "?tab=asked",
    "?tab=checking",
    "?tab=done",
    "?tab=done&page=2",
    "?tab=done&page=5",
    "?tab=done&class_code=env.noise",
    "?tab=done&channel=web",
    "?tab=done&order=oldest",
    "?tab=waiting&class_code=road.parking",
    "?tab=running&q=%E5%99%AA%E9%9F%B3",
    "?tab=done&q=%E4%BA%95%E7%9B%96",
)


def run(bench: Bench) -> list[Figure]:
    return measure(bench, Growth(bench))


def measure(bench: Bench, growth: Growth) -> list[Figure]:
    growth.sign_in("handler")
    paths = [f"/cases/queue/unit/{page}" for page in PAGES]
    # An empty page asks less than a full one, so pages that show rows in both are compared.
    found = {path: growth.count_queries(path, row="data-href") for path in paths}
    counted = {path: pair for path, pair in found.items() if pair is not None}
    differing = [path for path, (few, many) in counted.items() if few != many]
    for path in differing:
        bench.progress(f"queries differ: {path}: {counted[path]}")
    small, large = growth.p95_ms(paths, rounds=ROUNDS)
    return [
        Figure("p95 at 10,000 cases", small, "ms"),
        Figure("p95 at 300,000 cases", large, "ms"),
        Figure("p95 ratio", large / small, "x", "<=", P95_TARGET),
        Figure("most queries of a page", max(max(pair) for pair in counted.values()), "queries"),
        Figure("pages compared", len(counted), "pages"),
        Figure("pages whose queries differ", len(differing), "pages", "<=", 0),
    ]
