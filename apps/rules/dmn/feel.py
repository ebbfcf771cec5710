"""The part of FEEL a cell may be written in: literals, tests, and three functions.

``write_cell`` and ``read_cell`` are each other's inverse. A text is cut into tokens once and
read from left to right without going back, so its cost grows with its length only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.rules.engine.cells import (
    Anything,
    Between,
    Cell,
    Contains,
    HasAll,
    HasAny,
    In,
    IsEmpty,
    NotIn,
    Within,
)
from apps.rules.engine.vocabulary import Fact, FactType

MAX_TEXT = 300_000  # characters of one cell
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>-?(?:\d{1,30}(?:\.(?!\.)\d{1,30})?|\.\d{1,30}))
      | (?P<sign><=|>=|\.\.|[<>=()\[\],?\-])
      | (?P<name>[A-Za-z]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
# What XML 1.0 cannot carry, or would change on the way.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FUNCTIONS = {
    FactType.AREA: ("starts", "with"),
    FactType.TEXT: ("contains",),
    FactType.TAGS: ("list", "contains"),
}


def write_cell(cell: Cell) -> str:
    """Will write a cell as a unary test."""
    match cell:
        case Anything():
            return "-"
        case IsEmpty():
            return "null"
        case In():
            return ",".join(write_literal(value) for value in cell.values)
        case NotIn():
            return f"not({','.join(write_literal(value) for value in cell.values)})"
        case Between():
            return _write_between(cell)
        case Within():
            return _calls("starts with", [path for path, _label in cell.areas], "or")
        case Contains():
            return _calls("contains", cell.words, "or")
        case HasAny():
            return _calls("list contains", cell.values, "or")
        case HasAll():
            return _calls("list contains", cell.values, "and")
    raise TypeError(f"no text for {cell!r}")


def write_literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f'date and time("{value.isoformat()}")'
    if isinstance(value, int | float):
        return format(Decimal(repr(value)), "f")
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + UNSAFE.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    return "\\u" + format(ord(found.group()), "04X")


def _write_between(cell: Between) -> str:
    lo, hi = write_literal(cell.lo), write_literal(cell.hi)
    if cell.hi is None:
        return f"{'>' if cell.lo_open else '>='} {lo}"
    if cell.lo is None:
        return f"{'<' if cell.hi_open else '<='} {hi}"
    return f"{'(' if cell.lo_open else '['}{lo}..{hi}{')' if cell.hi_open else ']'}"


def _calls(function: str, values: Any, joint: str) -> str:
    # A single "and" and a single "or" read alike: the mark keeps "all of" what it was.
    calls = [f"{function}(?, {write_literal(value)})" for value in values]
    if joint == "and" and len(calls) == 1:
        calls = calls * 2
    return f" {joint} ".join(calls)


def read_cell(fact: Fact, text: str) -> dict[str, Any] | None:
    """Will read a unary test as the stored form of a cell; None: any.

    Raises: ValueError with a message for people, for whatever is not in the subset.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(_("单元格超过 %(limit)s 个字") % {"limit": MAX_TEXT})
    tokens = _Tokens(text)
    if tokens.at_end() or (tokens.take("-") and tokens.at_end()):
        return None
    return _Reader(fact, _Tokens(text)).cell()


def read_literal(text: str) -> Any:
    """Will read one literal: of an output entry. Raises: ValueError."""
    if len(text) > MAX_TEXT:
        raise ValueError(_("单元格超过 %(limit)s 个字") % {"limit": MAX_TEXT})
    tokens = _Tokens(text)
    if tokens.at_end() or (tokens.take("-") and tokens.at_end()):
        return None
    tokens = _Tokens(text)
    value = _literal(tokens)
    tokens.expect_end()
    return value


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Tokens:
    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = _tokens_of(text)
        self._next: _Token | None = None
        self._step()

    def _step(self) -> None:
        self._next = next(self._rest, None)

    @property
    def next(self) -> _Token | None:
        return self._next

    def at_end(self) -> bool:
        return self._next is None

    def take(self, *texts: str) -> str:
        """Will step over the next token if it is one of these, and give it, else ""."""
        token = self._next
        if token is None or token.kind == "string" or token.text not in texts:
            return ""
        self._step()
        return token.text

    def take_kind(self, kind: str) -> str | None:
        token = self._next
        if token is None or token.kind != kind:
            return None
        self._step()
        return token.text

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.take(word):
                raise self.outside()

    def expect_end(self) -> None:
        if self._next is not None:
            raise self.outside()

    def outside(self) -> ValueError:
        shown = self._text.strip()
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
        return ValueError(_("“%(text)s”不在支持的写法之内") % {"text": shown})


def _tokens_of(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            shown = text[place : place + 20].strip()
            raise ValueError(_("读不懂“%(text)s”") % {"text": shown})
        yield _Token(found.lastgroup, found.group(found.lastgroup))
        place = found.end()


class _Reader:
    def __init__(self, fact: Fact, tokens: _Tokens) -> None:
        self.fact = fact
        self.tokens = tokens

    def cell(self) -> dict[str, Any]:
        tokens = self.tokens
        if tokens.take("null"):
            tokens.expect_end()
            return {"op": "empty"}
        if self.fact.type in _FUNCTIONS:
            found = self._calls()
        elif tokens.take("not"):
            tokens.expect("(")
            found = {"op": "not_in", "values": self._literals()}
            tokens.expect(")")
        else:
            found = self._interval() or {"op": "in", "values": self._literals()}
        tokens.expect_end()
        return found

    def _literals(self) -> list[Any]:
        values = [_literal(self.tokens)]
        while self.tokens.take(","):
            values.append(_literal(self.tokens))
        return values

    def _interval(self) -> dict[str, Any] | None:
        tokens = self.tokens
        sign = tokens.take("<", "<=", ">", ">=", "=")
        if sign:
            return {"op": "between", **_ends(sign, _plain(_literal(tokens)))}
        opening = tokens.take("[", "(", "]")
        if not opening:
            return None
        lo = _plain(_literal(tokens))
        tokens.expect("..")
        hi = _plain(_literal(tokens))
        closing = tokens.take("]", ")", "[")
        if not closing:
            raise tokens.outside()
        return {
            "op": "between",
            "lo": lo,
            "hi": hi,
            "lo_open": opening != "[",
            "hi_open": closing != "]",
        }

    def _calls(self) -> dict[str, Any]:
        tokens, joints, values = self.tokens, set(), [self._call()]
        while joint := tokens.take("or", "and"):
            joints.add(joint)
            values.append(self._call())
        if len(joints) > 1 or ("and" in joints and self.fact.type is not FactType.TAGS):
            raise tokens.outside()
        if self.fact.type is FactType.AREA:
            areas = dict.fromkeys(values)
            return {"op": "within", "areas": [{"path": path, "label": ""} for path in areas]}
        if self.fact.type is FactType.TEXT:
            return {"op": "contains", "words": values}
        return {"op": "has_all" if "and" in joints else "has_any", "values": values}

    def _call(self) -> str:
        tokens = self.tokens
        tokens.expect(*_FUNCTIONS[self.fact.type], "(", "?", ",")
        value = tokens.take_kind("string")
        if value is None:
            raise tokens.outside()
        tokens.expect(")")
        return _unescape(value)


def _ends(sign: str, end: Any) -> dict[str, Any]:
    if sign == "=":
        return {"lo": end, "hi": end}
    side = "lo" if sign.startswith(">") else "hi"
    return {side: end, f"{side}_open": len(sign) == 1}


def _literal(tokens: _Tokens) -> Any:
    text = tokens.take_kind("string")
    if text is not None:
        return _unescape(text)
    number = tokens.take_kind("number")
    if number is not None:
        return _number(number)
    word = tokens.take("true", "false", "null", "date")
    if word == "date":
        return _moment(tokens)
    if not word:
        raise tokens.outside()
    return {"true": True, "false": False, "null": None}[word]


def _number(text: str) -> int | float:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


def _moment(tokens: _Tokens) -> datetime:
    tokens.expect("and", "time", "(")
    text = tokens.take_kind("string")
    tokens.expect(")")
    try:
        moment = datetime.fromisoformat(_unescape(text or '""'))
    except ValueError:
        raise tokens.outside() from None
    if moment.tzinfo is None:
        raise ValueError(_("日期时间应带时区"))
    return moment


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _unescape(quoted: str) -> str:
    def one(found: re.Match[str]) -> str:
        code, sign = found.groups()
        if code:
            return chr(int(code, 16))
        if sign not in _ESCAPED:
            raise ValueError(_("读不懂“%(text)s”") % {"text": found.group()})
        return _ESCAPED[sign]

    return _ESCAPE.sub(one, quoted[1:-1])
