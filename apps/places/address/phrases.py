"""Puts parts together to the places they describe, without asking whether these exist."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from apps.places.address.parts import Part, Reading
from apps.places.enums import PartKind

_BEHIND = (PartKind.RELATION, PartKind.WALK, PartKind.SIDE)
_THINGS = (PartKind.ROAD, PartKind.PLACE)


@dataclass(frozen=True)
class Phrase:
    """A place in words. used: positions of its parts; behind: of the words that move it."""

    used: tuple[int, ...]
    behind: tuple[int, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Named(Phrase):
    """A road, an estate, a school and so on, by name."""

    name: int


@dataclass(frozen=True)
class OnRoad(Phrase):
    """A door number of a road or, in an estate, of the estate."""

    road: int
    number: int


@dataclass(frozen=True)
class Building(Phrase):
    """A building of an estate or behind a door; unit: position of the unit, if named."""

    place: int
    building: int
    unit: int | None = None


@dataclass(frozen=True)
class Crossing(Phrase):
    """Where two roads meet."""

    one: int
    other: int


@dataclass(frozen=True)
class Between(Phrase):
    """Between two things, on the road if one is named."""

    road: int | None
    one: int
    other: int


@dataclass(frozen=True)
class Mark(Phrase):
    """So many metres along a road, by its kilometre marks."""

    road: int
    mark: int


def phrases(reading: Reading) -> list[Phrase]:
    """Will list the places a text describes, each reading of the same parts on its own."""
    found = list(_described(reading.parts))
    stretches = [set(phrase.used) for phrase in found if isinstance(phrase, Between)]
    # 甲路（乙路至丙路段）names no crossing of the first two.
    found = [
        phrase
        for phrase in found
        if not (isinstance(phrase, Crossing) and any(set(phrase.used) <= s for s in stretches))
    ]
    return [_with_behind(phrase, reading.parts) for phrase in found]


def _described(parts: tuple[Part, ...]) -> Iterator[Phrase]:
    for index, part in enumerate(parts):
        if part.kind not in _THINGS:
            continue
        yield Named((index,), index)
        yield from _doors(parts, index)
        yield from _buildings(parts, index)
        if part.kind == PartKind.ROAD:
            yield from _crossings(parts, index)
    yield from _betweens(parts)


def _doors(parts: tuple[Part, ...], index: int) -> Iterator[Phrase]:
    at = _next(parts, index + 1, skip=(PartKind.OTHER,), longest=2)
    if at is None:
        return
    if parts[at].kind == PartKind.MARK and parts[index].kind == PartKind.ROAD:
        yield Mark((index, at), index, at)
    if parts[at].kind == PartKind.NUMBER:
        extra = at + 1 < len(parts) and parts[at + 1].kind == PartKind.EXTRA
        used = (index, at, at + 1) if extra else (index, at)
        yield OnRoad(used, index, at)


def _buildings(parts: tuple[Part, ...], index: int) -> Iterator[Phrase]:
    at = _next(parts, index + 1, skip=(PartKind.OTHER, PartKind.NUMBER, PartKind.EXTRA), longest=4)
    if at is None or parts[at].kind != PartKind.BUILDING:
        return
    used, unit = [index, at], None
    for behind in range(at + 1, min(at + 4, len(parts))):
        if parts[behind].kind not in {PartKind.UNIT, PartKind.FLOOR, PartKind.ROOM}:
            break
        if parts[behind].kind == PartKind.UNIT:
            unit = behind
        used.append(behind)
    yield Building(tuple(used), index, at, unit)


def _crossings(parts: tuple[Part, ...], index: int) -> Iterator[Phrase]:
    """A路B路, A路与B路路口. A third word between the two is not bridged."""
    at = _next(parts, index + 1, skip=(PartKind.JOIN,))
    if at is None or parts[at].kind != PartKind.ROAD or parts[at].key == parts[index].key:
        return
    marked = at + 1 < len(parts) and parts[at + 1].kind == PartKind.CROSSING
    between = at + 1 < len(parts) and parts[at + 1].kind == PartKind.BETWEEN
    if not between:
        used = range(index, at + 2) if marked else range(index, at + 1)
        yield Crossing(tuple(used), index, at)


def _betweens(parts: tuple[Part, ...]) -> Iterator[Phrase]:
    """A与B之间, 从A到B段, X路(A路至B路段): the two things before the word, and a road."""
    for index, part in enumerate(parts):
        if part.kind != PartKind.BETWEEN:
            continue
        things = [i for i in range(index) if parts[i].kind in _THINGS]
        if len(things) < 2:
            continue
        one, other = things[-2:]
        before = [i for i in things[:-2] if parts[i].kind == PartKind.ROAD]
        behind = [i for i in range(index + 1, len(parts)) if parts[i].kind == PartKind.ROAD]
        road = before[-1] if before else (behind[0] if behind else None)
        used = sorted({one, other, index, *([road] if road is not None else [])})
        yield Between(tuple(used), road, one, other)


def _next(
    parts: tuple[Part, ...], at: int, *, skip: tuple[PartKind, ...], longest: int = 3
) -> int | None:
    """The next part that is not skipped; OTHER is skipped only while it is short."""
    while at < len(parts) and parts[at].kind in skip:
        if parts[at].kind == PartKind.OTHER and len(parts[at].key) > longest:
            return None
        at += 1
    return at if at < len(parts) else None


def _with_behind(phrase: Phrase, parts: tuple[Part, ...]) -> Phrase:
    """Will add the words that follow a place and move it; they end at the next name."""
    behind = []
    at = max(phrase.used) + 1
    while at < len(parts):
        part = parts[at]
        if part.kind in _BEHIND:
            behind.append(at)
        elif part.kind not in {PartKind.OTHER, PartKind.CROSSING, PartKind.JOIN} or (
            part.kind == PartKind.OTHER and len(part.key) > 3
        ):
            break
        at += 1
    return replace(phrase, behind=tuple(behind))
