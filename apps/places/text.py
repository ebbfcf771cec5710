"""How place names are written: one clean form of what people type, say and print.

Pure functions on text; no database. ``normalise`` keeps what is said, ``address_key`` also
drops what makes no difference between two spellings of the same address. ``traced_key``
gives the same key and remembers which piece of the text each of its characters came from.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "零〇○一二两三四五六七八九十百千"
# Only before these words is a numeral a number: 三号楼, but never 三元路 or 八一路. A numeral
# is read from its first character and has at most twelve, so that work stays linear.
_COUNTED = r"(?=(?:号|弄|幢|栋|座|单元|室|层|楼|米|公里|千米|里地))"
_CHINESE_NUMBER = re.compile(f"(?<![{_NUMERAL}])([{_NUMERAL}]{{1,12}}){_COUNTED}")
# Between the ends of a row of doors: 十二至十四号.
_CHINESE_RANGE = re.compile(f"(?<![{_NUMERAL}])([{_NUMERAL}]{{1,12}})(?=[至到-]\\d)")
_SPACES = re.compile(r"\s+")

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def chinese_number(numeral: str) -> int:
    """Will read a Chinese numeral up to 9,999: 十二 = 12, 二〇三 = 203, 一百零五 = 105."""
    if not any(c in _UNITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def _in_digits(match: re.Match[str]) -> str:
    return str(chinese_number(match.group(1)))


_PLAIN: tuple[Rule, ...] = (
    (_SPACES, " "),
    (_CHINESE_NUMBER, _in_digits),
    (_CHINESE_RANGE, _in_digits),
)
_KEY: tuple[Rule, ...] = (
    (re.compile(r"(?<=\d) ?[~—–至到-]+ ?(?=\d)"), "-"),
    (re.compile(r"\.(?!\d)|(?<!\d)\.|[\s,;:!?()\[\]{}'\"/\\|、。“”‘’《》【】·~]+"), ""),
    (re.compile(r"(?<=\d)#"), "号"),
    (re.compile(r"(?<=\d)号院(?!\w{0,12}学)"), "号"),
    (re.compile(r"(?<=\d)(?:幢|栋|座|号楼|#楼)"), "号楼"),
    (re.compile(r"(?<=[路街巷道])(?:与|&)(?=\w)"), ""),
    (
        re.compile(r"的?(?:交叉路?口|交汇(?:处|口)?|交界(?:处|口)?|相交处|十字路口|丁字路口)"),
        "路口",
    ),
)


def normalise(text: str) -> str:
    """Will give the text half-width, lower case, single-spaced, counted numerals in digits."""
    # PostgreSQL cannot hold the null character.
    plain = unicodedata.normalize("NFKC", text.replace("\0", "")).lower()
    return _rewritten(plain, _PLAIN).strip()


def address_key(text: str) -> str:
    """Will give the form in which two spellings of one address are equal.

    12#, 12号院 and 12 号 become 12号; 3幢, 3栋 and 3座 become 3号楼; 12至14号 becomes 12-14号;
    A路与B路交叉口 becomes A路B路路口. Spaces and punctuation fall away.
    """
    return _rewritten(normalise(text), _KEY)


@dataclass(frozen=True)
class Traced:
    """A rewritten text. starts, ends: per character, the piece of the source it stands for."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Will give where in the source the characters from start to end came from."""
        if start >= end:
            at = self.ends[start - 1] if start else 0
            return at, at
        return self.starts[start], self.ends[end - 1]

    def rewritten(self, rule: Rule) -> "Traced":
        """Will apply a rule; what replaces a piece stands for the whole piece."""
        pattern, new = rule
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            begin, end = match.span()
            put = new if isinstance(new, str) else new(match)
            text += [self.text[done:begin], put]
            starts += [*self.starts[done:begin], *[self.starts[begin]] * len(put)]
            ends += [*self.ends[done:begin], *[self.ends[end - 1]] * len(put)]
            done = end
        if not done:
            return self
        text.append(self.text[done:])
        return Traced("".join(text), (*starts, *self.starts[done:]), (*ends, *self.ends[done:]))


def traced_key(text: str) -> Traced:
    """Will give ``address_key`` of the text with the places its characters came from."""
    chars: list[str] = []
    at: list[int] = []
    for index, char in enumerate(text):
        plain = "" if char == "\0" else unicodedata.normalize("NFKC", char).lower()
        chars.append(plain)
        at += [index] * len(plain)
    traced = Traced("".join(chars), tuple(at), tuple(index + 1 for index in at))
    for rule in (*_PLAIN, *_KEY):
        traced = traced.rewritten(rule)
    return traced


def _rewritten(text: str, rules: tuple[Rule, ...]) -> str:
    for pattern, new in rules:
        text = pattern.sub(new, text)
    return text
