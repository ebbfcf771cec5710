"""A row as a source tells it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.appraisal.enums import FactKind


@dataclass(frozen=True)
class Told:
    """One row about a thing. Moments in whole seconds since 1970; ended: None while it goes on.

    cause: of ``enums.Cause``, "" while nobody has named it. known: False where nobody could tell
    how the thing was. detail: what else the figure needs: of a day of recording "seconds" (24,
    null where the recorder was not asked); of an order "due" and "done"; of a day of looks
    "looks", each [moment, good or null].
    """

    asset_id: int
    kind: FactKind
    key: str
    label: str
    began: int
    ended: int | None
    cause: str = ""
    planned: bool = False
    known: bool = True
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A lower app that tells rows.

    watches: ids of assets -> since when each is watched, by asset. tells_online: whether its rows
    say if a thing is up. read: ids, begin, end (seconds since 1970) -> rows that touch the span.
    """

    code: str
    tells_online: bool
    watches: Callable[[Sequence[int] | None], dict[int, datetime]]
    read: Callable[[Sequence[int], int, int], Iterable[Told]]


def seconds(moment: datetime) -> int:
    """Will give whole seconds since 1970; fractions are cut, at both ends of a spell alike."""
    return int(moment.timestamp())
