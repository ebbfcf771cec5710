"""The fields of imported data: guessed from a file, edited by a person, kept as JSON."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.common.codes import fresh_code
from apps.common.errors import InvalidInput
from apps.onemap.enums import FieldKind

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
_MOMENT = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2})?.*")
_YES = {"是", "true", "yes", "t", "y"}
_NO = {"否", "false", "no", "f", "n"}


@dataclass(frozen=True)
class FieldRule:
    """One field: where it comes from, what it is called, what its values must be.

    name: ASCII, as it goes out. source: its name in the file. low, high: of numbers.
    choices: the only values allowed, where there are any.
    """

    name: str
    source: str
    label: str
    kind: str = FieldKind.TEXT
    is_taken: bool = True
    is_required: bool = False
    is_unique: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = field(default_factory=tuple)

    def stored(self) -> dict[str, Any]:
        """Will give it as JSON."""
        return asdict(self) | {"choices": list(self.choices)}


def rules_of(stored: Iterable[dict[str, Any]]) -> list[FieldRule]:
    """Will read rules from JSON."""
    return [FieldRule(**(entry | {"choices": tuple(entry["choices"])})) for entry in stored]


def check_rules(rules: list[FieldRule]) -> None:
    """Raises: InvalidInput (field "fields": a name that is none or stands twice, an unknown
    type, limits the wrong way round)."""
    taken = [rule for rule in rules if rule.is_taken]
    names = [rule.name for rule in taken]
    for rule in taken:
        if not NAME.fullmatch(rule.name) or names.count(rule.name) > 1:
            raise InvalidInput(
                _("字段名“%(name)s”须以小写字母开头，只含小写字母、数字、下划线，且不重复")
                % {"name": rule.name},
                field="fields",
            )
        if rule.kind not in FieldKind.values:
            raise InvalidInput(
                _("字段“%(name)s”的类型不正确") % {"name": rule.name}, field="fields"
            )
        if rule.low is not None and rule.high is not None and rule.low > rule.high:
            raise InvalidInput(
                _("字段“%(name)s”的下限大于上限") % {"name": rule.name}, field="fields"
            )


class Guesser:
    """Watches values go by and says what kind each field is."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}
        self._examples: dict[str, str] = {}

    def see(self, values: dict[str, Any]) -> None:
        """Will take note of one row."""
        for source, value in values.items():
            kinds = self._kinds.setdefault(source, set())
            if value is None or value == "":
                continue
            kinds.add(kind_of(value))
            self._examples.setdefault(source, str(value)[:60])

    def rules(self) -> list[FieldRule]:
        """Will give a rule per field, in the order they were met."""
        found: list[FieldRule] = []
        used: set[str] = set()
        for source, kinds in self._kinds.items():
            name = fresh_code(source, used)
            used.add(name)
            found.append(FieldRule(name, source, source[:40], _common_kind(kinds)))
        return found

    @property
    def examples(self) -> dict[str, str]:
        """A value of each field."""
        return self._examples


def kind_of(value: Any) -> str:
    """Will tell what one value looks like. A number with a leading zero is a code: text."""
    match value:
        case bool():
            return FieldKind.BOOLEAN
        case int():
            return FieldKind.INTEGER
        case float():
            return FieldKind.NUMBER
        case datetime():
            return FieldKind.TIME
        case date():
            return FieldKind.DATE
    text = str(value).strip()
    if _WHOLE.fullmatch(text):
        return FieldKind.INTEGER
    if _is_number(text):
        return FieldKind.NUMBER
    if _DAY.fullmatch(text):
        return FieldKind.DATE
    if _MOMENT.fullmatch(text):
        return FieldKind.TIME
    return FieldKind.BOOLEAN if text.lower() in _YES | _NO else FieldKind.TEXT


def convert(kind: str, value: Any) -> Any:
    """Will give a value of the file as JSON of that kind; None for nothing.

    Raises: ValueError (it is not of that kind).
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    match kind:
        case FieldKind.INTEGER:
            number = float(text)
            if not number.is_integer() or abs(number) >= 2**63:
                raise ValueError(text)
            return int(text) if _WHOLE.fullmatch(text) else int(number)
        case FieldKind.NUMBER:
            number = float(text)
            if number != number or abs(number) == float("inf"):
                raise ValueError(text)
            return number
        case FieldKind.BOOLEAN:
            return _truth(text)
        case FieldKind.DATE:
            return _day(text).isoformat()
        case FieldKind.TIME:
            moment = parse_datetime(text.replace("/", "-"))
            if moment is None:
                moment = datetime.combine(_day(text), datetime.min.time())
            return moment.isoformat()
    return text


def _truth(text: str) -> bool:
    plain = text.lower()
    if plain in _YES | {"1", "1.0"}:
        return True
    if plain in _NO | {"0", "0.0"}:
        return False
    raise ValueError(text)


def _day(text: str) -> date:
    plain = re.sub(r"[/.年月]", "-", text[:11]).removesuffix("日").split("T")[0].split(" ")[0]
    year, _sep, rest = plain.partition("-")
    month, _sep, day = rest.partition("-")
    found = parse_date(f"{year}-{month:0>2}-{day:0>2}")
    if found is None:
        raise ValueError(text)
    return found


def _is_number(text: str) -> bool:
    if re.fullmatch(r"0\d+", text) or not re.search(r"\d", text):
        return False
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def _common_kind(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds and kinds <= {FieldKind.INTEGER, FieldKind.NUMBER}:
        return FieldKind.NUMBER
    if kinds and kinds <= {FieldKind.DATE, FieldKind.TIME}:
        return FieldKind.TIME
    return FieldKind.TEXT
