"""Words that must not wait for a queue: self-harm, threats, explosives, crowds, strong emotion.

A list kept by staff finds them, not a model: whoever is told must see at once which word it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.common.memory import Memory
from apps.nlp.enums import DangerKind, Severity
from apps.nlp.grams import folded
from apps.nlp.models import DangerWord

LONGEST_TEXT = 4000
#: So many marks of exclamation in one text are strong emotion by themselves.
EXCLAMATIONS = 8
#: How far around a word what takes it back is looked for, in characters.
AROUND = 6


@dataclass(frozen=True)
class Alert:
    """What a text warns of, how gravely, by which words, and where they stand in it."""

    kind: str
    severity: int
    words: list[str]
    spans: list[tuple[int, int]]


@dataclass(frozen=True)
class _Entry:
    kind: str
    word: str
    severity: int
    unless: tuple[str, ...]


_entries: Memory[tuple[_Entry, ...]] = Memory(of=("nlp.DangerWord",))


def alerts_in(text: str) -> list[Alert]:
    """Will give what a text warns of, the gravest first; nothing for most texts."""
    return scan(text, _entries.get("", _read))


def scan(text: str, entries: Sequence[_Entry]) -> list[Alert]:
    """Will look for the words of a list. Pure."""
    low = folded(text[:LONGEST_TEXT])
    found: dict[str, list[tuple[_Entry, int]]] = {}
    for entry in entries:
        at = low.find(entry.word)
        while at >= 0:
            near = low[max(0, at - AROUND) : at + len(entry.word) + AROUND]
            if not any(other in near for other in entry.unless):
                found.setdefault(entry.kind, []).append((entry, at))
            at = low.find(entry.word, at + len(entry.word))
    if DangerKind.EMOTION not in found and low.count("!") >= EXCLAMATIONS:
        shout = _Entry(DangerKind.EMOTION, "!", Severity.WATCH, ())
        found[DangerKind.EMOTION] = [(shout, low.index("!"))]
    told = [_warning(kind, hits) for kind, hits in found.items()]
    return sorted(told, key=lambda one: (-one.severity, one.kind))


def _warning(kind: str, hits: list[tuple[_Entry, int]]) -> Alert:
    return Alert(
        kind,
        max(entry.severity for entry, _at in hits),
        list(dict.fromkeys(entry.word for entry, _at in hits)),
        sorted((at, at + len(entry.word)) for entry, at in hits),
    )


def _read() -> tuple[_Entry, ...]:
    rows = DangerWord.objects.values_list("kind", "word", "severity", "unless")
    return tuple(
        _Entry(kind, folded(word), severity, tuple(filter(None, folded(unless).split(","))))
        for kind, word, severity, unless in rows
    )
