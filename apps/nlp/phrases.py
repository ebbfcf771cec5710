"""Phrases on the rise: words more of the new texts have than of those before (TX-03).

Runs of two to four characters are counted by text, not by occurrence; the likelihood ratio (G²)
of the two shares says which rose; those are grown to the left and right as long as nearly all of
their texts agree, so that what is shown can be read. No dictionary.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from apps.nlp.text import is_cjk, normalise, runs

SIZES = (2, 3, 4)
LONGEST_TEXT = 300
LONGEST_PHRASE = 12
#: G² of one run; about one in a million by chance, for some ten thousand runs are tried.
STRONG = 24.0
LEAST_RATIO = 2.0
AGREEING = 0.8
ALIKE = 0.6
MOST_GROWN = 200


@dataclass(frozen=True)
class Rising:
    """A phrase. observed, expected: texts; strength: G². texts: keys of those that have it."""

    phrase: str
    observed: int
    expected: float
    strength: float
    texts: tuple[int, ...]


def rising_phrases(
    texts: Sequence[tuple[int, str]],
    background: Iterable[str],
    *,
    stop: Collection[str] = (),
    least: int = 5,
    limit: int = 20,
) -> list[Rising]:
    """Will give the phrases that rose, the strongest first.

    texts: (key, new text); background: the texts of the time before. stop: phrases never shown,
    nor parts of them. least: new texts that must have it.
    """
    written = [(key, _runs(text)) for key, text in texts]
    holding: Counter[str] = Counter()
    for _key, parts in written:
        holding.update(_grams(parts))
    wanted = {gram for gram, number in holding.items() if number >= least}
    before: Counter[str] = Counter()
    total = 0
    for text in background:
        total += 1
        before.update(_grams(_runs(text)) & wanted)
    strong = [
        (strength, gram)
        for gram in wanted
        if (strength := _strength(holding[gram], len(texts), before[gram], total)) >= STRONG
    ]
    strong.sort(key=lambda each: (-each[0], each[1]))
    shunned = [normalise(each) for each in stop]
    return _chosen(strong[:MOST_GROWN], written, before, total, shunned, limit)


def _chosen(
    strong: list[tuple[float, str]],
    written: list[tuple[int, list[str]]],
    before: Counter[str],
    total: int,
    shunned: list[str],
    limit: int,
) -> list[Rising]:
    kept: list[Rising] = []
    for strength, gram in strong:
        phrase = _grown(gram, [parts for _key, parts in written])
        if any(phrase in other or (other in phrase and other) for other in shunned):
            continue
        keys = tuple(key for key, parts in written if any(phrase in part for part in parts))
        if any(_is_same(phrase, set(keys), other) for other in kept):
            continue
        expected = before[gram] * len(written) / total if total else 0.0
        kept.append(Rising(phrase, len(keys), round(expected, 2), round(strength, 1), keys))
        if len(kept) == limit:
            break
    return kept


def _is_same(phrase: str, keys: set[int], other: Rising) -> bool:
    """Whether two phrases are of the same texts: one event has many words."""
    theirs = set(other.texts)
    overlap = len(keys & theirs) / max(1, min(len(keys), len(theirs)))
    return phrase in other.phrase or other.phrase in phrase or overlap >= ALIKE


def _runs(text: str) -> list[str]:
    cut = normalise(text[:LONGEST_TEXT])
    return [run for run, _start, _end in runs(cut) if is_cjk(run)]


def _grams(parts: list[str]) -> set[str]:
    return {
        part[at : at + size]
        for part in parts
        for size in SIZES
        for at in range(len(part) - size + 1)
    }


def _grown(gram: str, texts: list[list[str]]) -> str:
    """The gram with what stands beside it in nearly all of its texts."""
    found = [part for parts in texts for part in parts if gram in part]
    phrase = gram
    for is_right in (True, False):
        while len(phrase) < LONGEST_PHRASE:
            beside = Counter(_beside(part, phrase, is_right=is_right) for part in found)
            letter, number = beside.most_common(1)[0]
            if not letter or number < AGREEING * len(found):
                break
            phrase = phrase + letter if is_right else letter + phrase
    return phrase


def _beside(part: str, phrase: str, *, is_right: bool) -> str:
    at = part.find(phrase)
    if at < 0:
        return ""
    end = at + len(phrase)
    return part[end : end + 1] if is_right else part[at - 1 : at] if at else ""


def _strength(new: int, texts: int, old: int, total: int) -> float:
    """G² of two shares; 0 where the new one is not at least twice the old one."""
    if not total or new / texts < LEAST_RATIO * old / total:
        return 0.0
    pooled = (new + old) / (texts + total)
    told = 0.0
    for seen, size in ((new, texts), (old, total)):
        for count, share in ((seen, pooled), (size - seen, 1 - pooled)):
            if count:
                told += 2 * count * math.log(count / (size * share))
    return told
