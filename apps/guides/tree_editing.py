"""Changes to the body of a question tree, as its editor makes them part by part.

Every function takes a body and gives a new one; the old is never changed. Codes are given here
and never used again while the tree lasts, so that a kept path cannot come to mean another.
"""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One answer as it is written. code: "" for a new one. target: "to:q1", "leaf:r1" or ""."""

    label: str
    target: str = ""
    code: str = ""


def answers_of(body: Mapping[str, Any], code: str) -> list[Answer]:
    """Will give the answers of a question as they are written."""
    return [
        Answer(choice["label"], _target(choice), choice["code"])
        for choice in body["nodes"][code]["choices"]
    ]


def put_question(
    body: Mapping[str, Any],
    code: str,
    *,
    question: str,
    help_text: str,
    answers: Sequence[Answer],
    is_start: bool,
    behind: str = "",
) -> tuple[Body, str]:
    """Will write a question over, or add one (code ""); gives the body and the code.

    The first question written is where the tree starts. behind: "q1.a2", the answer that is to
    lead here.
    """
    new = copy.deepcopy(dict(body))
    code = code or _next("q", new["nodes"])
    node: dict[str, Any] = {"question": question}
    if help_text:
        node["help"] = help_text
    node["choices"] = _choices(answers)
    new["nodes"][code] = node
    if is_start or not new["start"]:
        new["start"] = code
    return _lead(new, behind, {"to": code}), code


def remove_question(body: Mapping[str, Any], code: str) -> Body:
    """Will take a question out; the answers that led to it lead nowhere then."""
    new = copy.deepcopy(dict(body))
    del new["nodes"][code]
    if new["start"] == code:
        new["start"] = ""
    return _unlead(new, "to", code)


def start_with(body: Mapping[str, Any], code: str) -> Body:
    """Will let the tree begin with a question."""
    return {**copy.deepcopy(dict(body)), "start": code}


def put_conclusion(
    body: Mapping[str, Any], code: str, leaf: Mapping[str, Any], *, behind: str = ""
) -> tuple[Body, str]:
    """Will write a conclusion over, or add one (code ""); gives the body and the code."""
    new = copy.deepcopy(dict(body))
    code = code or _next("r", new["leaves"])
    new["leaves"][code] = dict(leaf)
    return _lead(new, behind, {"leaf": code}), code


def remove_conclusion(body: Mapping[str, Any], code: str) -> Body:
    """Will take a conclusion out; the answers that led to it lead nowhere then."""
    new = copy.deepcopy(dict(body))
    del new["leaves"][code]
    return _unlead(new, "leaf", code)


def keep_example(body: Mapping[str, Any], path: str, leaf: str) -> Body:
    """Will keep that these answers must lead to this conclusion."""
    new = copy.deepcopy(dict(body))
    new["expected"] = {**new.get("expected", {}), path: leaf}
    return new


def drop_example(body: Mapping[str, Any], path: str) -> Body:
    """Will keep an example no more."""
    new = copy.deepcopy(dict(body))
    new["expected"] = {p: leaf for p, leaf in new.get("expected", {}).items() if p != path}
    return new


def _target(choice: Mapping[str, Any]) -> str:
    return next((f"{way}:{choice[way]}" for way in ("to", "leaf") if way in choice), "")


def _choices(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    taken = [answer.code for answer in answers if answer.code]
    found = []
    for answer in answers:
        code = answer.code or _next("a", taken)
        taken.append(code)
        way, _colon, target = answer.target.partition(":")
        found.append({"code": code, "label": answer.label} | ({way: target} if target else {}))
    return found


def _lead(new: Body, behind: str, target: Mapping[str, str]) -> Body:
    """Lets the answer "q1.a2" lead to a target; an answer gone meanwhile is passed over."""
    question, _dot, answer = behind.partition(".")
    for choice in new["nodes"].get(question, {}).get("choices", []):
        if choice["code"] == answer:
            choice.pop("to", None)
            choice.pop("leaf", None)
            choice.update(target)
    return new


def _unlead(new: Body, way: str, code: str) -> Body:
    for node in new["nodes"].values():
        for choice in node["choices"]:
            if choice.get(way) == code:
                del choice[way]
    return new


def _next(letter: str, taken: Iterable[str]) -> str:
    """The next free number behind a letter: above the highest, not the first gap."""
    numbers = [int(m[1]) for code in taken if (m := re.fullmatch(rf"{letter}(\d{{1,6}})", code))]
    return f"{letter}{max(numbers, default=0) + 1}"
