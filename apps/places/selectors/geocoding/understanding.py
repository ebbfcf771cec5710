"""Reads a text, places what it describes, moves it as the text says, weighs the readings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.places.address import (
    MAX_KEY,
    MAX_TEXT,
    Named,
    OnRoad,
    Part,
    Phrase,
    Reading,
    phrases,
    read,
)
from apps.places.address.words import ENDINGS
from apps.places.enums import GazetteerKind, PartKind
from apps.places.geometry import moved
from apps.places.models import Area, GazetteerEntry
from apps.places.selectors.areas import area_prefixes, locate
from apps.places.selectors.geocoding.candidates import CONFIDENCE, Candidate, of_entry
from apps.places.selectors.geocoding.names import Hit, Known, Meant, look_up, misspelt
from apps.places.selectors.geocoding.placing import Placer
from apps.places.selectors.geocoding.weighing import area_candidates, distinct, weighed
from apps.places.text import traced_key

#: Below this nobody believes a place without having looked; the text is one to learn from.
UNPLACED_BELOW = 0.8
SIDE_M = 20.0
SHORTER_READING = 0.6  # a name read alone, where more of the text made a place with it
LIVED_AT = 0.6
NEAR_M = {"附近": 60.0, "周边": 60.0, "对面": 40.0, "斜对面": 50.0}


@dataclass(frozen=True)
class Understanding:
    """A text cut into parts and the places it may mean, the most likely first."""

    reading: Reading
    candidates: tuple[Candidate, ...]

    @property
    def is_sure(self) -> bool:
        """Whether the best place may be believed without a person."""
        return bool(self.candidates) and self.candidates[0].confidence >= UNPLACED_BELOW


def geocode(text: str, *, within: Area | None = None, limit: int = 5) -> list[Candidate]:
    """Will propose places the text may mean, the most likely first; empty if none.

    within: the caller's area, a prior that lifts places inside it and never excludes others.
    Source: research on address resolution (docs/decisions/0042); CO-01, GE-05.
    """
    return list(understand(text, within=within, limit=limit).candidates)


def understand(text: str, *, within: Area | None = None, limit: int = 5) -> Understanding:
    """Will give the same with the parts of the text; ``Candidate.used`` points at them."""
    traced = traced_key(text[:MAX_TEXT])
    key = traced.text[:MAX_KEY]
    if len(key) < 2:
        return Understanding(read(text), ())
    known = look_up(key)
    reading = read(text, known.names, traced=traced)
    parts = reading.parts
    candidates = _place(reading, known)
    areas = [(_part_at(parts, start), area) for start, _end, area in known.areas]
    if not candidates and not areas:
        candidates = _similar(key)
    candidates += area_candidates(areas)
    prior = area_prefixes(within) if within else []
    strange = _strange(parts, candidates)
    candidates = _not_at_home(reading, candidates)
    ranked = [weighed(c, areas, prior, strange) for c in candidates]
    ranked.sort(key=lambda c: (-c.confidence, c.label, c.entry_id or 0))
    return Understanding(reading, tuple(distinct(ranked)[:limit]))


def _place(reading: Reading, known: Known) -> list[Candidate]:
    parts, meant = reading.parts, _meant(reading.parts, known.hits)
    whole = [hit for hit in known.hits if (hit.start, hit.end) not in _spans(parts)]
    plates = {(h.entry.parent_id, h.entry.house_number): h.entry for h in whole}
    placer = Placer(parts, meant, plates)
    described = phrases(reading)
    found: list[tuple[Phrase, list[Candidate]]] = []
    for phrase in described:
        placed = list(placer.place(phrase))
        found.append((phrase, [_moved(c, phrase, parts, placer) for c in placed]))
    covered = [phrase.used for phrase, placed in found if placed]
    candidates = [
        c.then(_("文中另有更具体的说法"), times=SHORTER_READING)
        if any(set(phrase.used) < set(other) for other in covered)
        else c
        for phrase, placed in found
        for c in placed
    ]
    candidates += [c for i in reading.of_kind(PartKind.POLE) for c in placer.pole(i)]
    placed_ids = {c.entry_id for _phrase, placed in found for c in placed}
    for hit in whole:
        if hit.entry.pk not in placed_ids:
            candidates.append(_whole(hit, parts, described, placer))
    return candidates


def _meant(parts: Sequence[Part], hits: Sequence[Hit]) -> dict[int, list[Meant]]:
    """What each part names: entries as they are spelt, else those one slip away."""
    by_span: dict[tuple[int, int], list[Meant]] = {}
    for hit in hits:
        by_span.setdefault((hit.start, hit.end), []).append(Meant(hit.entry))
    meant = {
        index: by_span[(part.key_start, part.key_end)]
        for index, part in enumerate(parts)
        if (part.key_start, part.key_end) in by_span
    }
    unknown = [
        index
        for index, part in enumerate(parts)
        if part.kind in {PartKind.ROAD, PartKind.PLACE} and index not in meant
    ]
    return meant | misspelt(parts, unknown)


def _whole(
    hit: Hit, parts: Sequence[Part], described: Sequence[Phrase], placer: Placer
) -> Candidate:
    """A name made of several parts: a door plate, a building, a crossing."""
    used = tuple(i for i, p in enumerate(parts) if p.key_start < hit.end and hit.start < p.key_end)
    same = next((phrase for phrase in described if set(phrase.used) >= set(used)), None)
    candidate = of_entry(hit.entry, used)
    return candidate if same is None else _moved(candidate, same, parts, placer)


def _spans(parts: Sequence[Part]) -> set[tuple[int, int]]:
    return {(part.key_start, part.key_end) for part in parts}


def _part_at(parts: Sequence[Part], start: int) -> int:
    return next(i for i, part in enumerate(parts) if part.key_start <= start < part.key_end)


# --- Walks and sides ------------------------------------------------------------------------


def _moved(
    candidate: Candidate, phrase: Phrase, parts: Sequence[Part], placer: Placer
) -> Candidate:
    """Will go where the words behind a place lead."""
    for index in phrase.behind:
        part = parts[index]
        if part.kind == PartKind.WALK:
            candidate = _walked(candidate, phrase, part, index, placer)
        elif part.kind == PartKind.SIDE:
            candidate = _beside(candidate, part, index)
        else:
            candidate = _near(candidate, phrase, part, index, placer)
    return candidate


def _walked(
    candidate: Candidate, phrase: Phrase, part: Part, index: int, placer: Placer
) -> Candidate:
    assert part.number is not None
    assert part.bearing is not None
    if isinstance(phrase, Named) and candidate.confidence_class == GazetteerKind.ROAD:
        # From somewhere on a road nobody can walk to a point.
        step = _("起点不明，未按“%(walk)s”推算") % {"walk": part.text}
        return candidate.then(step, times=0.9)
    best = None
    for road in placer.roads_of(phrase):
        line = placer.line_of(road.pk)
        walk = line.walk(candidate.point, part.bearing, part.number) if line else None
        if walk is not None and (best is None or walk.off < best[0].off):
            best = walk, road
    if best is not None:
        there = best[0].end
        step = _("沿%(road)s%(walk)s") % {"road": best[1].name, "walk": part.text}
        precision = candidate.precision_m + 0.1 * part.number
    else:
        east, north = _offset(part.bearing, part.number)
        there = moved(candidate.point, east_m=east, north_m=north)
        step = _("再按方位%(walk)s") % {"walk": part.text}
        precision = candidate.precision_m + 0.25 * part.number
    walked = replace(candidate, point=there, area=locate(there), precision_m=precision)
    return walked.then(step, times=0.92 if best else 0.85, used=(index,))


def _beside(candidate: Candidate, part: Part, index: int) -> Candidate:
    assert part.bearing is not None
    east, north = _offset(part.bearing, SIDE_M)
    there = moved(candidate.point, east_m=east, north_m=north)
    step = _("取其%(side)s约 %(metres)d 米处") % {"side": part.text, "metres": SIDE_M}
    shifted = replace(
        candidate, point=there, area=locate(there), precision_m=candidate.precision_m + 10
    )
    return shifted.then(step, times=0.97, used=(index,))


def _near(
    candidate: Candidate, phrase: Phrase, part: Part, index: int, placer: Placer
) -> Candidate:
    if part.key.endswith("对面") and isinstance(phrase, OnRoad):
        for road in placer.roads_of(phrase):
            line = placer.line_of(road.pk)
            if line is not None and line.distance_m(candidate.point) < 60:
                there = line.opposite(candidate.point)
                across = replace(candidate, point=there, area=locate(there))
                step = _("取%(road)s另一侧") % {"road": road.name}
                return across.then(step, times=0.92, used=(index,))
    spread = NEAR_M.get(part.key, 20.0)
    near = replace(candidate, precision_m=candidate.precision_m + spread)
    step = _("文中为“%(near)s”，位置为近似") % {"near": part.text}
    return near.then(step, times=0.93, used=(index,))


def _offset(bearing: int, length_m: float) -> tuple[float, float]:
    angle = math.radians(bearing)
    return length_m * math.sin(angle), length_m * math.cos(angle)


# --- What is not understood -----------------------------------------------------------------


def _strange(parts: Sequence[Part], candidates: Sequence[Candidate]) -> list[int]:
    """Parts that name something nobody knows, whatever candidate is looked at."""
    explained = {index for candidate in candidates for index in candidate.used}
    return [
        index
        for index, part in enumerate(parts)
        if part.kind in {PartKind.ROAD, PartKind.PLACE}
        and part.key.endswith(ENDINGS)
        and index not in explained
    ]


def _not_at_home(reading: Reading, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Where a text names the caller's home and another place, the other one is meant."""
    at_home = [bool(c.used) and reading.is_home(c.used[0]) for c in candidates]
    if all(at_home) or not any(at_home):
        return list(candidates)
    step = _("像是反映人的住处")
    return [
        c.then(step, times=LIVED_AT) if home else c
        for c, home in zip(candidates, at_home, strict=True)
    ]


def _similar(key: str) -> list[Candidate]:
    """Names that look alike, where not a single one was recognised."""
    query = key[:20]
    found = (
        GazetteerEntry.objects.filter(Q(search_text__trigram_word_similar=query), closed_at=None)
        .annotate(likeness=TrigramWordSimilarity(query, "search_text"))
        .select_related("area", "area__level")
        .defer("geometry")
        .order_by("-likeness", "pk")[:10]
    )
    return [
        replace(
            of_entry(entry),
            confidence=min(0.6, CONFIDENCE.get(entry.kind, 0.4) * 0.6) * entry.likeness,
            steps=(_("名称相近：“%(name)s”") % {"name": entry.name},),
        )
        for entry in found
    ]
