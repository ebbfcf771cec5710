"""What is wrong with a plan, told beside the part it concerns. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

WHOLE = ""


@dataclass(frozen=True)
class Fault:
    """place: "node:<code>", "leaf:<code>", "path:<codes>", "item:<code>", "join", or the whole."""

    words: str
    place: str = WHOLE


def shape_faults(body: Any, schema: Mapping[str, Any]) -> list[Fault]:
    """Will list where a body is not even a draft; its parts cannot be read then."""
    errors = sorted(Draft202012Validator(schema).iter_errors(body), key=str)
    return [
        Fault(f"{'/'.join(str(p) for p in error.absolute_path) or '/'}：{error.message}")
        for error in errors
    ]


def by_place(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """Will group the words by the part they concern."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.place, []).append(fault.words)
    return found
