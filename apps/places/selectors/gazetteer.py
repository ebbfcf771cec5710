"""From words to a place: names found in the text, put together, ranked, explained.

Every substring of the text is looked up at once in the index of the names' keys; the
longest names win. What follows a road or an estate (door number, building), walks and
"near" are read by ``places.address``. Where no name is known, similar names are proposed.
"""

from dataclasses import dataclass, replace

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.common import clock
from apps.places import address
from apps.places.enums import GazetteerKind
from apps.places.geometry import Point4326, distance_m, moved, point
from apps.places.models import Area, GazetteerEntry, GazetteerKey
from apps.places.selectors.areas import area_prefixes, locate
from apps.places.text import address_key

MAX_TEXT = 120  # longer texts are stories; the place is named in the first two lines
LONGEST_NAME = 16
CONFIDENCE = {
    GazetteerKind.BUILDING: 0.97,
    GazetteerKind.NUMBER: 0.95,
    GazetteerKind.JUNCTION: 0.92,
    GazetteerKind.POI: 0.9,
    GazetteerKind.STOP: 0.86,
    GazetteerKind.ESTATE: 0.85,
    GazetteerKind.ROAD: 0.5,
}
AREA_CONFIDENCE = {1: 0.05, 2: 0.15, 3: 0.25, 4: 0.4}  # by depth of the level
CELL_CONFIDENCE = 0.9
JUNCTION_REACH_M = 60


@dataclass(frozen=True)
class Candidate:
    """A place the words may mean. confidence: 0 to 1. reason: one Chinese sentence."""

    label: str
    point: Point4326
    area: Area | None
    confidence: float
    confidence_class: str
    reason: str
    entry_id: int | None = None


@dataclass(frozen=True)
class _Hit:
    """A name found in the text. start, end: its place in the key."""

    entry: GazetteerEntry
    start: int
    end: int


def geocode(text: str, *, within: Area | None = None, limit: int = 5) -> list[Candidate]:
    """Will propose places the text may mean, the most likely first; empty if none.

    within: the caller's area, a prior that lifts places inside it and never excludes others.
    Source: research on address resolution (docs/places.md); CO-01.
    """
    key = address_key(text[: MAX_TEXT * 2])[:MAX_TEXT]
    if len(key) < 2:
        return []
    words = _substrings(key)
    hits = _find_hits(key, words)
    areas = _find_areas(words)
    candidates = _resolve(key, hits)
    if not candidates and not areas:
        candidates = _similar(key)
    candidates += [_area_candidate(area) for area in areas]
    named = [area.path for area in areas if area.level.depth > 1]
    prior = area_prefixes(within) if within else []
    ranked = [_weighed(c, named, prior) for c in candidates]
    ranked = [_walked(c, key) for c in ranked]
    ranked.sort(key=lambda c: (-c.confidence, c.label, c.entry_id or 0))
    return _distinct(ranked)[:limit]


def search_gazetteer(
    text: str, *, kind: str = "", area: Area | None = None
) -> QuerySet[GazetteerEntry]:
    """Will list entries whose name or alias contains the text; all for an empty text."""
    found = GazetteerEntry.objects.select_related("area", "parent").defer("geometry")
    if kind:
        found = found.filter(kind=kind)
    if area is not None:
        found = found.filter(area__path__startswith=area.path)
    key = address_key(text)
    if key:
        found = found.filter(search_text__contains=key)
    return found.order_by("name", "pk")


def _substrings(key: str) -> dict[str, int]:
    """Every substring worth looking up, with where it first stands."""
    found: dict[str, int] = {}
    for start in range(len(key)):
        for end in range(start + 2, min(start + LONGEST_NAME, len(key)) + 1):
            if not key[start:end].isdigit():
                found.setdefault(key[start:end], start)
    return found


def _find_hits(key: str, words: dict[str, int]) -> list[_Hit]:
    """The longest names in the text; a name inside a longer one is not meant."""
    found = (
        GazetteerKey.objects.filter(key__in=words)
        .select_related("entry__area__level")
        .defer("entry__geometry", "entry__area__boundary")[:200]
    )
    hits = [_Hit(k.entry, words[k.key], words[k.key] + len(k.key)) for k in found]
    spans = {(hit.start, hit.end) for hit in hits}
    return [
        hit
        for hit in hits
        if not any(
            s <= hit.start and hit.end <= e and (s, e) != (hit.start, hit.end) for s, e in spans
        )
    ]


def _find_areas(words: dict[str, int]) -> list[Area]:
    found = (
        Area.objects.valid_on(clock.today())
        .filter(name__in=words)
        .select_related("level")
        .defer("boundary")
        .order_by("-level__depth", "code")
    )
    return list(found[:20])


def _resolve(key: str, hits: list[_Hit]) -> list[Candidate]:
    candidates = [_entry_candidate(hit.entry) for hit in hits]
    roads = sorted(
        (hit for hit in hits if hit.entry.kind == GazetteerKind.ROAD), key=lambda hit: hit.start
    )
    for hit in hits:
        if hit.entry.kind == GazetteerKind.ROAD:
            number = address.house_number(key[hit.end :])
            if number is not None:
                candidates += _between_plates(hit.entry, number)
        elif hit.entry.kind in {GazetteerKind.ESTATE, GazetteerKind.NUMBER}:
            building = address.building_number(key[hit.end :])
            if building is not None:
                candidates += _building_of(hit.entry, building)
    touching = any(a.end == b.start for a in roads for b in roads)
    if len(roads) > 1 and (touching or address.is_junction(key)):
        candidates += _crossing(roads)
    return candidates


def _entry_candidate(entry: GazetteerEntry) -> Candidate:
    kind = GazetteerKind(entry.kind)
    return Candidate(
        label=entry.name,
        point=entry.point,
        area=entry.area,
        confidence=CONFIDENCE.get(kind, 0.4),
        confidence_class=entry.kind,
        reason=_("按%(kind)s“%(name)s”匹配") % {"kind": kind.label, "name": entry.name},
        entry_id=entry.pk,
    )


def _between_plates(road: GazetteerEntry, number: int) -> list[Candidate]:
    """The place of a door number: its plate, or between the nearest plates of its side."""
    plates = GazetteerEntry.objects.filter(parent=road, kind=GazetteerKind.NUMBER).extra(
        where=["house_number %% 2 = %s"], params=[number % 2]
    )
    below = plates.filter(house_number__lte=number).order_by("-house_number").first()
    above = plates.filter(house_number__gte=number).order_by("house_number").first()
    label = f"{road.name}{number}号"
    if below is None or above is None or below.house_number is None or above.house_number is None:
        return []
    if below == above:
        return [_entry_candidate(below)]
    if distance_m(below.point, above.point) > 400:
        return []
    share = (number - below.house_number) / (above.house_number - below.house_number)
    here = point(
        below.point.x + share * (above.point.x - below.point.x),
        below.point.y + share * (above.point.y - below.point.y),
    )
    reason = _("门牌未登记，按%(below)d号与%(above)d号之间推算") % {
        "below": below.house_number,
        "above": above.house_number,
    }
    return [Candidate(label, here, locate(here), 0.8, GazetteerKind.NUMBER.value, reason)]


def _building_of(place: GazetteerEntry, number: int) -> list[Candidate]:
    found = GazetteerEntry.objects.filter(
        parent=place, kind=GazetteerKind.BUILDING, house_number=number
    ).select_related("area", "area__level")
    return [_entry_candidate(entry) for entry in found[:3]]


def _crossing(roads: list[_Hit]) -> list[Candidate]:
    """Where two named roads meet, also when the crossing itself has no entry."""
    found = []
    shapes = GazetteerEntry.objects.in_bulk([hit.entry.pk for hit in roads[:6]])
    for index, one in enumerate(roads[:6]):
        for other in roads[index + 1 : 6]:
            if (one.start, one.end) == (other.start, other.end):
                continue
            a, b = shapes[one.entry.pk], shapes[other.entry.pk]
            met = a.geometry.intersection(b.geometry)
            if met.empty:
                continue
            here = met.centroid
            if distance_m(here, met.point_on_surface) > JUNCTION_REACH_M:
                here = met.point_on_surface
            found.append(
                Candidate(
                    f"{a.name}与{b.name}路口",
                    here,
                    locate(here),
                    CONFIDENCE[GazetteerKind.JUNCTION],
                    GazetteerKind.JUNCTION.value,
                    _("按两条道路的交点推算"),
                )
            )
    return found


def _similar(key: str) -> list[Candidate]:
    """Names that look alike, for slips of the tongue and the keyboard."""
    query = key[:20]
    found = (
        GazetteerEntry.objects.filter(Q(search_text__trigram_word_similar=query))
        .annotate(likeness=TrigramWordSimilarity(query, "search_text"))
        .select_related("area", "area__level")
        .defer("geometry")
        .order_by("-likeness", "pk")[:10]
    )
    return [
        replace(
            _entry_candidate(entry),
            confidence=min(0.6, CONFIDENCE.get(GazetteerKind(entry.kind), 0.4) * 0.6)
            * entry.likeness,
            reason=_("名称相近：“%(name)s”") % {"name": entry.name},
        )
        for entry in found
    ]


def _area_candidate(area: Area) -> Candidate:
    depth = area.level.depth
    confidence = CELL_CONFIDENCE if area.level.is_cell else AREA_CONFIDENCE.get(depth, 0.1)
    centre = area.center or point(0, 0)
    reason = _("只认出%(level)s“%(name)s”") % {"level": area.level.name, "name": area.name}
    return Candidate(area.name, centre, area, confidence, area.level.code, reason)


def _weighed(candidate: Candidate, named: list[str], prior: list[str]) -> Candidate:
    """Will lower what contradicts the areas named in the text, or lies off the prior."""
    path = candidate.area.path if candidate.area else ""
    confidence, reason = candidate.confidence, candidate.reason
    contradicted = [p for p in named if not path.startswith(p) and not p.startswith(path)]
    if contradicted:
        confidence *= 0.5
        reason += _("；与文中区域不一致")
    if prior and not any(path.startswith(p) for p in prior):
        confidence *= 0.85
        reason += _("；不在所选区域内")
    return replace(candidate, confidence=confidence, reason=reason)


def _walked(candidate: Candidate, key: str) -> Candidate:
    offset, near = address.find_offset(key), address.find_nearness(key)
    if offset is not None:
        there = moved(candidate.point, east_m=offset.east_m, north_m=offset.north_m)
        return replace(
            candidate,
            point=there,
            area=locate(there),
            confidence=candidate.confidence * 0.85,
            reason=candidate.reason + _("，再%(walk)s") % {"walk": offset.phrase},
        )
    if near:
        return replace(
            candidate,
            confidence=candidate.confidence * 0.9,
            reason=candidate.reason + _("，文中为“%(near)s”，位置为近似") % {"near": near},
        )
    return candidate


def _distinct(ranked: list[Candidate]) -> list[Candidate]:
    """One candidate per label and place; equals of different places share their confidence."""
    kept: list[Candidate] = []
    for candidate in ranked:
        twin = any(
            k.label == candidate.label and distance_m(k.point, candidate.point) < 30 for k in kept
        )
        if not twin:
            kept.append(candidate)
    best = kept[0].confidence if kept else 0
    rivals = sum(1 for c in kept if c.confidence > best - 0.02)
    if rivals < 2:
        return kept
    # Two equally good readings: at most one is right, and nobody may be sure of either.
    note = _("；另有同样可能的地点")
    return [
        replace(c, confidence=c.confidence / rivals, reason=c.reason + note)
        if c.confidence > best - 0.02
        else c
        for c in kept
    ]
