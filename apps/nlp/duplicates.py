"""Has somebody reported this already? Ranks candidates; a person decides.

A fixed threshold is useless here and a short list is very good, so the answer is always a
short list with reasons. The caller chooses the candidates (same neighbourhood, recent days).
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.nlp.text import bigrams, normalise, runs

# Shares of the score; text decides, the rest breaks ties between similar texts.
TEXT, CLASS, PLACE, TIME = 0.6, 0.15, 0.15, 0.1
NEAR_M = 200.0
RECENT_DAYS = 15.0
LEAST_SIMILAR = 0.12
LONGEST_TEXT = 600
SHORTEST_COMMON = 3
MOST_COMMON = 6


@dataclass(frozen=True)
class DuplicateCandidate:
    """A case the text is compared with. distance_m: metres, None where a place is unknown."""

    id: int
    title: str
    body: str
    created_at: datetime
    distance_m: float | None = None
    same_class: bool = False


@dataclass(frozen=True)
class Scored:
    """score: 0 to 1. common: parts both texts contain, longest first. reasons: for people."""

    id: int
    score: float
    common: list[str]
    reasons: list[str]


@lru_cache(maxsize=100)  # written with a report, then looked for among the others
def text_digest(text: str) -> str:
    """Will give the same digest for texts that differ only in spaces, punctuation and width."""
    return hashlib.sha256(_letters(text).encode()).hexdigest()


def rank(
    text: str,
    candidates: Iterable[DuplicateCandidate],
    now: datetime,
    *,
    limit: int = 5,
) -> list[Scored]:
    """Will give the candidates most like ``text``, best first; unlike ones are left out.

    text: title and body of the new report together.
    """
    pool = list(candidates)
    counted = [_counted(f"{c.title} {c.body}"[:LONGEST_TEXT]) for c in pool]
    own = _counted(text[:LONGEST_TEXT])
    rarity = _rarity(own, counted)
    length = _length(own, rarity)
    own_letters = _letters(text)
    scored = []
    for candidate, counts in zip(pool, counted, strict=True):
        similarity = _cosine(own, counts, rarity, length)
        if similarity > 0.5 and _is_copy(own_letters, candidate):
            similarity = 1.0
        if similarity >= LEAST_SIMILAR:
            scored.append((_score(similarity, candidate, now), similarity, candidate))
    scored.sort(key=lambda row: (-row[0], row[2].id))
    return [
        Scored(
            candidate.id,
            round(score, 4),
            common_parts(text, f"{candidate.title} {candidate.body}"),
            _reasons(similarity, candidate, now),
        )
        for score, similarity, candidate in scored[:limit]
    ]


def common_parts(text: str, other: str) -> list[str]:
    """Will give the longest parts of ``text`` that ``other`` contains, longest first."""
    mine, theirs = normalise(text[:LONGEST_TEXT]), normalise(other[:LONGEST_TEXT])
    parts: set[str] = set()
    for run, _start, _end in runs(mine):
        at = 0
        while at + SHORTEST_COMMON <= len(run):
            end = at + SHORTEST_COMMON
            if run[at:end] not in theirs:
                at += 1
                continue
            while end < len(run) and run[at : end + 1] in theirs:
                end += 1
            parts.add(run[at:end])
            at = end
    return sorted(parts, key=lambda part: (-len(part), part))[:MOST_COMMON]


class Piece(NamedTuple):
    """A stretch of a text. is_common: the other text has it too."""

    text: str
    is_common: bool


def cut_at(text: str, parts: Iterable[str]) -> list[Piece]:
    """Will cut a text as it was written into what is common and what is not.

    parts: as ``common_parts`` gives them, in the form in which texts are compared; a character
    that this form writes with several is marked whole. Nothing is lost: the pieces joined are
    the text.
    """
    normal, origin = "", []
    for place, letter in enumerate(text):
        written = normalise(letter)
        normal += written
        origin += [place] * len(written)
    marked = [False] * len(text)
    for part in parts:
        at = normal.find(part) if part else -1
        while at >= 0:
            for place in origin[at : at + len(part)]:
                marked[place] = True
            at = normal.find(part, at + len(part))
    pieces: list[Piece] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marked[place] != marked[start]:
            pieces.append(Piece(text[start:place], marked[start]))
            start = place
    return pieces


def _is_copy(letters: str, candidate: DuplicateCandidate) -> bool:
    return letters in (_letters(candidate.body), _letters(candidate.title + candidate.body))


def _score(similarity: float, candidate: DuplicateCandidate, now: datetime) -> float:
    metres = candidate.distance_m
    place = 0.0 if metres is None else math.exp(-max(0.0, metres) / NEAR_M)
    time = math.exp(-_age_days(candidate, now) / RECENT_DAYS)
    return TEXT * similarity + CLASS * candidate.same_class + PLACE * place + TIME * time


def _age_days(candidate: DuplicateCandidate, now: datetime) -> float:
    return max(0.0, (now - candidate.created_at).total_seconds() / 86_400)


def _reasons(similarity: float, candidate: DuplicateCandidate, now: datetime) -> list[str]:
    if similarity >= 0.999:
        told = [_("内容相同")]
    else:
        told = [_("文字相似 %d%%") % round(similarity * 100)]
    if candidate.same_class:
        told.append(_("同一类别"))
    if candidate.distance_m is not None:
        told.append(_("相距 %d 米") % round(candidate.distance_m))
    days = int(_age_days(candidate, now))
    told.append(_("%d 天前") % days if days else _("24 小时内"))
    return told


class _Counted(NamedTuple):
    """How often each bigram occurs, and the sum of the squares of that."""

    times: Counter[str]
    squares: int


@lru_cache(maxsize=500)  # about 20 MB; neighbours meet one report after another
def _counted(text: str) -> _Counted:
    times = Counter(bigrams(text))
    return _Counted(times, sum(n * n for n in times.values()))


def _rarity(own: _Counted, others: list[_Counted]) -> Mapping[str, float]:
    """Weights of the text's bigrams: those that most candidates share say little."""
    total, holding = len(others) + 1, Counter[str]()
    for other in others:
        holding.update(own.times.keys() & other.times.keys())
    weights = [math.log(1 + total / (1 + number)) for number in range(total)]
    return {gram: weights[holding[gram]] for gram in own.times}


def _length(counted: _Counted, rarity: Mapping[str, float]) -> float:
    """The length of a text with its bigrams weighed; those outside the new text weigh 1.

    So only the shared ones have to be looked at.
    """
    times = counted.times
    shared = rarity.keys() & times.keys()
    weighed = sum(times[gram] ** 2 * (rarity[gram] ** 2 - 1) for gram in shared)
    return math.sqrt(counted.squares + weighed)


def _cosine(
    own: _Counted, other: _Counted, rarity: Mapping[str, float], own_length: float
) -> float:
    mine, theirs = own.times, other.times
    shared = mine.keys() & theirs.keys()
    if not shared:
        return 0.0
    product = sum(mine[gram] * theirs[gram] * rarity[gram] ** 2 for gram in shared)
    return product / (own_length * _length(other, rarity))


def _letters(text: str) -> str:
    return "".join(run for run, _start, _end in runs(normalise(text)))
