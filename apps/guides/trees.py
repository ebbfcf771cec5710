"""Question trees: what they look like, why one may not be published, how one is walked (MT-15).

    start       the code of the first question
    nodes       {code: {question, help?, choices: [{code, label, to | leaf}]}}
    leaves      {code: {matter, label?, materials?: [code], preset?: {form field: value}, note?}}
    expected    {path: leaf}, the examples a tree must lead rightly before it is published

A path is the codes of the choices taken, with dots: "born.local". Two questions may lead to
the same third, never back to one asked before. A draft may lack its start, its questions and
where a choice leads; ``faults`` tells so. Pure functions; nothing is read or written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import bracketed, series
from apps.guides.faults import Fault, shape_faults

MOST_PATHS = 2000
MOST_CHOICES = 20
EMPTY: dict[str, Any] = {"start": "", "nodes": {}, "leaves": {}, "expected": {}}
_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["start", "nodes", "leaves"],
    "additionalProperties": False,
    "properties": {
        "start": {"anyOf": [_CODE, {"const": ""}]},
        "nodes": {
            "type": "object",
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
                        "maxItems": MOST_CHOICES,
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
                            "not": {"required": ["to", "leaf"]},
                        },
                    },
                },
            },
        },
        "leaves": {
            "type": "object",
            "maxProperties": 200,
            "propertyNames": _CODE,
            "additionalProperties": {
                "type": "object",
                "required": ["matter"],
                "additionalProperties": False,
                "properties": {
                    "matter": {"type": "string"},
                    "label": {"type": "string", "maxLength": 80},
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
    """Will give every path of a sound tree, in the order of the choices."""
    return list(_paths(body, body["start"], (), ()))


def walk(body: Mapping[str, Any], path: str) -> Standing | None:
    """Will follow a path; None where it leads nowhere. Of a draft it may end before a leaf."""
    steps: list[tuple[str, str]] = []
    node: Mapping[str, Any] | None = body["nodes"].get(body["start"])
    leaf: Mapping[str, Any] | None = None
    if node is None:
        return None
    for code in [part for part in path.split(".") if part]:
        choice = next((c for c in node["choices"] if c["code"] == code), None) if node else None
        if node is None or choice is None:
            return None
        steps.append((node["question"], choice["label"]))
        leaf = body["leaves"].get(choice.get("leaf"))
        node = body["nodes"].get(choice.get("to"))
    return Standing(path, tuple(steps), node, leaf)


def leaf_at(body: Mapping[str, Any], path: str) -> str:
    """Will give the code of the leaf a path leads to; "" where it leads to none."""
    standing = walk(body, path)
    if standing is None or standing.leaf is None:
        return ""
    return next(code for code, leaf in body["leaves"].items() if leaf is standing.leaf)


def depths(body: Mapping[str, Any]) -> dict[str, int]:
    """Will give every question, those asked first in front, and how many may come before it.

    A question that nobody reaches stands at the end, as deep as the first.
    """
    found: dict[str, int] = {}
    row = [body["start"]] if body["start"] in body["nodes"] else []
    depth = 0
    while row:
        found |= dict.fromkeys(row, depth)
        leads = [t for code in row for t in _leads_to(body, code) if t not in found]
        row, depth = list(dict.fromkeys(leads)), depth + 1
    rounds = range(0 if not found or _turning(body) else len(found))
    for _round in rounds:  # a question reached by a long and a short way stands behind both
        for code in list(found):
            for target in _leads_to(body, code):
                found[target] = max(found[target], found[code] + 1)
    return found | {code: 0 for code in body["nodes"] if code not in found}


def leaves_in_order(body: Mapping[str, Any]) -> list[str]:
    """Will give the leaves as the questions come to them, then those nobody comes to."""
    met = [
        choice["leaf"]
        for code in depths(body)
        for choice in body["nodes"][code]["choices"]
        if choice.get("leaf") in body["leaves"]
    ]
    return list(dict.fromkeys([*met, *body["leaves"]]))


def leaf_name(body: Mapping[str, Any], code: str, matters: Mapping[str, Mapping[str, Any]]) -> str:
    """Will give what people call a leaf: its own name, else that of its matter.

    Leaves that would be called the same are numbered.
    """
    name = _called(body["leaves"][code], matters)
    same = [c for c in leaves_in_order(body) if _called(body["leaves"][c], matters) == name]
    return name if len(same) < 2 else f"{name}{bracketed(same.index(code) + 1)}"


def _called(leaf: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]]) -> str:
    own = leaf.get("label") or matters.get(leaf["matter"], {}).get("title")
    return str(own or leaf["matter"])


def check(body: Any, *, matters: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Will list why a tree may not be published; empty: it may. See ``faults``."""
    return [fault.words for fault in faults(body, matters=matters)]


def faults(body: Any, *, matters: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """Will list what keeps a tree from being published, each beside what it concerns.

    matters: the definitions in force, by code of the matter.
    """
    if found := shape_faults(body, SCHEMA):
        return found
    lost = list(_unknown(body))
    found = [*lost, *_unfinished(body)]
    turning = _turning(body) if body["start"] in body["nodes"] else ""
    if turning:
        words = _("问题“%s”会绕回自身，永远走不完") % body["nodes"][turning]["question"]
        return [*found, Fault(words, f"node:{turning}")]
    found += [*_unreached(body, matters), *_leaves(body, matters)]
    if lost or not body["nodes"] or not body["start"]:
        return found
    ends = {}
    for number, one in enumerate(_paths(body, body["start"], (), ()), start=1):
        if number > MOST_PATHS:
            return [*found, Fault(_("路径超过%(n)d条，请拆分") % {"n": MOST_PATHS})]
        ends[one.codes] = one.leaf
    return found + list(_expectations(body, ends, matters))


def _leads_to(body: Mapping[str, Any], code: str) -> list[str]:
    """The questions that the choices of one lead to, in order."""
    choices = body["nodes"][code]["choices"]
    return [c["to"] for c in choices if c.get("to") in body["nodes"]]


def _unknown(body: Mapping[str, Any]) -> Iterator[Fault]:
    if body["start"] and body["start"] not in body["nodes"]:
        yield Fault(_("起始问题“%s”不存在") % body["start"])
    for code, node in body["nodes"].items():
        place = f"node:{code}"
        codes = [c["code"] for c in node["choices"]]
        if len(set(codes)) < len(codes):
            yield Fault(_("问题“%s”的选项代码重复") % node["question"], place)
        for choice in node["choices"]:
            if "to" in choice and choice["to"] not in body["nodes"]:
                yield Fault(_("选项“%(label)s”指向不存在的问题“%(to)s”") % choice, place)
            if "leaf" in choice and choice["leaf"] not in body["leaves"]:
                yield Fault(_("选项“%(label)s”指向不存在的结论“%(leaf)s”") % choice, place)


def _unfinished(body: Mapping[str, Any]) -> Iterator[Fault]:
    """What a draft may still lack and a published tree may not."""
    if not body["nodes"]:
        yield Fault(_("还没有问题"))
    elif not body["start"]:
        yield Fault(_("还没有选定第一个问题"))
    for code, node in body["nodes"].items():
        if not node["choices"]:
            yield Fault(_("问题“%s”还没有答案") % node["question"], f"node:{code}")
        for choice in node["choices"]:
            if "to" not in choice and "leaf" not in choice:
                words = _("问题“%(question)s”的答案“%(label)s”还没有去向") % {
                    "question": node["question"],
                    "label": choice["label"],
                }
                yield Fault(words, f"node:{code}")


def _turning(body: Mapping[str, Any]) -> str:
    """The first question met that leads back to itself; "" where none does."""
    done: set[str] = set()
    met: set[str] = set()
    stack: list[tuple[str, bool]] = [(body["start"], False)]
    while stack:
        code, leaving = stack.pop()
        if leaving:
            met.discard(code)
            done.add(code)
            continue
        if code in done:
            continue
        met.add(code)
        stack.append((code, True))
        for target in _leads_to(body, code):
            if target in met:
                return target
            if target not in done:
                stack.append((target, False))
    return ""


def _unreached(
    body: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]]
) -> Iterator[Fault]:
    """Questions and leaves that no choice leads to, seen from the start."""
    reached: set[str] = set()
    todo = [body["start"]] if body["start"] in body["nodes"] else []
    while todo:
        code = todo.pop()
        if code not in reached:
            reached.add(code)
            todo += _leads_to(body, code)
    for code in sorted(set(body["nodes"]) - reached) if body["start"] else ():
        question = body["nodes"][code]["question"]
        yield Fault(_("问题“%s”没有任何选项指向它") % question, f"node:{code}")
    ends = {c.get("leaf") for code in reached for c in body["nodes"][code]["choices"]}
    for code in sorted(set(body["leaves"]) - ends) if body["start"] else ():
        words = _("结论“%s”没有任何选项指向它") % leaf_name(body, code, matters)
        yield Fault(words, f"leaf:{code}")


def _leaves(body: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    for code, leaf in body["leaves"].items():
        definition, place = matters.get(leaf["matter"]), f"leaf:{code}"
        name = leaf_name(body, code, matters)
        if definition is None:
            words = _("结论“%(leaf)s”的事项“%(matter)s”未发布")
            yield Fault(words % {"leaf": name, "matter": leaf["matter"]}, place)
            continue
        materials = {m["code"] for m in definition.get("materials_in", [])}
        fields = {f["name"] for f in definition.get("form", {}).get("fields", [])}
        lost = [m for m in leaf.get("materials", []) if m not in materials]
        lost += [f for f in leaf.get("preset", {}) if f not in fields]
        if lost:
            words = _("结论“%(leaf)s”用到事项中没有的材料或字段：%(names)s")
            yield Fault(words % {"leaf": name, "names": series(lost)}, place)


def _expectations(
    body: Mapping[str, Any],
    found: Mapping[str, str],
    matters: Mapping[str, Mapping[str, Any]],
) -> Iterator[Fault]:
    def name(leaf: str) -> str:
        return leaf_name(body, leaf, matters) if leaf in body["leaves"] else leaf

    for path, leaf in body.get("expected", {}).items():
        place, taken = f"path:{path}", path_words(body, path)
        if path not in found:
            yield Fault(_("样例“%s”已走不到结论") % taken, place)
        elif found[path] != leaf:
            words = _("样例“%(path)s”应得到“%(leaf)s”，实际得到“%(found)s”")
            wrong = {"path": taken, "leaf": name(leaf), "found": name(found[path])}
            yield Fault(words % wrong, place)


def path_words(body: Mapping[str, Any], path: str) -> str:
    """Will say a path by its answers; by its codes where it is no longer there."""
    standing = walk(body, path)
    return " → ".join(answer for _q, answer in standing.steps) if standing else path


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
        elif "to" in choice:
            yield from _paths(body, choice["to"], taken, told)
