"""Plans in words: codes replaced by what people call things. Drafts are read as far as they go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.common.forms_data import show
from apps.common.phrases import labelled, series
from apps.guides import joining, trees

Body = Mapping[str, Any]
Definitions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class LeafWords:
    """A conclusion. materials: None where the matter asks for all of its own.

    is_named: it has a name of its own, apart from its matter's.
    """

    code: str
    name: str
    matter: str
    materials: list[str] | None
    preset: list[tuple[str, str]]
    note: str
    is_named: bool


@dataclass(frozen=True)
class AnswerWords:
    """An answer. target: what it leads to, "" while nothing; anchor: "q1.a2"."""

    label: str
    target: str
    is_end: bool
    anchor: str


@dataclass(frozen=True)
class QuestionWords:
    """A question and its answers. number: its place in the order of asking."""

    code: str
    number: int
    question: str
    help_text: str
    is_start: bool
    answers: list[AnswerWords]


@dataclass(frozen=True)
class ItemWords:
    """An item of a joint business, and what it still lacks."""

    code: str
    name: str
    matter: str
    after: list[str]
    condition: str
    shared: int
    fixed: list[tuple[str, str]]
    missing_fields: list[str]
    missing_materials: list[str]


@dataclass(frozen=True)
class AskedOnce:
    """A field or material that is asked once. users: the items that get it, as they call it."""

    label: str
    users: list[tuple[str, str]] = field(default_factory=list)


def questions_in_words(body: Body, matters: Definitions) -> list[QuestionWords]:
    """Will give the questions of a tree in the order they are asked."""
    return [
        QuestionWords(
            code=code,
            number=number,
            question=body["nodes"][code]["question"],
            help_text=body["nodes"][code].get("help", ""),
            is_start=code == body["start"],
            answers=[
                _answer_words(body, code, choice, matters)
                for choice in body["nodes"][code]["choices"]
            ],
        )
        for number, code in enumerate(trees.depths(body), start=1)
    ]


def leaf_in_words(body: Body, code: str, matters: Definitions) -> LeafWords:
    """Will give a conclusion in words; what its matter no longer has keeps its code."""
    leaf = body["leaves"][code]
    definition = matters.get(leaf["matter"], {})
    papers = {m["code"]: m["label"] for m in definition.get("materials_in", [])}
    asked = leaf.get("materials")
    return LeafWords(
        code=code,
        name=trees.leaf_name(body, code, matters),
        matter=str(definition.get("title") or leaf["matter"]),
        materials=None if asked is None else [papers.get(one, one) for one in asked],
        preset=_values_in_words(definition, leaf.get("preset", {})),
        note=leaf.get("note", ""),
        is_named=bool(leaf.get("label")),
    )


def leaves_in_words(body: Body, matters: Definitions) -> list[LeafWords]:
    """Will give every conclusion of a tree."""
    return [leaf_in_words(body, code, matters) for code in trees.leaves_in_order(body)]


def items_in_words(body: Body, matters: Definitions) -> list[ItemWords]:
    """Will give every item of a joint business, in order."""
    names = {item["code"]: joining.item_name(item, matters) for item in body["items"]}
    main = matters.get(body["matter"], {})
    found = []
    for item in body["items"]:
        own = matters.get(item["matter"], {})
        found.append(
            ItemWords(
                code=item["code"],
                name=names[item["code"]],
                matter=str(own.get("title") or item["matter"]),
                after=[names.get(code, code) for code in item.get("after", [])],
                condition=_condition_in_words(main, item.get("only_if")),
                shared=len(item["form_map"]) + len(item.get("materials_map", {})),
                fixed=_values_in_words(own, item.get("fixed", {})),
                missing_fields=[f["label"] for f in joining.missing_fields(item, own)],
                missing_materials=[m["label"] for m in joining.missing_materials(item, own)],
            )
        )
    return found


def fields_asked_once(body: Body, matters: Definitions) -> list[AskedOnce]:
    """Will give the fields of the shared form, each with the items that get its answer."""
    shared = matters.get(body["matter"], {}).get("form", {}).get("fields", [])
    return [
        AskedOnce(entry["label"], _users(body, matters, "form_map", entry["name"]))
        for entry in shared
    ]


def materials_asked_once(body: Body, matters: Definitions) -> list[AskedOnce]:
    """Will give the materials an applicant hands in, each with the items that get it."""
    shared = matters.get(body["matter"], {}).get("materials_in", [])
    return [
        AskedOnce(paper["label"], _users(body, matters, "materials_map", paper["code"]))
        for paper in shared
        if paper.get("source", "citizen") == "citizen"
    ]


def _answer_words(
    body: Body, code: str, choice: Mapping[str, Any], matters: Definitions
) -> AnswerWords:
    target = ""
    if choice.get("to") in body["nodes"]:
        target = body["nodes"][choice["to"]]["question"]
    elif choice.get("leaf") in body["leaves"]:
        target = trees.leaf_name(body, choice["leaf"], matters)
    return AnswerWords(choice["label"], target, "leaf" in choice, f"{code}.{choice['code']}")


def _values_in_words(
    definition: Mapping[str, Any], values: Mapping[str, Any]
) -> list[tuple[str, str]]:
    form = definition.get("form", {})
    shown = [(value.label, value.text) for value in show(form, values)]
    known = {entry["name"] for entry in form.get("fields", [])}
    return shown + [(name, str(value)) for name, value in values.items() if name not in known]


def _condition_in_words(main: Mapping[str, Any], condition: Mapping[str, Any] | None) -> str:
    if not condition:
        return ""
    name = condition["field"]
    entries = {e["name"]: e for e in main.get("form", {}).get("fields", [])}
    if name not in entries:
        return str(name)
    is_list = entries[name]["type"] == "multichoice"
    told = [
        show({"fields": [entries[name]]}, {name: [value] if is_list else value})[0].text
        for value in condition["in"]
    ]
    return labelled(entries[name]["label"], series(told))


def _users(body: Body, matters: Definitions, kind: str, source: str) -> list[tuple[str, str]]:
    found = []
    for item in body["items"]:
        labels = _own_labels(matters.get(item["matter"], {}), kind)
        found += [
            (joining.item_name(item, matters), labels.get(own, own))
            for own, shared in item.get(kind, {}).items()
            if shared == source
        ]
    return found


def _own_labels(definition: Mapping[str, Any], kind: str) -> dict[str, str]:
    if kind == "form_map":
        return {f["name"]: f["label"] for f in definition.get("form", {}).get("fields", [])}
    return {m["code"]: m["label"] for m in definition.get("materials_in", [])}
