"""What other apps add to what a worker has to do.

Filled in ``AppConfig.ready``; duplicates raise. Asked when the load of workers is shown and
when the nearest worker is looked for: the function must be quick (one query for all).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

#: Keys of users, from, until (aware) -> so much of it by user; who has none may be left out.
LoadFunction = Callable[[Collection[int], datetime, datetime], Mapping[int, float]]


@dataclass(frozen=True)
class Load:
    """One kind of work. weight: its share of the index beside the others, see docs."""

    code: str
    label: Promise | str
    ask: LoadFunction
    weight: float = 1.0


_loads: dict[str, Load] = {}


def register_load(
    code: str, ask: LoadFunction, *, label: Promise | str = "", weight: float = 1.0
) -> None:
    """Will count a kind of work into the load of workers. Raises: ValueError (code taken)."""
    if code in _loads:
        raise ValueError(f"load {code} is already registered")
    _loads[code] = Load(code, label or code, ask, weight)


def loads() -> list[Load]:
    """Will give every kind of work, by code."""
    return [_loads[code] for code in sorted(_loads)]


@contextmanager
def temporarily(code: str, ask: LoadFunction) -> Iterator[None]:
    """Will count a kind of work within the block; for tests."""
    register_load(code, ask)
    try:
        yield
    finally:
        del _loads[code]
