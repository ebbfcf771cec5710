"""How many agents a half hour needs, by Erlang C. Pure.

A = calls x handling time / length is the offered traffic in erlang. With N > A agents a call
waits with probability C(N, A) and is answered within t with

    1 - C(N, A) x exp(-(N - A) x t / handling time)

The need is the least N that reaches the aim, divided by the share of paid time an agent takes
calls (shrinkage: breaks, training). Callers who give up are not modelled, so the need is on the
safe side. Source: A. K. Erlang 1917; HL-09; GB/T 33358 (15 s).
"""

import math
from dataclasses import dataclass

HALF_HOUR_S = 1800
MOST_AGENTS = 500


@dataclass(frozen=True)
class Aim:
    """share of calls answered within so many seconds; shrinkage: share of time not at calls."""

    share: float = 0.80
    within_s: int = 15
    shrinkage: float = 0.15


def waits(agents: int, erlangs: float) -> float:
    """Will give the probability C(N, A) that a call waits; 1 where the agents do not suffice.

    By the recursion of Erlang B, which does not overflow: B(0) = 1,
    B(n) = A B(n-1) / (n + A B(n-1)), and C = N B / (N - A (1 - B)).
    """
    if erlangs <= 0:
        return 0.0
    if agents <= erlangs:
        return 1.0
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def served(agents: int, erlangs: float, *, handling_s: float, within_s: float) -> float:
    """Will give the share of calls answered within so many seconds."""
    if erlangs <= 0:
        return 1.0
    if agents <= erlangs:
        return 0.0
    return 1 - waits(agents, erlangs) * math.exp(-(agents - erlangs) * within_s / handling_s)


def needed(calls: float, handling_s: float, aim: Aim, *, span_s: int = HALF_HOUR_S) -> int:
    """Will give how many agents must be rostered for so many calls in a span; 0 for none."""
    if calls <= 0 or handling_s <= 0:
        return 0
    erlangs = calls * handling_s / span_s
    agents = math.floor(erlangs) + 1
    while agents < MOST_AGENTS and (
        served(agents, erlangs, handling_s=handling_s, within_s=aim.within_s) < aim.share
    ):
        agents += 1
    return math.ceil(agents / (1 - aim.shrinkage))
