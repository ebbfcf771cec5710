"""What came of a survey, counted so that nobody is found in it (small groups are hidden).

A count below ``LEAST`` is not told, nor is what would give it away: where the counts of a
question add up to its answers, a single hidden one hides the next smallest too. A question that
fewer than ``LEAST`` people answered tells nothing at all. Free texts are told only then too,
personal numbers covered, in an order that says nothing of who wrote them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.common.personal import mask_personal
from apps.opinions.models import SurveyVersion
from apps.opinions.questions import fields_of, scale_of

LEAST = 5
TEXTS_MOST = 200


@dataclass(frozen=True)
class Cell:
    """One choice. count, share (0-100): None where they are hidden."""

    label: str
    count: int | None
    share: float | None


@dataclass(frozen=True)
class Result:
    """One question. answers: how many answered it, None where fewer than ``LEAST`` did.

    mean: of a scale, None where a step is hidden. texts: covered, of a free question.
    """

    label: str
    kind: str
    answers: int | None
    cells: list[Cell] = field(default_factory=list)
    mean: float | None = None
    texts: list[str] = field(default_factory=list)
    texts_more: int = 0


def results_of(version: SurveyVersion) -> list[Result]:
    """Will count the done answers of a version, question by question."""
    rows = version.answers.filter(is_done=True).values_list("data", flat=True)
    given: dict[str, list[Any]] = {entry["name"]: [] for entry in fields_of(version.questions)}
    for data in rows.iterator(2000):
        for name, values in given.items():
            value = data.get(name)
            if value not in (None, "", []):
                values.append(value)
    return [_result(entry, given[entry["name"]]) for entry in fields_of(version.questions)]


def _result(entry: Mapping[str, Any], values: list[Any]) -> Result:
    label, kind = entry["label"], entry["type"]
    if len(values) < LEAST:
        return Result(label, kind, None)
    if kind == "longtext":
        covered = sorted({mask_personal(str(v)) for v in values}, key=_shuffled)
        more = max(0, len(covered) - TEXTS_MOST)
        return Result(label, kind, len(values), texts=covered[:TEXTS_MOST], texts_more=more)
    choices = scale_of(entry) if kind == "integer" else _choices(entry)
    adds_up = kind != "multichoice"
    cells = cells_of(choices, values if adds_up else _flat(values), len(values), adds_up=adds_up)
    is_whole = all(cell.count is not None for cell in cells)
    mean = sum(values) / len(values) if kind == "integer" and is_whole else None
    return Result(label, kind, len(values), cells, mean)


def cells_of(
    choices: Iterable[tuple[str, str]], values: Iterable[Any], base: int, *, adds_up: bool
) -> list[Cell]:
    """Will count values by choice and hide what is too small to be told.

    base: how many answered. adds_up: each gave one value, so the counts make the base.
    """
    pairs = [(code, label) for code, label in choices]
    counted = Counter(str(value) for value in values)
    counts = {code: counted.get(code, 0) for code, _label in pairs}
    hidden = {code for code, n in counts.items() if 0 < n < LEAST}
    if adds_up and hidden and sum(counts[code] for code in hidden) < LEAST:
        rest = [code for code, n in counts.items() if n and code not in hidden]
        if rest:
            hidden.add(min(rest, key=lambda code: counts[code]))
    return [
        Cell(label, None, None)
        if code in hidden
        else Cell(label, counts[code], 100 * counts[code] / base)
        for code, label in pairs
    ]


def _choices(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(code), str(label)) for code, label, *_rest in entry.get("choices", [])]


def _flat(values: Iterable[list[Any]]) -> list[Any]:
    return [part for value in values for part in value]


def _shuffled(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
