"""What a table may speak of: typed facts that go in, typed outputs that come out."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import series

Choices = Callable[[], Iterable[tuple[Any, Any]]]
_remembered: ContextVar[dict[Choices, dict[Any, Any]] | None] = ContextVar("choices", default=None)
Value = Any  # str, int, float, bool, frozenset[str], datetime or None, by the fact's type

MAX_TEXT = 20_000  # characters of a text fact that are looked at
MAX_CODE = 200
MAX_CODES = 20  # of an output that is several units
MAX_NUMBER = 10**15  # beyond it a float no longer tells neighbours apart
_AREA_PATH = re.compile(r"/(?:\d{1,18}/){1,20}\Z")
_SHOWN_TEXT = 40


class FactType(StrEnum):
    """The kinds of values a fact may have."""

    CODE = "code"
    NUMBER = "number"
    BOOL = "bool"
    TEXT = "text"
    TAGS = "tags"
    AREA = "area"
    DATETIME = "datetime"


class OutputType(StrEnum):
    """The kinds of values a row may give."""

    ORGANIZATION = "organization"
    ORGANIZATIONS = "organizations"
    NUMBER = "number"
    LIMIT = "limit"
    CODE = "code"
    TEXT = "text"
    BOOL = "bool"


class HitPolicy(StrEnum):
    """Which of the matching rows speak."""

    FIRST = "first"
    UNIQUE = "unique"
    COLLECT = "collect"
    RULE_ORDER = "rule_order"


OPERATORS: dict[FactType, tuple[str, ...]] = {
    FactType.CODE: ("in", "not_in", "empty"),
    FactType.NUMBER: ("between", "in", "not_in", "empty"),
    FactType.BOOL: ("in", "empty"),
    FactType.TEXT: ("contains", "empty"),
    FactType.TAGS: ("has_any", "has_all", "empty"),
    FactType.AREA: ("within", "empty"),
    FactType.DATETIME: ("between", "empty"),
}


@contextmanager
def choices_remembered() -> Iterator[None]:
    """Will ask each list of choices once within the block: they may come from a database."""
    if _remembered.get() is not None:
        yield
        return
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def options_of(choices: Choices) -> dict[Any, Any]:
    """Will give the choices as {code: label}."""
    memory = _remembered.get()
    if memory is None:
        return dict(choices())
    if choices not in memory:
        memory[choices] = dict(choices())
    return memory[choices]


@dataclass(frozen=True)
class Fact:
    """One typed input.

    choices: gives (code, label) pairs; a cell may name only these. None: any value.
    label_of: gives the label of one value where the choices are too many to list.
    required: a decision without this fact is refused; the check then knows no gap "missing".
    whole: a number without fraction, so that 3 < x < 4 is known to be empty.
    unit: shown behind numbers. operators: fewer than the type allows.
    An area's value is its path, "/1/5/23/", ancestors first.
    """

    code: str
    label: Any
    type: FactType
    choices: Choices | None = None
    label_of: Callable[[Any], str] | None = None
    required: bool = False
    whole: bool = False
    minimum: int | float | None = None
    maximum: int | float | None = None
    unit: Any = ""
    operators: tuple[str, ...] = ()
    help: Any = ""

    @property
    def allowed_operators(self) -> tuple[str, ...]:
        return self.operators or OPERATORS[self.type]

    def read(self, raw: Any) -> Value:
        """Will turn a plain value into the engine's, None for "not known".

        An empty text or list counts as not known.
        Raises: ValueError (with a message for people) for another type, NaN, a naive time.
        """
        if raw is None or raw == "" or (isinstance(raw, _COLLECTIONS) and not raw):
            return None
        return _READERS[self.type](raw)

    def describe(self, value: Value) -> str:
        """Will give the value as people say it."""
        if value is None:
            return _("未知")
        if isinstance(value, frozenset):
            return series(self.describe_one(v) for v in sorted(value))
        return self.describe_one(value)

    def describe_one(self, value: Any) -> str:
        if self.type is FactType.BOOL:
            return _("是") if value else _("否")
        if isinstance(value, datetime):
            from django.utils import timezone

            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        if self.type is FactType.NUMBER:
            return f"{number_text(value)}{self.unit}"
        if self.label_of is not None:
            return self.label_of(value)
        if self.choices is not None:
            return str(options_of(self.choices).get(value, value))
        text = str(value)
        return text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]}…"


@dataclass(frozen=True)
class Output:
    """One typed result of a row.

    check: gives a message for people when the value cannot be used, else None.
    phrase: how the value reads in a sentence, with "{value}": "交由{value}办理".
    """

    code: str
    label: Any
    type: OutputType
    choices: Choices | None = None
    label_of: Callable[[Any], str] | None = None
    check: Callable[[Any], str | None] | None = None
    required: bool = True
    unit: Any = ""
    phrase: Any = ""

    def read(self, raw: Any) -> Any:
        """Will turn a plain value into this output's, None for "not given".

        Raises: ValueError (with a message for people).
        """
        if raw is None or raw == "":
            return None
        if self.type is OutputType.BOOL:
            return _read_bool(raw)
        if self.type in (OutputType.NUMBER, OutputType.LIMIT):
            number = _read_number(raw)
            if self.type is OutputType.LIMIT and number <= 0:
                raise ValueError(_("时限应大于零"))
            return number
        if self.type is OutputType.ORGANIZATIONS:
            return _read_codes(raw)
        if not isinstance(raw, str):
            raise ValueError(_("应为文字"))
        limit = 1000 if self.type is OutputType.TEXT else MAX_CODE
        if len(raw) > limit:
            raise ValueError(_("文字太长，最长 %(limit)s 字") % {"limit": limit})
        return raw

    def trouble(self, value: Any) -> str | None:
        """Will say why this value may not be published, or None."""
        if value is None:
            return _("未填写") if self.required else None
        if isinstance(value, list):
            return next(filter(None, map(self.trouble, value)), None)
        if self.choices is not None and value not in options_of(self.choices):
            return _("“%(value)s”不在可选范围内") % {"value": value}
        return self.check(value) if self.check is not None else None

    def describe(self, value: Any) -> str:
        """Will give the value as people say it."""
        if value is None:
            return "—"
        if self.type is OutputType.BOOL:
            return _("是") if value else _("否")
        if isinstance(value, list):
            return series(map(self.describe, value))
        if self.type in (OutputType.NUMBER, OutputType.LIMIT):
            return f"{number_text(value)}{self.unit}"
        if self.label_of is not None:
            return self.label_of(value)
        if self.choices is not None:
            return str(options_of(self.choices).get(value, value))
        return str(value)

    def sentence(self, value: Any) -> str:
        """Will give the part of a sentence that tells this output."""
        shown = self.describe(value)
        if self.phrase:
            return str(self.phrase).replace("{value}", shown)
        return _("%(label)s为%(value)s") % {"label": self.label, "value": shown}


@dataclass(frozen=True)
class Vocabulary:
    """The facts and outputs the tables of one purpose share."""

    code: str
    label: Any
    facts: Sequence[Fact]
    outputs: Sequence[Output] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for items in (self.facts, self.outputs):
            codes = [item.code for item in items]
            if len(codes) != len(set(codes)):
                raise ValueError(f"vocabulary {self.code} names something twice")

    @cached_property
    def fact_by_code(self) -> dict[str, Fact]:
        return {fact.code: fact for fact in self.facts}

    @cached_property
    def output_by_code(self) -> dict[str, Output]:
        return {output.code: output for output in self.outputs}


_COLLECTIONS = (list, tuple, set, frozenset)


def to_plain(value: Value) -> Any:
    """Will give the engine's value as plain JSON; ``Fact.read`` turns it back."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def number_text(value: int | float) -> str:
    """Will write a number without a needless fraction."""
    return str(int(value)) if value == int(value) else str(value)


def _read_code(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(_("应为代码"))
    if len(raw) > MAX_CODE:
        raise ValueError(_("代码太长"))
    return raw


def _read_number(raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise ValueError(_("应为数字"))
    # A NaN fails this comparison too; a Decimal NaN cannot be compared at all.
    unusable = isinstance(raw, Decimal) and not raw.is_finite()
    if unusable or not abs(raw) <= MAX_NUMBER:
        raise ValueError(_("数字超出范围"))
    if isinstance(raw, int):
        return raw
    return int(raw) if raw == int(raw) else float(raw)


def _read_bool(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(_("应为“是”或“否”"))
    return raw


def _read_text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(_("应为文字"))
    return raw[:MAX_TEXT]


def _read_tags(raw: Any) -> frozenset[str]:
    if not isinstance(raw, _COLLECTIONS):
        raise ValueError(_("应为标签列表"))
    if len(raw) > 1000:
        raise ValueError(_("标签太多"))
    return frozenset(_read_code(tag) for tag in raw)


def _read_codes(raw: Any) -> list[str] | None:
    if not isinstance(raw, list | tuple):
        raise ValueError(_("应为一组代码"))
    if len(raw) > MAX_CODES:
        raise ValueError(_("最多 %(limit)s 个") % {"limit": MAX_CODES})
    return list(dict.fromkeys(_read_code(code) for code in raw)) or None


def _read_area(raw: Any) -> str:
    if not isinstance(raw, str) or not _AREA_PATH.match(raw):
        raise ValueError(_("应为区域"))
    return raw


def _read_datetime(raw: Any) -> datetime:
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError:
            raise ValueError(_("应为日期时间")) from None
    if not isinstance(raw, datetime) or raw.tzinfo is None:
        raise ValueError(_("应为带时区的日期时间"))
    return raw.astimezone(UTC)


_READERS: dict[FactType, Callable[[Any], Value]] = {
    FactType.CODE: _read_code,
    FactType.NUMBER: _read_number,
    FactType.BOOL: _read_bool,
    FactType.TEXT: _read_text,
    FactType.TAGS: _read_tags,
    FactType.AREA: _read_area,
    FactType.DATETIME: _read_datetime,
}
