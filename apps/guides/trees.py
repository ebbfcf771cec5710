"""Question trees: what they look like, why one may not be published, how one is walked (MT-15).

    start       the code of the first question
    nodes       {code: {question, help?, choices: [{code, label, to | leaf}]}}
    leaves      {code: {matter, materials?: [code], preset?: {form field: value}, note?}}
    expected    {path: leaf}, the examples a tree must lead rightly before it is published

A path is the codes of the choices taken, with dots: "born.local". Two questions may lead to
the same third, never back to one asked before. Pure functions; nothing is read or written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.common.phrases import series

MOST_PATHS = 2000
_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["start", "nodes", "leaves"],
    "additionalProperties": False,
    "properties": {
        "start": _CODE,
        "nodes": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 200,
            "propertyNames": _CODE,
            "additionalProperties": {
                "type": "object",
                "required": ["question", "choices"],
                "additionalProperties": False,
                "properties": {
                    "question": {"type": "string", "minLength": 1, "maxLength": 120},
                    "help": {"type": "string", "maxLength": 500},
                    "choices": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 20,
                        "items": {
                            "type": "object",
                            "required": ["code", "label"],
                            "additionalProperties": False,
                            "properties": {
                                "code": _CODE,
                                "label": {"type": "string", "minLength": 1, "maxLength": 80},
                                "to": _CODE,
                                "leaf": _CODE,
                            },
                            "oneOf": [{"required": ["to"]}, {"required": ["leaf"]}],
                        },
                    },
                },
            },
        },
        "leaves": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": _CODE,
            "additionalProperties": {
                "type": "object",
                "required": ["matter"],
                "additionalProperties": False,
                "properties": {
                    "matter": {"type": "string"},
                    "materials": {"type": "array", "items": {"type": "string"}},
                    "preset": {"type": "object"},
                    "note": {"type": "string", "maxLength": 1000},
                },
            },
        },
        "expected": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


@dataclass(frozen=True)
class Path:
    """One way through a tree. codes: "born.local"; steps: (question, answer) in order."""

    codes: str
    steps: tuple[tuple[str, str], ...]
    leaf: str


@dataclass(frozen=True)
class Standing:
    """Where somebody stands: at a question, or at a leaf. steps: what was answered so far."""

    path: str
    steps: tuple[tuple[str, str], ...]
    node: Mapping[str, Any] | None
    leaf: Mapping[str, Any] | None


def paths(body: Mapping[str, Any]) -> list[Path]:
    """Will give every path of a checked tree, in the order of the choices."""
    return list(_paths(body, body["start"], (), ()))


def walk(body: Mapping[str, Any], path: str) -> Standing | None:
    """Will follow a path of a checked tree; None where it leads nowhere."""
    steps: list[tuple[str, str]] = []
    node: Mapping[str, Any] | None = body["nodes"][body["start"]]
    leaf: Mapping[str, Any] | None = None
    for code in [part for part in path.split(".") if part]:
        choice = next((c for c in node["choices"] if c["code"] == code), None) if node else None
        if node is None or choice is None:
            return None
        steps.append((node["question"], choice["label"]))
        leaf = body["leaves"][choice["leaf"]] if "leaf" in choice else None
        node = body["nodes"][choice["to"]] if "to" in choice else None
    return Standing(path, tuple(steps), node, leaf)


def check(body: Any, *, matters: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Will list why a tree may not be published; empty: it may.

    matters: the definitions in force, by code of the matter.
    """
    errors = sorted(Draft202012Validator(SCHEMA).iter_errors(body), key=str)
    if errors:
        return [f"{'/'.join(str(p) for p in e.absolute_path) or '/'}：{e.message}" for e in errors]
    problems = list(_unknown(body)) or list(_circles(body))
    if problems:
        return problems
    problems = list(_leaves(body, matters))
    found = {}
    for number, one in enumerate(_paths(body, body["start"], (), ()), start=1):
        if number > MOST_PATHS:
            return [*problems, _("路径超过%(n)d条，请拆分") % {"n": MOST_PATHS}]
        found[one.codes] = one.leaf
    return problems + list(_expectations(body, found))


def _unknown(body: Mapping[str, Any]) -> Iterator[str]:
    if body["start"] not in body["nodes"]:
        yield _("起始问题“%s”不存在") % body["start"]
    for code, node in body["nodes"].items():
        codes = [c["code"] for c in node["choices"]]
        if len(set(codes)) < len(codes):
            yield _("问题“%s”的选项代码重复") % code
        for choice in node["choices"]:
            if "to" in choice and choice["to"] not in body["nodes"]:
                yield _("选项“%(label)s”指向不存在的问题“%(to)s”") % choice
            if "leaf" in choice and choice["leaf"] not in body["leaves"]:
                yield _("选项“%(label)s”指向不存在的结论“%(leaf)s”") % choice


def _circles(body: Mapping[str, Any]) -> Iterator[str]:
    """A question that leads back to itself, and questions and leaves nobody reaches."""
    done: set[str] = set()
    met: set[str] = set()
    leaves: set[str] = set()
    stack: list[tuple[str, bool]] = [(body["start"], False)]
    while stack:
        code, leaving = stack.pop()
        if leaving:
            met.discard(code)
            done.add(code)
            continue
        if code in done:
            continue
        if code in met:
            yield _("问题“%s”会绕回自身，永远走不完") % body["nodes"][code]["question"]
            return
        met.add(code)
        stack.append((code, True))
        for choice in body["nodes"][code]["choices"]:
            if "to" not in choice:
                leaves.add(choice["leaf"])
            elif choice["to"] in met:
                question = body["nodes"][choice["to"]]["question"]
                yield _("问题“%s”会绕回自身，永远走不完") % question
                return
            elif choice["to"] not in done:
                stack.append((choice["to"], False))
    for code in sorted(set(body["nodes"]) - done):
        yield _("问题“%s”没有任何选项指向它") % code
    for code in sorted(set(body["leaves"]) - leaves):
        yield _("结论“%s”没有任何选项指向它") % code


def _leaves(body: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for code, leaf in body["leaves"].items():
        definition = matters.get(leaf["matter"])
        if definition is None:
            yield _("结论“%(leaf)s”的事项“%(matter)s”未发布") % {
                "leaf": code,
                "matter": leaf["matter"],
            }
            continue
        materials = {m["code"] for m in definition.get("materials_in", [])}
        fields = {f["name"] for f in definition.get("form", {}).get("fields", [])}
        lost = [m for m in leaf.get("materials", []) if m not in materials]
        lost += [f for f in leaf.get("preset", {}) if f not in fields]
        if lost:
            yield _("结论“%(leaf)s”用到事项中没有的材料或字段：%(names)s") % {
                "leaf": code,
                "names": series(lost),
            }


def _expectations(body: Mapping[str, Any], found: Mapping[str, str]) -> Iterator[str]:
    for path, leaf in body.get("expected", {}).items():
        if path not in found:
            yield _("预期路径“%s”不存在或没有走到结论") % path
        elif found[path] != leaf:
            yield _("路径“%(path)s”应得到“%(leaf)s”，实际得到“%(found)s”") % {
                "path": path,
                "leaf": leaf,
                "found": found[path],
            }


def _paths(
    body: Mapping[str, Any],
    code: str,
    codes: tuple[str, ...],
    steps: tuple[tuple[str, str], ...],
) -> Iterator[Path]:
    node = body["nodes"][code]
    for choice in node["choices"]:
        taken, told = (*codes, choice["code"]), (*steps, (node["question"], choice["label"]))
        if "leaf" in choice:
            yield Path(".".join(taken), told, choice["leaf"])
        else:
            yield from _paths(body, choice["to"], taken, told)
