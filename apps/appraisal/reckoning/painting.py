"""Overlapping spells of one point become one line of pieces, each second in exactly one of them.

Where spells overlap, the second belongs to the strongest: planned work, then an excused cause
(in the order of ``CAUSES``), then a cause that counts (same order), then "nobody could tell".
A spell left out by an appeal is as if it had not been. Between spells the point is up, and
outside the time it was watched it is unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

#: Strongest first; "" is a cause nobody has named yet.
CAUSES = ("power", "network", "works", "equipment", "vendor", "")


class Condition(StrEnum):
    """What a second counts as."""

    UP = "up"
    DOWN = "down"
    EXCUSED = "excused"
    PLANNED = "planned"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rules:
    """What the scheme says of seconds. excused: causes that are not held against anybody.

    unknown_is_down: seconds nobody could tell count as down instead of being left out.
    """

    excused: frozenset[str] = frozenset()
    unknown_is_down: bool = False


@dataclass(frozen=True)
class Spell:
    """A time of trouble as somebody recorded it. ended: None while it goes on.

    is_known: False where nobody could tell how the point was. key: of the row it comes from.
    """

    began: int
    ended: int | None
    cause: str = ""
    is_planned: bool = False
    is_known: bool = True
    key: str = ""
    left_out: bool = False


@dataclass(frozen=True)
class Piece:
    """Seconds [began, ended) that count alike. keys: of the spells they lie in, strongest first."""

    began: int
    ended: int
    condition: Condition
    cause: str = ""
    keys: tuple[str, ...] = ()

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.ended - self.began


@dataclass(frozen=True)
class Ledger:
    """Seconds by what they count as; together they are the whole time."""

    up: int = 0
    down: int = 0
    excused: int = 0
    planned: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.up + self.down + self.excused + self.planned + self.unknown


def paint(
    spells: Iterable[Spell], *, begin: int, end: int, rules: Rules, watched_from: int | None = None
) -> list[Piece]:
    """Will give the pieces of [begin, end) in order, without gaps.

    watched_from: since when anybody looks at the point; before it is unknown. None: always.
    Takes n log n steps for n spells.
    """
    if begin >= end:
        return []
    told = [_cut(spell, begin, end) for spell in spells if not spell.left_out]
    if watched_from is not None and watched_from > begin:
        told.append(Spell(begin, min(watched_from, end), is_known=False))
    kept = [spell for spell in told if spell.began < _until(spell, end)]
    marks = sorted({begin, end, *(s.began for s in kept), *(_until(s, end) for s in kept)})
    starts = sorted(kept, key=lambda s: (s.began, s.key))
    pieces: list[Piece] = []
    open_now: list[Spell] = []
    nth = 0
    for since, until in pairwise(marks):
        open_now = [s for s in open_now if _until(s, end) > since]
        while nth < len(starts) and starts[nth].began <= since:
            open_now.append(starts[nth])
            nth += 1
        _add(pieces, _piece(since, until, open_now, rules))
    return pieces


def ledger_of(pieces: Iterable[Piece]) -> Ledger:
    """Will add up the seconds by condition."""
    sums = dict.fromkeys(Condition, 0)
    for piece in pieces:
        sums[piece.condition] += piece.seconds
    return Ledger(**{condition.value: seconds for condition, seconds in sums.items()})


def by_cause(pieces: Iterable[Piece]) -> dict[str, int]:
    """Will give the seconds not up, by cause; planned and unknown ones under their condition."""
    sums: dict[str, int] = {}
    for piece in pieces:
        if piece.condition in {Condition.PLANNED, Condition.UNKNOWN}:
            word: str = piece.condition.value
        elif piece.condition == Condition.UP:
            continue
        else:
            word = piece.cause
        sums[word] = sums.get(word, 0) + piece.seconds
    return dict(sorted(sums.items()))


def cut(pieces: Sequence[Piece], begin: int, end: int) -> list[Piece]:
    """Will give what of the pieces lies in [begin, end)."""
    return [
        Piece(max(p.began, begin), min(p.ended, end), p.condition, p.cause, p.keys)
        for p in pieces
        if p.began < end and p.ended > begin
    ]


def _until(spell: Spell, end: int) -> int:
    return end if spell.ended is None else spell.ended


def _cut(spell: Spell, begin: int, end: int) -> Spell:
    return Spell(
        max(spell.began, begin), min(_until(spell, end), end), spell.cause,
        spell.is_planned, spell.is_known, spell.key,
    )  # fmt: skip


def _rank(spell: Spell, rules: Rules) -> tuple[int, int, int, str]:
    cause = CAUSES.index(spell.cause) if spell.cause in CAUSES else len(CAUSES)
    if not spell.is_known:
        return (3, cause, spell.began, spell.key)
    if spell.is_planned:
        return (0, cause, spell.began, spell.key)
    return (1 if spell.cause in rules.excused else 2, cause, spell.began, spell.key)


def _piece(since: int, until: int, spells: Sequence[Spell], rules: Rules) -> Piece:
    if not spells:
        return Piece(since, until, Condition.UP)
    ranked = sorted(spells, key=lambda s: _rank(s, rules))
    kind = _rank(ranked[0], rules)[0]
    unknown = Condition.DOWN if rules.unknown_is_down else Condition.UNKNOWN
    condition = (Condition.PLANNED, Condition.EXCUSED, Condition.DOWN, unknown)[kind]
    keys = tuple(dict.fromkeys(s.key for s in ranked if s.key))
    return Piece(since, until, condition, ranked[0].cause, keys)


def _add(pieces: list[Piece], piece: Piece) -> None:
    """Joins a piece to the last one where both say the same."""
    last = pieces[-1] if pieces else None
    same = last is not None and (last.condition, last.cause, last.keys) == (
        piece.condition, piece.cause, piece.keys,
    )  # fmt: skip
    if last is not None and same:
        pieces[-1] = Piece(last.began, piece.ended, piece.condition, piece.cause, piece.keys)
    else:
        pieces.append(piece)
