"""The supervision board: does it stay quick when the city's cases grow thirtyfold?"""

from benchmarks.runner import Bench, Figure
from benchmarks.support.growth import Growth

DESCRIPTION = "p95 of the supervision board at 300,000 cases against 10,000"
LARGE_P95_MS = 800
ROUNDS = 20
PAGES = ("/cases/board/", "/cases/queue/oversight/?tab=open&band=late")


def run(bench: Bench) -> list[Figure]:
    growth = Growth(bench)
    growth.sign_in("supervisor")
    small, large = growth.p95_ms(PAGES[:1], rounds=ROUNDS)
    list_small, list_large = growth.p95_ms(PAGES[1:], rounds=ROUNDS)
    return [
        Figure("board, p95 at 10,000 cases", small, "ms"),
        Figure("board, p95 at 300,000 cases", large, "ms", "<=", LARGE_P95_MS),
        Figure("list behind a number, p95 at 10,000 cases", list_small, "ms"),
        Figure("list behind a number, p95 at 300,000 cases", list_large, "ms", "<=", LARGE_P95_MS),
    ]
