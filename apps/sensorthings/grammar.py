"""The text of ``$filter`` and ``$orderby`` read into a small tree. No I/O, nothing of rows.

A hand-written recursive descent over OData's words as OGC SensorThings has them. Length, depth
and number of nodes are bounded, so that nothing a stranger writes costs more than reading it.
Source: OGC 18-088 clause 9.3.3.5.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from typing import Any, TypeAlias

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

MOST_CHARACTERS = 8000
MOST_DEPTH = 40
MOST_NODES = 300
MOST_NAMES = 12
COMPARED = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_SUMS, _PRODUCTS = frozenset({"add", "sub"}), frozenset({"mul", "div", "mod"})
_WORD = r"[^\W\d][\w.@\-]*"
_TOKEN = re.compile(
    rf"""
    \s*(?:
      (?P<time>\d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<date>\d{{4}}-\d\d-\d\d)
    | (?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<typed>(?:geography|geometry|duration)'(?:[^']|'')*')
    | (?P<text>'(?:[^']|'')*')
    | (?P<word>@?{_WORD}(?:/[\w.@\-]+)*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Literal:
    """A value: a number, text, bool, None, datetime, date, time, timedelta or geometry."""

    value: Any
    text: str = ""


@dataclass(frozen=True)
class Path:
    """Names joined by slashes."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function of arguments."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True)
class Pair:
    """Two sides and what stands between: a comparison or arithmetic."""

    op: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Group:
    """Conditions joined by "and" or "or"; "not" has one."""

    op: str
    members: "tuple[Node, ...]"


@dataclass(frozen=True)
class Among:
    """One of several values."""

    subject: "Node"
    values: "tuple[Node, ...]"


Node: TypeAlias = Literal | Path | Call | Pair | Group | Among


def refused(reason: str, name: str = "$filter") -> InvalidInput:
    """Will make the refusal of a filter or an order."""
    return InvalidInput(
        _("%(name)s 不可用：%(reason)s") % {"name": name, "reason": reason}, field=name
    )


def parse_filter(text: str) -> Node:
    """Will read a filter. Raises: InvalidInput naming where it stumbled."""
    return _Reader(text, "$filter").whole()


def parse_order(text: str) -> list[tuple[Node, bool]]:
    """Will read an order: expressions, each with whether it descends. Raises: InvalidInput."""
    return _Reader(text, "$orderby").orders()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self._name = name
        if len(text) > MOST_CHARACTERS:
            raise self._refused(_("不得超过 %(most)d 个字符") % {"most": MOST_CHARACTERS})
        if "\x00" in text:
            raise self._refused(_("含有不可用的字符"))
        self._tokens = self._split(text)
        self._at = 0
        self._nodes = 0

    def whole(self) -> Node:
        found = self._any(0)
        self._end()
        return found

    def orders(self) -> list[tuple[Node, bool]]:
        found = []
        while True:
            subject = self._sum(0)
            word = self._word({"asc", "desc"})
            found.append((subject, word == "desc"))
            if not self._mark(","):
                break
        self._end()
        return found

    def _split(self, text: str) -> list[tuple[str, str]]:
        found, place = [], 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise self._refused(_("第 %(n)d 个字符处无法识别") % {"n": place + 1})
            found.append((match.lastgroup, match.group(match.lastgroup)))
            place = match.end()
        return found

    def _any(self, depth: int) -> Node:
        return self._joined("or", lambda: self._all(depth + 1))

    def _all(self, depth: int) -> Node:
        return self._joined("and", lambda: self._not(depth + 1))

    def _joined(self, op: str, read: Any) -> Node:
        members = [read()]
        while self._word({op}):
            members.append(read())
        return members[0] if len(members) == 1 else Group(op, tuple(members))

    def _not(self, depth: int) -> Node:
        self._count(depth)
        if self._word({"not"}):
            return Group("not", (self._not(depth + 1),))
        return self._compared(depth + 1)

    def _compared(self, depth: int) -> Node:
        left = self._sum(depth)
        if op := self._word(COMPARED):
            return Pair(op, left, self._sum(depth + 1))
        if self._word({"in"}):
            self._need("(")
            values = self._arguments(depth + 1)
            if not values:
                raise self._refused(_("缺少“%(mark)s”") % {"mark": "in (…)"})
            return Among(left, values)
        return left

    def _sum(self, depth: int) -> Node:
        return self._chain(_SUMS, lambda: self._chain(_PRODUCTS, lambda: self._one(depth + 1)))

    def _chain(self, ops: frozenset[str], read: Any) -> Node:
        found = read()
        while op := self._word(ops):
            found = Pair(op, found, read())
        return found

    def _one(self, depth: int) -> Node:
        self._count(depth)
        if self._mark("("):
            found = self._any(depth + 1)
            self._need(")")
            return found
        kind, text = self._next()
        if kind == "word":
            if self._mark("("):
                return Call(text.lower(), self._arguments(depth + 1))
            constant = {"true": True, "false": False, "null": None}
            if text in constant:
                return Literal(constant[text], text)
            names = tuple(text.split("/"))
            if len(names) > MOST_NAMES:
                raise self._refused(_("嵌套不得超过 %(most)d 层") % {"most": MOST_NAMES})
            return Path(names)
        return self._literal(kind, text)

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        if self._mark(")"):
            return ()
        while True:
            found.append(self._any(depth))
            if self._mark(")"):
                return tuple(found)
            self._need(",")

    def _literal(self, kind: str, text: str) -> Literal:
        try:
            match kind:
                case "number":
                    number = float(text)
                    return Literal(int(text) if text.lstrip("-").isdigit() else number, text)
                case "text":
                    plain = text[1:-1].replace("''", "'")
                    return Literal(plain, plain)
                case "time":
                    return Literal(moment_of(text), text)
                case "date":
                    return Literal(parse_date(text), text)
                case "clock":
                    return Literal(parse_time(text), text)
                case "typed":
                    return self._typed(text)
        except (ValueError, OverflowError, GDALException, GEOSException) as error:
            raise self._refused(_("“%(text)s”不是有效的值") % {"text": text[:60]}) from error
        raise self._refused(_("“%(text)s”不应在此处") % {"text": text[:60]})

    @staticmethod
    def _typed(text: str) -> Literal:
        word, _quote, rest = text.partition("'")
        plain = rest[:-1].replace("''", "'")
        if word == "duration":
            length = parse_duration(plain)
            if length is None:
                raise ValueError(plain)
            return Literal(length, plain)
        shape = GEOSGeometry(plain, srid=4326)
        if shape.empty or shape.srid != 4326 or not shape.valid:
            raise ValueError(plain)
        return Literal(shape, plain)

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if depth > MOST_DEPTH * 4:
            raise self._refused(_("嵌套不得超过 %(most)d 层") % {"most": MOST_DEPTH})
        if self._nodes > MOST_NODES:
            raise self._refused(_("条件不得超过 %(most)d 个") % {"most": MOST_NODES})

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._refused(_("不完整"))
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, words: frozenset[str] | set[str]) -> str:
        """Takes the next word if it is one of these; "" otherwise."""
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "word" and text in words:
                self._at += 1
                return text
        return ""

    def _mark(self, mark: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("mark", mark):
            self._at += 1
            return True
        return False

    def _need(self, mark: str) -> None:
        if not self._mark(mark):
            raise self._refused(_("缺少“%(mark)s”") % {"mark": mark})

    def _end(self) -> None:
        if self._at < len(self._tokens):
            text = self._tokens[self._at][1][:60]
            raise self._refused(_("“%(text)s”不应在此处") % {"text": text})

    def _refused(self, reason: str) -> InvalidInput:
        return refused(reason, self._name)


def moment_of(text: str) -> Any:
    """Will read a moment; one without a zone is in UTC. Raises: ValueError."""
    found = parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
