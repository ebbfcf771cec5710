"""Reads just enough of a model file to refuse it before any runtime sees it.

An ONNX file is a protobuf message. Here it is walked field by field: which operator sets it
asks for, how many nodes it has, and whether a tensor says that its bytes stand in another file.
Standard library only: the child runs this file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

#: Operator sets of the standard; anything else would need a vendor's own library.
STANDARD = {"", "ai.onnx", "ai.onnx.ml"}
MOST_NODES = 100_000
MOST_DEPTH = 24


class Unreadable(Exception):
    """These bytes are no model we can read."""


@dataclass
class Facts:
    """What a model file says of itself. opsets: domain -> version. outside: paths it names."""

    opsets: dict[str, int] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)
    nodes: int = 0
    outside: list[str] = field(default_factory=list)


def facts_of(content: bytes) -> Facts:
    """Will walk a whole model. Raises: Unreadable."""
    facts = Facts()
    has_graph = False
    for number, value in _fields(memoryview(content)):
        if number == 7:
            has_graph = True
            _graph(value, facts, 0)
        elif number == 8:
            _opset(value, facts)
        elif number == 25:
            _function(value, facts)
    if not has_graph:
        raise Unreadable("no graph")
    return facts


def _fields(view: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Gives the fields that have bytes; numbers are given as their varint's bytes."""
    at = 0
    while at < len(view):
        tag, at = _varint(view, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise Unreadable("field 0")
        start = at
        if kind == 0:
            _value, at = _varint(view, at)
        elif kind == 1:
            at += 8
        elif kind == 2:
            length, start = _varint(view, at)
            at = start + length
        elif kind == 5:
            at += 4
        else:
            raise Unreadable(f"wire type {kind}")
        if at > len(view):
            raise Unreadable("cut short")
        yield number, view[start:at]


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(view) or shift > 63:
            raise Unreadable("cut short")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _text(value: memoryview) -> str:
    return bytes(value[:200]).decode("utf-8", "replace")


def _graph(view: memoryview, facts: Facts, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise Unreadable("nested too deep")
    for number, value in _fields(view):
        if number == 1:
            _node(value, facts, depth)
        elif number == 5:
            _tensor(value, facts)
        elif number == 15:
            _sparse(value, facts)


def _node(view: memoryview, facts: Facts, depth: int) -> None:
    facts.nodes += 1
    if facts.nodes > MOST_NODES:
        raise Unreadable("too many nodes")
    domain = ""
    for number, value in _fields(view):
        if number == 7:
            domain = _text(value)
        elif number == 5:
            _attribute(value, facts, depth)
    facts.domains.add(domain)


def _attribute(view: memoryview, facts: Facts, depth: int) -> None:
    for number, value in _fields(view):
        if number in (5, 10):
            _tensor(value, facts)
        elif number in (6, 11):
            _graph(value, facts, depth + 1)
        elif number in (22, 23):
            _sparse(value, facts)


def _sparse(view: memoryview, facts: Facts) -> None:
    for number, value in _fields(view):
        if number in (1, 2):
            _tensor(value, facts)


def _tensor(view: memoryview, facts: Facts) -> None:
    for number, value in _fields(view):
        if number == 13:
            facts.outside.append(_text(value))
        elif number == 14 and bytes(value) != b"\x00":
            facts.outside.append("")


def _function(view: memoryview, facts: Facts) -> None:
    for number, value in _fields(view):
        if number == 7:
            _node(value, facts, 0)
        elif number == 9:
            _opset(value, facts)


def _opset(view: memoryview, facts: Facts) -> None:
    domain, version = "", 0
    for number, value in _fields(view):
        if number == 1:
            domain = _text(value)
        elif number == 2:
            version, _at = _varint(value, 0)
    facts.opsets[domain] = version
