"""What upper apps bring to the warehouse: built-in algorithms, and work the queue may carry."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from apps.algorithms.contract import BuiltIn, Frame, Output

_builtins: dict[tuple[str, str], BuiltIn] = {}


def register_builtin(one: BuiltIn) -> None:
    """Will offer it to the warehouse. Raises: ValueError (key and version are taken)."""
    if _builtins.setdefault((one.key, one.version), one) is not one:
        raise ValueError(f"algorithm {one.key} {one.version} is already registered")


def builtin(key: str, version: str) -> BuiltIn | None:
    """Will give one that was registered."""
    return _builtins.get((key, version))


def all_builtins() -> list[BuiltIn]:
    """Will give every one, by key and version."""
    return [_builtins[name] for name in sorted(_builtins)]


@dataclass(frozen=True)
class Verdict:
    """How an algorithm did on one clip or picture: right, too much, missed."""

    right: int
    too_much: int
    missed: int


@dataclass(frozen=True)
class Clip:
    """Pictures in a row of which the truth is known by construction.

    frames: makes them anew each time. drawing: the lines and zones they are watched with.
    """

    name: str
    frames: Callable[[], Iterable[Frame]]
    drawing: Mapping[str, Any]
    judge: Callable[[Sequence[Output]], Verdict]


_clips: dict[str, Callable[[], Sequence[Clip]]] = {}


def register_clips(code: str, clips: Callable[[], Sequence[Clip]]) -> None:
    """Will offer fixed clips for evaluation. Raises: ValueError (the code is taken)."""
    if _clips.setdefault(code, clips) is not clips:
        raise ValueError(f"clips {code} are already registered")


def clips_of(code: str) -> Sequence[Clip]:
    """Will give registered clips; none for an unknown code."""
    return _clips[code]() if code in _clips else ()


@dataclass(frozen=True)
class Done:
    """What came of a piece of work.

    apply: writes it; called once, in the transaction that ends the work, so that a worker that
    lost its lease writes nothing. ms, frames: for the ledger of costs.
    """

    result: Mapping[str, Any]
    apply: Callable[[], None] | None = None
    ms: int = 0
    frames: int = 0


#: Extends the lease of long work; False: it was cancelled or taken over, stop.
Renew = Callable[[], bool]
#: Does the work outside any transaction; is told what was laid into the queue.
Doer = Callable[[Mapping[str, Any], Renew], Done]
_doers: dict[str, Doer] = {}


def register_work(kind: str, doer: Doer) -> None:
    """Will have this kind of work done so. Raises: ValueError (the kind is taken)."""
    if _doers.setdefault(kind, doer) is not doer:
        raise ValueError(f"work {kind} is already registered")


def doer_of(kind: str) -> Doer | None:
    """Will give who does a kind of work."""
    return _doers.get(kind)


@contextmanager
def temporarily(
    *builtins: BuiltIn,
    work: Mapping[str, Doer] | None = None,
    clips: Mapping[str, Callable[[], Sequence[Clip]]] | None = None,
) -> Iterator[None]:
    """Will register within the block; for tests."""
    builtins_before, doers_before, clips_before = dict(_builtins), dict(_doers), dict(_clips)
    for one in builtins:
        register_builtin(one)
    _doers.update(work or {})
    _clips.update(clips or {})
    try:
        yield
    finally:
        _builtins.clear()
        _builtins.update(builtins_before)
        _doers.clear()
        _doers.update(doers_before)
        _clips.clear()
        _clips.update(clips_before)
