"""What is told of readings once they are stored: the alarm centre's rules, for one.

An evaluator is called with the readings of a flush in the flush's own transaction, by asset
and time; duplicates are not among them. One that raises harms no reading: what it was to see
is kept and shown to it again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from apps.alarms.rules import Reading

Evaluator = Callable[[Sequence[Reading]], object]

_evaluators: dict[str, Evaluator] = {}


def register_evaluator(name: str, evaluator: Evaluator) -> None:
    """Will have an evaluator told of every flush. Raises: ValueError (the name is taken)."""
    if name in _evaluators:
        raise ValueError(f"evaluator {name} is already registered")
    _evaluators[name] = evaluator


def evaluators() -> dict[str, Evaluator]:
    """Will give the evaluators by name."""
    return dict(_evaluators)


@contextmanager
def temporarily(name: str, evaluator: Evaluator) -> Iterator[None]:
    """Will have an evaluator known within the block; for tests."""
    register_evaluator(name, evaluator)
    try:
        yield
    finally:
        del _evaluators[name]
