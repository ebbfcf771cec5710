"""The cells of a table and the leaves of a condition.

A fact that is not known (None) satisfies only ``Anything`` and ``IsEmpty``: nobody may be sent
somewhere because "not in {…}" held for want of an answer.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import series
from apps.rules.engine.vocabulary import Fact, FactType, Value, options_of, to_plain

Test = Callable[[Value], bool]

MAX_VALUES = 1000  # in one cell
MAX_WORD = 50
MAX_WORDS = 100
MAX_LABEL = 200
_SHOWN = 12


class Cell:
    """One condition on one fact. ``accepts`` is the meaning, ``compile`` its quick form."""

    op = ""

    @abstractmethod
    def accepts(self, value: Value) -> bool:
        """Will tell whether a value satisfies the condition."""

    def compile(self) -> Test:
        return self.accepts

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op}

    @abstractmethod
    def text(self, fact: Fact) -> str:
        """Will say the condition without the fact's name: "属于“道路破损、井盖缺失”"."""


@dataclass(frozen=True)
class Anything(Cell):
    op = "any"

    def accepts(self, value: Value) -> bool:
        return True

    def text(self, fact: Fact) -> str:
        return _("不限")


@dataclass(frozen=True)
class IsEmpty(Cell):
    op = "empty"

    def accepts(self, value: Value) -> bool:
        return value is None

    def text(self, fact: Fact) -> str:
        return _("为空")


@dataclass(frozen=True)
class In(Cell):
    values: tuple[Any, ...]
    op = "in"

    def accepts(self, value: Value) -> bool:
        return value is not None and value in self.values

    def compile(self) -> Test:
        return frozenset(self.values).__contains__

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "values": list(self.values)}

    def text(self, fact: Fact) -> str:
        if len(self.values) == 1:
            return _("是“%(value)s”") % {"value": fact.describe_one(self.values[0])}
        return _("属于“%(values)s”") % {"values": _listed(fact, self.values)}


@dataclass(frozen=True)
class NotIn(Cell):
    values: tuple[Any, ...]
    op = "not_in"

    def accepts(self, value: Value) -> bool:
        return value is not None and value not in self.values

    def compile(self) -> Test:
        refused = frozenset(self.values) | {None}
        return lambda value: value not in refused

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "values": list(self.values)}

    def text(self, fact: Fact) -> str:
        return _("不属于“%(values)s”") % {"values": _listed(fact, self.values)}


@dataclass(frozen=True)
class Between(Cell):
    """lo, hi: None for an open side. An end belongs to the interval unless it is open."""

    lo: Any = None
    hi: Any = None
    lo_open: bool = False
    hi_open: bool = False
    op = "between"

    def accepts(self, value: Value) -> bool:
        if value is None:
            return False
        if self.lo is not None and (value < self.lo or (self.lo_open and value == self.lo)):
            return False
        return not (
            self.hi is not None and (value > self.hi or (self.hi_open and value == self.hi))
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "op": self.op,
            "lo": to_plain(self.lo),
            "hi": to_plain(self.hi),
            "lo_open": self.lo_open,
            "hi_open": self.hi_open,
        }

    def text(self, fact: Fact) -> str:
        lo = fact.describe_one(self.lo) if self.lo is not None else ""
        hi = fact.describe_one(self.hi) if self.hi is not None else ""
        if self.lo is not None and self.lo == self.hi:
            return _("等于%(value)s") % {"value": lo}
        if not hi:
            return (_("大于%(value)s") if self.lo_open else _("不小于%(value)s")) % {"value": lo}
        if not lo:
            return (_("小于%(value)s") if self.hi_open else _("不大于%(value)s")) % {"value": hi}
        opening, closing = "(" if self.lo_open else "[", ")" if self.hi_open else "]"
        return _("介于%(interval)s") % {"interval": f"{opening}{lo}，{hi}{closing}"}


@dataclass(frozen=True)
class HasAny(Cell):
    values: tuple[str, ...]
    op = "has_any"

    def accepts(self, value: Value) -> bool:
        return value is not None and any(tag in value for tag in self.values)

    def compile(self) -> Test:
        wanted = frozenset(self.values)
        return lambda value: value is not None and not wanted.isdisjoint(value)

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "values": list(self.values)}

    def text(self, fact: Fact) -> str:
        return _("含有“%(values)s”之一") % {"values": _listed(fact, self.values)}


@dataclass(frozen=True)
class HasAll(Cell):
    values: tuple[str, ...]
    op = "has_all"

    def accepts(self, value: Value) -> bool:
        return value is not None and all(tag in value for tag in self.values)

    def compile(self) -> Test:
        wanted = frozenset(self.values)
        return lambda value: value is not None and wanted <= value

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "values": list(self.values)}

    def text(self, fact: Fact) -> str:
        return _("同时含有“%(values)s”") % {"values": _listed(fact, self.values)}


@dataclass(frozen=True)
class Within(Cell):
    """areas: (path, label) pairs as the author chose them.

    prefixes: the paths that mean "these and below" today; more than the chosen paths after
    areas were merged or split.
    """

    areas: tuple[tuple[str, str], ...]
    prefixes: tuple[str, ...]
    op = "within"

    def accepts(self, value: Value) -> bool:
        return value is not None and any(value.startswith(prefix) for prefix in self.prefixes)

    def compile(self) -> Test:
        prefixes = self.prefixes
        return lambda value: value is not None and value.startswith(prefixes)

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "areas": [{"path": p, "label": label} for p, label in self.areas]}

    def text(self, fact: Fact) -> str:
        return _("在“%(areas)s”") % {"areas": _joined([label or p for p, label in self.areas])}


@dataclass(frozen=True)
class Contains(Cell):
    words: tuple[str, ...]
    op = "contains"

    def accepts(self, value: Value) -> bool:
        return value is not None and any(word in value for word in self.words)

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "words": list(self.words)}

    def text(self, fact: Fact) -> str:
        return _("提到“%(words)s”") % {"words": _joined(list(self.words))}


ANYTHING = Anything()

_KEYS = {
    "any": {"op"},
    "empty": {"op"},
    "in": {"op", "values"},
    "not_in": {"op", "values"},
    "between": {"op", "lo", "hi", "lo_open", "hi_open"},
    "has_any": {"op", "values"},
    "has_all": {"op", "values"},
    "within": {"op", "areas"},
    "contains": {"op", "words"},
}


def parse_cell(
    fact: Fact,
    raw: Any,
    *,
    expand_area: Callable[[str], list[str]] | None = None,
    any_value: bool = False,
) -> Cell:
    """Will turn the stored form of a cell into a ``Cell``; None means "any".

    expand_area: gives the path prefixes that mean an area today (merges and splits).
    any_value: accept values that are no longer among the choices (a published table goes on
    working when a dictionary entry is closed).
    Raises: ValueError with a message for people.
    """
    if raw is None:
        return ANYTHING
    if not isinstance(raw, Mapping):
        raise ValueError(_("单元格格式不正确"))
    op = raw.get("op")
    if not isinstance(op, str) or op not in _KEYS or set(raw) - _KEYS[op]:
        raise ValueError(_("不认识的条件"))
    if op == "any":
        return ANYTHING
    if op not in fact.allowed_operators:
        raise ValueError(_("“%(fact)s”不能用这种条件") % {"fact": fact.label})
    if op == "empty":
        return IsEmpty()
    if op == "between":
        return _parse_between(fact, raw)
    if op == "within":
        return _parse_within(fact, raw, expand_area)
    if op == "contains":
        return Contains(tuple(_parse_words(raw)))
    return _parse_set(fact, op, raw, any_value=any_value)


def _parse_set(fact: Fact, op: str, raw: Mapping[str, Any], *, any_value: bool) -> Cell:
    values = _bounded_list(raw.get("values"), MAX_VALUES)
    if fact.type is FactType.TAGS:
        read = [next(iter(fact.read([value]) or [""])) for value in values]
    else:
        read = [fact.read(value) for value in values]
    if any(value is None or value == "" for value in read):
        raise ValueError(_("不能有空值"))
    if fact.choices is not None and not any_value:
        known = options_of(fact.choices)
        for value in read:
            if value not in known:
                raise ValueError(_("“%(value)s”不在可选范围内") % {"value": value})
    unique = tuple(dict.fromkeys(read))
    kinds: dict[str, Callable[[tuple[Any, ...]], Cell]] = {
        "in": In,
        "not_in": NotIn,
        "has_any": HasAny,
        "has_all": HasAll,
    }
    return kinds[op](unique)


def _parse_between(fact: Fact, raw: Mapping[str, Any]) -> Between:
    lo, hi = fact.read(raw.get("lo")), fact.read(raw.get("hi"))
    lo_open, hi_open = raw.get("lo_open", False), raw.get("hi_open", False)
    if not isinstance(lo_open, bool) or not isinstance(hi_open, bool):
        raise ValueError(_("区间格式不正确"))
    if lo is None and hi is None:
        raise ValueError(_("区间至少要有一端"))
    if lo is not None and hi is not None and (lo > hi or (lo == hi and (lo_open or hi_open))):
        raise ValueError(_("区间是空的：下限大于上限"))
    return Between(lo, hi, lo_open and lo is not None, hi_open and hi is not None)


def _parse_within(
    fact: Fact, raw: Mapping[str, Any], expand: Callable[[str], list[str]] | None
) -> Within:
    areas = []
    for item in _bounded_list(raw.get("areas"), MAX_VALUES):
        if not isinstance(item, Mapping) or set(item) - {"path", "label"}:
            raise ValueError(_("区域格式不正确"))
        path, label = fact.read(item.get("path")), item.get("label", "")
        if path is None or not isinstance(label, str) or len(label) > MAX_LABEL:
            raise ValueError(_("区域格式不正确"))
        areas.append((path, label))
    prefixes = dict.fromkeys(
        prefix for path, _label in areas for prefix in (expand(path) if expand else [path])
    )
    return Within(tuple(dict(areas).items()), tuple(prefixes))


def _parse_words(raw: Mapping[str, Any]) -> list[str]:
    words = _bounded_list(raw.get("words"), MAX_WORDS)
    for word in words:
        if not isinstance(word, str) or not word.strip() or "\n" in word:
            raise ValueError(_("词语不能为空，也不能换行"))
        if len(word) > MAX_WORD:
            raise ValueError(_("词语最长 %(limit)s 个字") % {"limit": MAX_WORD})
    return list(dict.fromkeys(words))


def _bounded_list(raw: Any, limit: int) -> list[Any]:
    if not isinstance(raw, list) or not raw:
        raise ValueError(_("至少要列出一项"))
    if len(raw) > limit:
        raise ValueError(_("最多列出 %(limit)s 项") % {"limit": limit})
    return raw


def _listed(fact: Fact, values: tuple[Any, ...]) -> str:
    shown = [fact.describe_one(value) for value in values[: _SHOWN + 1]]
    return _joined(shown, total=len(values))


def _joined(labels: list[str], *, total: int | None = None) -> str:
    total = len(labels) if total is None else total
    if total <= _SHOWN:
        return series(labels)
    return _("%(labels)s等%(count)s项") % {"labels": series(labels[:_SHOWN]), "count": total}
