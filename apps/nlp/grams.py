"""The n-grams a text is classified by: one to three characters of a run, foreign words whole.

None has a digit in it: numbers of telephones, houses and plates never get into a model.
"""

import unicodedata
from collections.abc import Iterator

from apps.nlp.text import is_cjk, normalise, runs

LONGEST_GRAM = 3
LONGEST_WORD = 20
LONGEST_TEXT = 4000


def folded(text: str) -> str:
    """Will normalise character by character, so that places in it are places in the text."""
    if unicodedata.is_normalized("NFKC", text):
        low = text.lower()
        if len(low) == len(text):
            return low
    return "".join(one if len(one := normalise(char)) == 1 else char for char in text)


def grams(text: str) -> Iterator[tuple[str, int]]:
    """Will give the n-grams of folded text, each with the place it begins at."""
    for run, start, _end in runs(text):
        if not is_cjk(run):
            if len(run) <= LONGEST_WORD and not any(char.isdigit() for char in run):
                yield run, start
            continue
        length = len(run)
        for at in range(length):
            for end in range(at + 1, min(at + LONGEST_GRAM, length) + 1):
                yield run[at:end], start + at


def all_grams(title: str, body: str) -> list[str]:
    """Will give the n-grams of a report; those of its title twice, for it says more in less."""
    head = [gram for gram, _at in grams(folded(title))]
    return head + head + [gram for gram, _at in grams(folded(body[:LONGEST_TEXT]))]
