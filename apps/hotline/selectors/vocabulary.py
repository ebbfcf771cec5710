"""The classes an agent chooses from, and what the text suggests."""

from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from apps.common import dictionaries
from apps.nlp.selectors import offer_classes

CLASS_DICTIONARY = "demand-class"


@dataclass(frozen=True)
class ClassChoice:
    """A class as the type-ahead finds it: by code, label or the initials of its pinyin."""

    code: str
    label: str
    initials: str


@dataclass(frozen=True)
class ProposedClass:
    """A class the text suggests. reasons: what speaks for it, for the agent.

    percent: how sure, 0 to 100; fills: so sure that it is filled in where none is chosen yet.
    """

    code: str
    label: str
    reasons: str
    percent: int
    fills: bool = False


def class_choices() -> list[ClassChoice]:
    """Will give the classes in force today, in the order of the dictionary."""
    return [
        ClassChoice(code, str(label), initials_of(str(label)))
        for code, label in dictionaries.choices(CLASS_DICTIONARY)
    ]


@lru_cache(maxsize=4096)
def initials_of(label: str) -> str:
    """Will give the pinyin initials of a label: 井盖问题 is jgwt."""
    return "".join(part[:1] for part in lazy_pinyin(label, style=Style.FIRST_LETTER)).lower()


def propose(text: str, *, title: str = "") -> list[ProposedClass]:
    """Will give at most three classes the text suggests, the likeliest first, with why (TX-01)."""
    labels = dict(dictionaries.choices(CLASS_DICTIONARY))
    return [
        ProposedClass(
            found.code,
            str(labels[found.code]),
            "，".join(found.reasons[:3]),
            round(found.confidence * 100),
            found.fills,
        )
        for found in offer_classes(text, title=title).offers
        if found.code in labels
    ]
