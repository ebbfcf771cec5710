"""Which pieces of a text are names: of gazetteer entries, of areas, or one slip away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.common import clock
from apps.places.address import Name, Part
from apps.places.enums import GazetteerKind, PartKind
from apps.places.models import Area, GazetteerEntry, GazetteerKey, GazetteerSlip
from apps.places.slips import is_one_slip, slip_keys, sound

LONGEST_NAME = 16
#: Names that are made of others; the grammar reads their parts.
COMPOUND = frozenset(
    {GazetteerKind.NUMBER, GazetteerKind.BUILDING, GazetteerKind.JUNCTION, GazetteerKind.UNIT}
)
SAME_SOUND, ONE_SLIP = 0.82, 0.68  # how like a misspelt name is to the one it may mean


@dataclass(frozen=True)
class Hit:
    """An entry named in the text. start, end: in the key."""

    entry: GazetteerEntry
    start: int
    end: int


@dataclass(frozen=True)
class Known:
    """What is known of a text. areas: with where they are named."""

    hits: tuple[Hit, ...] = ()
    areas: tuple[tuple[int, int, Area], ...] = ()
    names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Meant:
    """An entry a part may mean. likeness: 1 as it is spelt, less with a slip."""

    entry: GazetteerEntry
    likeness: float = 1.0


def look_up(key: str) -> Known:
    """Will find all names in a key. Two queries; a name inside a longer one is not meant."""
    places = _pieces(key)
    hits = _hits(places)
    areas = _areas(places)
    simple = [(h.start, h.end, _part_kind(h.entry)) for h in hits if h.entry.kind not in COMPOUND]
    spans = [*simple, *((start, end, PartKind.AREA) for start, end, _area in areas)]
    names = _longest(spans)
    taken = {(name.start, name.end) for name in names}
    kept_areas = tuple(found for found in areas if found[:2] in taken)
    kept_hits = tuple(
        hit for hit in hits if hit.entry.kind in COMPOUND or (hit.start, hit.end) in taken
    )
    return Known(kept_hits, kept_areas, tuple(names))


def misspelt(parts: Sequence[Part], indexes: Iterable[int]) -> dict[int, list[Meant]]:
    """Will give what misspelt parts may mean, by position. One query, none for no part."""
    wanted = {index: slip_keys(parts[index].key) for index in indexes}
    keys = set().union(*wanted.values())
    if not keys:
        return {}
    # A character too few in the text: the text itself is a key of the right name.
    found = (
        GazetteerSlip.objects.filter(key__in=keys, entry__closed_at=None)
        .select_related("entry__area__level")
        .defer("entry__geometry", "entry__area__boundary")[:300]
    )
    by_key: dict[str, set[GazetteerEntry]] = defaultdict(set)
    for slip in found:
        by_key[slip.key].add(slip.entry)
    meant = {}
    for index, asked in wanted.items():
        entries = {entry for key in asked for entry in by_key.get(key, ())}
        likely = [m for entry in entries if (m := _meant(parts[index], entry)) is not None]
        meant[index] = sorted(likely, key=lambda m: (-m.likeness, m.entry.pk))[:6]
    return meant


def _meant(part: Part, entry: GazetteerEntry) -> Meant | None:
    if (entry.kind == GazetteerKind.ROAD) != (part.kind == PartKind.ROAD):
        return None
    for name in entry.search_text.split(" "):
        if sound(name) == sound(part.key):
            return Meant(entry, SAME_SOUND)
        if is_one_slip(part.key, name):
            return Meant(entry, ONE_SLIP)
    return None


def _pieces(key: str) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for start in range(len(key)):
        for end in range(start + 2, min(start + LONGEST_NAME, len(key)) + 1):
            piece = key[start:end]
            if not piece.isdigit():
                places.setdefault(piece, []).append(start)
    return places


def _hits(places: dict[str, list[int]]) -> list[Hit]:
    found = (
        GazetteerKey.objects.filter(key__in=places.keys())
        .select_related("entry__area__level")
        .defer("entry__geometry", "entry__area__boundary")[:200]
    )
    hits = [Hit(k.entry, at, at + len(k.key)) for k in found for at in places[k.key]]
    spans = {(hit.start, hit.end) for hit in hits}
    return [
        hit
        for hit in hits
        if hit.entry.kind not in COMPOUND
        or not any(
            s <= hit.start and hit.end <= e and (s, e) != (hit.start, hit.end) for s, e in spans
        )
    ]


def _areas(places: dict[str, list[int]]) -> list[tuple[int, int, Area]]:
    found = (
        Area.objects.valid_on(clock.today())
        .filter(name__in=places.keys())
        .select_related("level")
        .defer("boundary")
        .order_by("-level__depth", "code")[:20]
    )
    return [(at, at + len(a.name), a) for a in found for at in places[a.name]]


def _longest(spans: list[tuple[int, int, PartKind]]) -> list[Name]:
    """Names that do not overlap: the longer one stays, of equal ones the first."""
    taken: list[Name] = []
    for start, end, kind in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        if all(end <= name.start or name.end <= start for name in taken):
            taken.append(Name(start, end, kind))
    return sorted(taken, key=lambda name: name.start)


def _part_kind(entry: GazetteerEntry) -> PartKind:
    if entry.kind == GazetteerKind.ROAD:
        return PartKind.ROAD
    return PartKind.POLE if entry.kind == GazetteerKind.POLE else PartKind.PLACE
