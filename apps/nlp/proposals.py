"""Proposes a class and a nature for a text from word lists, and says which words did it.

The officer's choice always wins. The responsible unit is never proposed here: rules decide
that from class and place.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.nlp.grams import folded
from apps.nlp.models import ClassWord, Vocabulary
from apps.nlp.text import normalise

LONGEST_TEXT = 4000
# A word in the title counts twice; a repeated one a little more each time.
TITLE_FACTOR = 2.0
# Weight at which a lone proposal is about 63 % sure.
SURE_WEIGHT = 2.5

Words = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Proposal:
    """score: sum of weights. confidence: 0 to 1. spans: (from, to) in the body, to highlight."""

    code: str
    score: float
    confidence: float
    reasons: list[str]
    spans: list[tuple[int, int]]


def words_of(vocabulary: str) -> Words:
    """Will load a word list: code -> word -> weight; one query."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    rows = ClassWord.objects.filter(vocabulary=vocabulary)
    for code, word, weight in rows.values_list("class_code", "word", "weight"):
        found[code][normalise(word)] = float(weight)
    return found


def propose_class(
    text: str, *, title: str = "", limit: int = 3, vocabularies: Words | None = None
) -> list[Proposal]:
    """Will propose classes for a report, the likeliest first; none where no word hits.

    vocabularies: a word list loaded before (``words_of``); default: from the database.
    """
    words = words_of(Vocabulary.CLASS) if vocabularies is None else vocabularies
    return propose(text, words, title=title, limit=limit)


def propose_nature(
    text: str, *, title: str = "", limit: int = 3, vocabularies: Words | None = None
) -> list[Proposal]:
    """Will propose 咨询, 求助, 投诉, 举报, 建议 or 表扬 by the words people use."""
    words = words_of(Vocabulary.NATURE) if vocabularies is None else vocabularies
    return propose(text, words, title=title, limit=limit)


def propose(text: str, words: Words, *, title: str = "", limit: int = 3) -> list[Proposal]:
    """Will score every code of a word list against a text. Pure."""
    body, head = folded(text[:LONGEST_TEXT]), folded(title)
    scored = [
        (score, code, hits)
        for code, entries in words.items()
        for score, hits in [_score(body, head, entries)]
        if score > 0
    ]
    scored.sort(key=lambda row: (-row[0], row[1]))
    total = sum(score for score, _code, _hits in scored)
    return [
        Proposal(
            code=code,
            score=round(score, 2),
            confidence=round(score / total * (1 - math.exp(-score / SURE_WEIGHT)), 3),
            reasons=[_("出现“%s”") % word for word in hits],
            spans=_spans(body, hits),
        )
        for score, code, hits in scored[:limit]
    ]


@transaction.atomic
def load_words(lists: Mapping[str, Mapping[str, Mapping[str, float]]]) -> int:
    """Will add words that are not there yet and give their number; edited ones stay.

    lists: vocabulary -> code -> word -> weight.
    Raises: InvalidInput (an unknown vocabulary, a word of no or too many characters).
    """
    rows = []
    for vocabulary, codes in lists.items():
        if vocabulary not in Vocabulary.values:
            raise InvalidInput(_("没有名为“%s”的词表") % vocabulary, field="vocabulary")
        for code, entries in codes.items():
            for word, weight in entries.items():
                if not 0 < len(word) <= 40:
                    raise InvalidInput(_("词语须为 1 至 40 个字"), field="word")
                rows.append(
                    ClassWord(vocabulary=vocabulary, class_code=code, word=word, weight=weight)
                )
    before = ClassWord.objects.count()
    ClassWord.objects.bulk_create(rows, ignore_conflicts=True)
    return ClassWord.objects.count() - before


def _score(body: str, head: str, entries: Mapping[str, float]) -> tuple[float, list[str]]:
    score, hits = 0.0, []
    for word, weight in entries.items():
        times = body.count(word)
        in_title = word in head
        if not times and not in_title:
            continue
        score += weight * (math.log2(1 + times) + TITLE_FACTOR * in_title)
        if weight > 0:
            hits.append(word)
    hits.sort(key=lambda word: -entries[word])
    return score, hits


def _spans(body: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand, overlapping places joined."""
    places = []
    for word in words:
        at = body.find(word)
        while at >= 0:
            places.append((at, at + len(word)))
            at = body.find(word, at + 1)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
