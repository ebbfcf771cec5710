"""Trees of ``grammar`` as conditions and orders of the ORM. Nothing here writes SQL.

Names are looked up among the properties and ways of the entity, values go as parameters. A
condition on related entities asks those the viewer may see, so that a filter tells nothing of
what is hidden. Source: OGC 18-088 clause 9.3.3.5, docs/decisions/0061.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    DurationField,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import (
    Cast,
    Ceil,
    Coalesce,
    Concat,
    ExtractDay,
    ExtractHour,
    ExtractMinute,
    ExtractMonth,
    ExtractSecond,
    ExtractYear,
    Floor,
    Length,
    Lower,
    Round,
    StrIndex,
    Substr,
    Trim,
    TruncDate,
    TruncTime,
    Upper,
)
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from django.utils.translation import gettext as _

from apps.common import clock
from apps.sensorthings.entities import BY_NAME, Entity, Kind, Property, Way, key_of_observation
from apps.sensorthings.grammar import (
    Among,
    Call,
    Group,
    Literal,
    Node,
    Pair,
    Path,
    moment_of,
    refused,
)

Visible = Callable[[Entity], QuerySet[Any]]
OWNER = "_owner"
_LOOKUPS = {
    "eq": Exact, "gt": GreaterThan, "ge": GreaterThanOrEqual,
    "lt": LessThan, "le": LessThanOrEqual,
}  # fmt: skip
_FLIPPED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_SPATIAL = {
    "st_equals": "ST_Equals", "st_disjoint": "ST_Disjoint", "st_touches": "ST_Touches",
    "st_within": "ST_Within", "st_overlaps": "ST_Overlaps", "st_crosses": "ST_Crosses",
    "st_intersects": "ST_Intersects", "geo.intersects": "ST_Intersects",
    "st_contains": "ST_Contains",
}  # fmt: skip
_PARTS = {
    "year": ExtractYear, "month": ExtractMonth, "day": ExtractDay, "hour": ExtractHour,
    "minute": ExtractMinute,
}  # fmt: skip
_TEXTS: dict[str, Any] = {"tolower": Lower, "toupper": Upper, "trim": Trim}
_ROUNDED: dict[str, Any] = {"round": Round, "floor": Floor, "ceiling": Ceil}


@dataclass(frozen=True)
class Term:
    """An expression and what it is: "number", "bool", "date", "clock", "duration", or a ``Kind``.

    literal: the value where it is one.
    """

    expression: Any
    kind: str
    literal: Any = None
    is_literal: bool = False


class Conditions:
    """Compiles for one entity. visible: gives the rows of any entity the viewer may see."""

    def __init__(self, entity: Entity, visible: Visible, name: str = "$filter") -> None:
        self._entity = entity
        self._visible = visible
        self._name = name

    def condition(self, node: Node) -> Q:
        """Will give the condition a tree states. Raises: InvalidInput."""
        if (way := self._shared_way(node)) is not None:
            return self._related(way, node)
        match node:
            case Group("and", members):
                found = Q()
                for each in members:
                    found &= self.condition(each)
                return found
            case Group("or", members):
                found = self.condition(members[0])
                for each in members[1:]:
                    found |= self.condition(each)
                return found
            case Group(_op, (member,)):
                return ~Q(self._as_bool(member))
            case Pair(op, left, right) if op in _LOOKUPS or op == "ne":
                return self._compared(op, left, right)
            case Among(subject, values):
                found = self._compared("eq", subject, values[0])
                for value in values[1:]:
                    found |= self._compared("eq", subject, value)
                return found
        term = self.term(node)
        if term.kind != "bool":
            raise self._refused(_("应是条件，而不是值"))
        return (
            Q(Exact(term.expression, Value(value=True))) if term.is_literal else Q(term.expression)
        )

    def order(self, node: Node) -> tuple[Any, Way | None]:
        """Will give the expression to order by, and the way it looks through.

        The rows must carry the way's key as ``_way_<name>``. Raises: InvalidInput.
        """
        match node:
            case Path((first, *rest)) if first in self._entity.ways and rest:
                way = self._entity.ways[first]
                if way.many:
                    raise self._refused(_("不能按“%(name)s”排序") % {"name": first})
                target = BY_NAME[way.target]
                inner = Conditions(target, self._visible, self._name).term(Path(tuple(rest)))
                rows = self._visible(target).filter(pk=OuterRef(f"_way_{first}"))
                said = rows.annotate(_said=inner.expression).values("_said")[:1]
                return Subquery(said), way
        return self.term(node).expression, None

    def term(self, node: Node) -> Term:
        """Will give a value of a tree. Raises: InvalidInput."""
        match node:
            case Literal(value, text):
                return self._literal(value, text)
            case Path(names):
                return self._path(names)
            case Call(name, arguments):
                return self._call(name, arguments)
            case Pair(op, left, right) if op in {"add", "sub", "mul", "div", "mod"}:
                return self._sum(op, self.term(left), self.term(right))
        return Term(self._as_bool(node), "bool")

    # --- ways -----------------------------------------------------------------------------

    def _shared_way(self, node: Node) -> str | None:
        """The way every path of a tree begins with; None where they begin differently."""
        firsts = {names[0] if len(names) > 1 else "" for names in _paths(node)}
        if len(firsts) == 1 and (first := firsts.pop()) in self._entity.ways:
            return first
        return None

    def _related(self, first: str, node: Node) -> Q:
        way = self._entity.ways[first]
        target = BY_NAME[way.target]
        inner = Conditions(target, self._visible, self._name)
        rows = self._visible(target)
        condition = inner.condition(_below(node))
        if way.many:
            owners = rows.filter(condition).annotate(**{OWNER: way.key}).values(OWNER)
            return Q(pk__in=owners)
        return Q(_In(way.key, rows.filter(condition).values("pk")))

    # --- comparison -----------------------------------------------------------------------

    def _as_bool(self, node: Node) -> Any:
        return Case(
            When(self.condition(node), then=Value(value=True)),
            default=Value(value=False),
            output_field=BooleanField(),
        )

    def _compared(self, op: str, left: Node, right: Node) -> Q:
        if self._shared_way(Pair(op, left, right)) is not None:
            return self.condition(Pair(op, left, right))
        one, other = self.term(left), self.term(right)
        if one.is_literal and not other.is_literal:
            op, one, other = _FLIPPED.get(op, op), other, one
        if other.is_literal and other.literal is None:
            return self._null(op, one)
        if one.kind == Kind.ID and self._entity.is_observation:
            return self._key(op, other)
        if op == "ne":
            return ~Q(self._bool_of(self._pair("eq", one, other)))
        return self._pair(op, one, other)

    def _bool_of(self, condition: Q) -> Any:
        return Case(
            When(condition, then=Value(value=True)),
            default=Value(value=False),
            output_field=BooleanField(),
        )

    def _null(self, op: str, one: Term) -> Q:
        if op not in {"eq", "ne"}:
            raise self._refused(_("null 只能用 eq 和 ne 比较"))
        expression = one.expression
        if one.kind == Kind.JSON:
            expression = _json_text(expression)
        if one.kind == Kind.RESULT:
            expression = Coalesce("label", Cast("value", TextField()))
        return Q(IsNull(expression, op == "eq"))

    def _key(self, op: str, other: Term) -> Q:
        key = key_of_observation(str(other.literal))
        if op not in {"eq", "ne"} or not other.is_literal:
            raise self._refused(_("Observation 的 id 只能用 eq 和 ne 比较"))
        same = Q(series_id=key[0], at=key[1]) if key else Q(series_id=-1)
        return same if op == "eq" else ~same

    def _pair(self, op: str, one: Term, other: Term) -> Q:
        lookup = _LOOKUPS[op]
        if one.kind == Kind.RESULT and other.is_literal:
            return self._result(lookup, other)
        left, right = self._alike(one, other)
        return Q(lookup(left, right))

    def _result(self, lookup: Any, other: Term) -> Q:
        """A quoted number is taken for the number it is, and for a category of that name."""
        value = other.literal
        if isinstance(value, bool):
            return Q(lookup(F("value"), Value(float(value)))) & Q(series__field__kind="boolean")
        if isinstance(value, int | float):
            return Q(lookup(F("value"), Value(float(value), FloatField())))
        if not isinstance(value, str):
            raise self._refused(_("result 不能与这种值比较"))
        found = Q(lookup(F("label"), Value(value, TextField())))
        number = _number_in(value)
        if number is not None:
            found |= Q(lookup(F("value"), Value(number, FloatField())))
        return found

    def _alike(self, one: Term, other: Term) -> tuple[Any, Any]:
        """Both sides as one type. Raises: InvalidInput."""
        kinds = {one.kind, other.kind}
        if Kind.SHAPE in kinds or ("duration" in kinds and len(kinds) > 1):
            raise self._refused(_("两边的类型不能比较"))
        if "number" in kinds or Kind.ID in kinds or Kind.RESULT in kinds:
            return self._number(one), self._number(other)
        for kind, plain in ((Kind.TIME, self._time), ("date", self._day), ("bool", self._truth)):
            if kind in kinds:
                return plain(one), plain(other)
        if kinds & {"clock", "duration"}:
            return one.expression, other.expression
        return self._text(one), self._text(other)

    # --- conversion -----------------------------------------------------------------------

    def _number(self, term: Term) -> Any:
        if term.kind == Kind.JSON:
            return _json_number(term.expression)
        if term.kind == Kind.TEXT and term.is_literal:
            number = _number_in(term.literal)
            if number is None:
                raise self._refused(_("“%(text)s”不是数") % {"text": str(term.literal)[:60]})
            return Value(number, FloatField())
        if term.kind in {"number", Kind.ID, Kind.RESULT}:
            return Cast(term.expression, FloatField()) if not term.is_literal else term.expression
        raise self._refused(_("两边的类型不能比较"))

    def _text(self, term: Term) -> Any:
        match term.kind:
            case Kind.JSON:
                return _json_text(term.expression)
            case Kind.RESULT:
                return Coalesce("label", Cast("value", TextField()), output_field=TextField())
            case Kind.TEXT:
                return term.expression
            case "number" | Kind.ID:
                return Cast(term.expression, TextField())
        raise self._refused(_("应是文本"))

    def _time(self, term: Term) -> Any:
        if term.kind == Kind.TIME:
            return term.expression
        if term.is_literal and isinstance(term.literal, str):
            try:
                return Value(moment_of(term.literal), DateTimeField())
            except ValueError as error:
                raise self._refused(_("应是带时区的时间")) from error
        if term.is_literal and type(term.literal) is date:
            midnight = datetime.combine(term.literal, time(), tzinfo=UTC)
            return Value(midnight, DateTimeField())
        raise self._refused(_("应是时间"))

    def _day(self, term: Term) -> Any:
        if term.kind == "date":
            return term.expression
        if term.kind == Kind.TIME:
            return TruncDate(term.expression, tzinfo=UTC)
        raise self._refused(_("应是日期"))

    def _truth(self, term: Term) -> Any:
        if term.kind == "bool":
            return term.expression
        if term.kind == Kind.JSON:
            return Exact(_json_text(term.expression), Value("true"))
        raise self._refused(_("应是 true 或 false"))

    def _literal(self, value: Any, text: str) -> Term:
        match value:
            case None:
                return Term(Value(None), "null", None, True)
            case bool():
                return Term(Value(value, BooleanField()), "bool", value, True)
            case int() | float():
                if abs(value) > 1e300:
                    raise self._refused(_("数值过大"))
                return Term(Value(float(value), FloatField()), "number", value, True)
            case str():
                return Term(Value(value, TextField()), Kind.TEXT, value, True)
            case datetime():
                return Term(Value(value, DateTimeField()), Kind.TIME, value, True)
            case date():
                return Term(Value(value), "date", value, True)
            case time():
                return Term(Value(value), "clock", value, True)
            case timedelta():
                return Term(Value(value, DurationField()), "duration", value, True)
            case GEOSGeometry():
                shape = Value(value, output_field=GeometryField(srid=4326))
                return Term(shape, Kind.SHAPE, value, True)
        raise self._refused(_("“%(text)s”不是有效的值") % {"text": text[:60]})

    # --- names ----------------------------------------------------------------------------

    def _path(self, names: tuple[str, ...]) -> Term:
        first, *rest = names
        if first in {"id", "@iot.id"} and not rest:
            return Term(F("pk"), Kind.ID)
        if first in self._entity.ways:
            raise self._refused(_("“%(name)s”不能与其他属性混在一个比较中") % {"name": first})
        found: Property | None = self._entity.properties.get(first)
        if found is None:
            raise self._refused(
                _("%(entity)s 没有属性“%(name)s”")
                % {"entity": self._entity.name, "name": first[:60]}
            )
        if not rest:
            return Term(found.leaf, found.kind)
        if found.kind != Kind.JSON:
            raise self._refused(_("“%(name)s”没有下级属性") % {"name": first})
        expression = found.leaf
        for name in rest:
            expression = KeyTransform(name, expression)
        return Term(expression, Kind.JSON)

    # --- functions ------------------------------------------------------------------------

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Term:
        given = [self.term(each) for each in arguments]
        for calls in (self._of_text, self._of_time, self._of_number, self._of_shape):
            found = calls(name, given)
            if found is not None:
                return found
        raise self._refused(_("没有函数“%(name)s”") % {"name": name[:40]})

    def _take(self, name: str, given: list[Term], *counts: int) -> list[Term]:
        if len(given) not in counts:
            raise self._refused(_("函数“%(name)s”的参数个数不对") % {"name": name})
        return given

    def _of_text(self, name: str, given: list[Term]) -> Term | None:
        if name in {"substringof", "contains", "startswith", "endswith", "indexof"}:
            one, other = (self._text(each) for each in self._take(name, given, 2))
            if name == "substringof":
                one, other = other, one
            place = StrIndex(one, other)
            if name == "indexof":
                return Term(place - 1, "number")
            if name == "startswith":
                return Term(Func(one, other, function="starts_with", output_field=BooleanField()),
                            "bool")  # fmt: skip
            if name == "endswith":
                end = Func(one, Length(other), function="right", output_field=TextField())
                return Term(Exact(end, other), "bool")
            return Term(GreaterThan(place, 0), "bool")
        if name in _TEXTS:
            (one,) = (self._text(each) for each in self._take(name, given, 1))
            return Term(_TEXTS[name](one), Kind.TEXT)
        if name == "length":
            (one,) = (self._text(each) for each in self._take(name, given, 1))
            return Term(Length(one), "number")
        if name == "concat":
            one, other = (self._text(each) for each in self._take(name, given, 2))
            return Term(Concat(one, other, output_field=TextField()), Kind.TEXT)
        if name == "substring":
            one, *numbers = self._take(name, given, 2, 3)
            cut = [self._whole(each) for each in numbers]
            return Term(Substr(self._text(one), cut[0] + 1, *cut[1:]), Kind.TEXT)
        return None

    def _whole(self, term: Term) -> int:
        if (
            not term.is_literal
            or not isinstance(term.literal, int)
            or not (0 <= term.literal <= 100_000)
        ):
            raise self._refused(_("应是不大的自然数"))
        return int(term.literal)

    def _of_time(self, name: str, given: list[Term]) -> Term | None:
        if name in {"now", "mindatetime", "maxdatetime"}:
            self._take(name, given, 0)
            moments = {
                "now": clock.now(),
                "mindatetime": datetime.min.replace(tzinfo=UTC),
                "maxdatetime": datetime.max.replace(tzinfo=UTC),
            }
            return Term(Value(moments[name], DateTimeField()), Kind.TIME, moments[name], True)
        if name in {*_PARTS, "second", "fractionalseconds", "date", "time", "totaloffsetminutes"}:
            (term,) = self._take(name, given, 1)
            at = self._time(term)
            match name:
                case "date":
                    return Term(TruncDate(at, tzinfo=UTC), "date")
                case "time":
                    return Term(TruncTime(at, tzinfo=UTC), "clock")
                case "totaloffsetminutes":
                    return Term(Value(0.0, FloatField()), "number")
                case "second":
                    return Term(Floor(ExtractSecond(at, tzinfo=UTC)), "number")
                case "fractionalseconds":
                    told = Func(at, template="extract(second from %(expressions)s)::float8",
                                output_field=FloatField())  # fmt: skip
                    return Term(told - Floor(told), "number")
            return Term(_PARTS[name](at, tzinfo=UTC), "number")
        return None

    def _of_number(self, name: str, given: list[Term]) -> Term | None:
        if name not in _ROUNDED:
            return None
        (term,) = self._take(name, given, 1)
        return Term(_ROUNDED[name](self._number(term)), "number")

    def _of_shape(self, name: str, given: list[Term]) -> Term | None:
        if name in {"geo.distance", "st_distance"}:
            one, other = (self._shape(each) for each in self._take(name, given, 2))
            return Term(_number_func("ST_Distance", one, other), "number")
        if name in {"geo.length", "st_length"}:
            (one,) = (self._shape(each) for each in self._take(name, given, 1))
            return Term(_number_func("ST_Length", one), "number")
        if name == "st_relate":
            *shapes, pattern = self._take(name, given, 3)
            one, other = (self._shape(each) for each in shapes)
            if not isinstance(pattern.literal, str) or not (
                len(pattern.literal) == 9 and set(pattern.literal) <= set("TF*012")
            ):
                raise self._refused(_("st_relate 的样式应为 9 个 T、F、*、0、1 或 2"))
            return Term(_bool_func("ST_Relate", one, other, pattern.expression), "bool")
        if name in _SPATIAL:
            one, other = (self._shape(each) for each in self._take(name, given, 2))
            return Term(_bool_func(_SPATIAL[name], one, other), "bool")
        return None

    def _shape(self, term: Term) -> Any:
        if term.kind != Kind.SHAPE:
            raise self._refused(_("应是几何"))
        return term.expression

    def _sum(self, op: str, one: Term, other: Term) -> Term:
        kinds = (one.kind, other.kind)
        if kinds == (Kind.TIME, "duration") and op in {"add", "sub"}:
            left, right = one.expression, other.expression
            summed = left + right if op == "add" else left - right
            return Term(Func(summed, template="%(expressions)s", output_field=DateTimeField()),
                        Kind.TIME)  # fmt: skip
        if kinds == (Kind.TIME, Kind.TIME) and op == "sub":
            span = one.expression - other.expression
            return Term(Func(span, template="%(expressions)s", output_field=DurationField()),
                        "duration")  # fmt: skip
        left, right = self._number(one), self._number(other)
        if op in {"div", "mod"}:
            right = Func(right, Value(0.0), function="nullif", output_field=FloatField())
        match op:
            case "add":
                return Term(left + right, "number")
            case "sub":
                return Term(left - right, "number")
            case "mul":
                return Term(left * right, "number")
            case "div":
                return Term(left / right, "number")
        return Term(left - right * Func(left / right, function="trunc", output_field=FloatField()),
                    "number")  # fmt: skip

    def _refused(self, reason: str) -> Exception:
        return refused(reason, self._name)


class _In(Func):
    """A key among the keys of other rows."""

    template = "%(expressions)s"
    arg_joiner = " IN "
    output_field = BooleanField()
    conditional = True

    def __init__(self, key: Any, rows: QuerySet[Any]) -> None:
        super().__init__(key, Subquery(rows))


def _paths(node: Node) -> list[tuple[str, ...]]:
    match node:
        case Path(names):
            return [names]
        case Call(_name, members) | Group(_name, members):
            return [path for each in members for path in _paths(each)]
        case Pair(_op, left, right):
            return [*_paths(left), *_paths(right)]
        case Among(subject, values):
            return [*_paths(subject), *(path for each in values for path in _paths(each))]
    return []


def _below(node: Node) -> Node:
    """The same tree as seen from behind the way its paths begin with."""
    match node:
        case Path(names):
            return Path(names[1:])
        case Call(name, members):
            return Call(name, tuple(map(_below, members)))
        case Group(op, members):
            return Group(op, tuple(map(_below, members)))
        case Pair(op, left, right):
            return Pair(op, _below(left), _below(right))
        case Among(subject, values):
            return Among(_below(subject), tuple(map(_below, values)))
    return node


def _number_in(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def _json_text(expression: Any) -> Any:
    if isinstance(expression, KeyTransform):
        inner, *_more = expression.get_source_expressions()
        return KeyTextTransform(expression.key_name, inner)
    return Func(expression, template="(%(expressions)s #>> '{}')", output_field=TextField())


def _json_number(expression: Any) -> Any:
    kind = Func(expression, function="jsonb_typeof", output_field=TextField())
    return Case(
        When(Exact(kind, Value("number")), then=Cast(_json_text(expression), FloatField())),
        default=None,
        output_field=FloatField(),
    )


def _bool_func(name: str, *expressions: Any) -> Any:
    return Func(*expressions, function=name, output_field=BooleanField())


def _number_func(name: str, *expressions: Any) -> Any:
    return Func(*expressions, function=name, output_field=FloatField())
