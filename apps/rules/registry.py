"""What other apps plug into the rules, and the value types they need for it.

An app registers its vocabularies and the subjects its decisions speak of in
``AppConfig.ready()``; a table can use only facts and outputs of its vocabulary.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from apps.places import selectors as places
from apps.places.models import Area
from apps.rules.engine.conditions import Condition
from apps.rules.engine.vocabulary import (
    Fact,
    FactType,
    HitPolicy,
    Output,
    OutputType,
    Vocabulary,
)

__all__ = [
    "Condition",
    "Fact",
    "FactType",
    "HitPolicy",
    "Output",
    "OutputType",
    "SubjectKind",
    "Vocabulary",
    "find_vocabulary",
    "get_vocabulary",
    "list_vocabularies",
    "register_subject",
    "register_vocabulary",
    "subject_kind",
    "temporarily",
]


@dataclass(frozen=True)
class SubjectKind:
    """What a decision is about: the part before the colon of ``subject`` ("case:123").

    can_view: may this user see the subject (given its id) and thus the decision on it?
    url: the page of the subject.
    """

    code: str
    label: Any
    can_view: Callable[[Any, str], bool]
    url: Callable[[str], str] | None = None


_vocabularies: dict[str, Vocabulary] = {}
_subjects: dict[str, SubjectKind] = {}


def register_vocabulary(vocabulary: Vocabulary) -> Vocabulary:
    """Will make a vocabulary known and give it as the tables see it.

    An area fact without ``label_of`` reads as the area's full name.
    Raises: ValueError (the code is taken).
    """
    if vocabulary.code in _vocabularies:
        raise ValueError(f"vocabulary {vocabulary.code} is already registered")
    facts = tuple(
        replace(fact, label_of=_area_name)
        if fact.type is FactType.AREA and fact.label_of is None
        else fact
        for fact in vocabulary.facts
    )
    _vocabularies[vocabulary.code] = replace(vocabulary, facts=facts)
    return _vocabularies[vocabulary.code]


def _area_name(path: str) -> str:
    area = Area.objects.filter(path=path).first()
    return places.full_name(area) if area is not None else path


def find_vocabulary(code: str) -> Vocabulary | None:
    return _vocabularies.get(code)


def get_vocabulary(code: str) -> Vocabulary:
    """Raises: KeyError (nobody registered it: an app is missing)."""
    return _vocabularies[code]


def list_vocabularies() -> list[Vocabulary]:
    return sorted(_vocabularies.values(), key=lambda v: v.code)


def register_subject(kind: SubjectKind) -> SubjectKind:
    """Will make a kind of subject known; the same code twice raises ValueError."""
    if kind.code in _subjects:
        raise ValueError(f"subject {kind.code} is already registered")
    _subjects[kind.code] = kind
    return kind


def subject_kind(subject: str) -> SubjectKind | None:
    """Will give the kind of "case:123", or None when nobody registered it."""
    return _subjects.get(subject.partition(":")[0])


@contextmanager
def temporarily(*items: Vocabulary | SubjectKind) -> Iterator[None]:
    """Will register for the length of a block; for tests."""
    before = (dict(_vocabularies), dict(_subjects))
    try:
        for item in items:
            if isinstance(item, Vocabulary):
                register_vocabulary(item)
            else:
                register_subject(item)
        yield
    finally:
        for current, old in zip((_vocabularies, _subjects), before, strict=True):
            current.clear()  # type: ignore[attr-defined]
            current.update(old)  # type: ignore[attr-defined]
