"""Filters in CQL2, text or JSON, as conditions of the ORM. Nothing here writes SQL.

The text is parsed by ``cql2`` into the JSON form of the same standard; one walk over that form
turns it into ``Q``. Names are looked up among the declared queryables, values are cast to the
kind of the field they stand beside, and everything else is refused: functions, arithmetic,
comparison of two fields. Length, depth and number of conditions are bounded before and while
walking. Source: OGC 21-065r2 (CQL2), 19-079r2 (Features Part 3); docs/decisions/0045.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

import cql2
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db.models import CharField, F, Func, Lookup, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.phrases import series
from apps.ogc import values
from apps.ogc.crs import CRS84, Crs, box_of, into_storage
from apps.onemap.enums import FieldKind
from apps.onemap.registry import LayerField
from apps.onemap.selectors import FIELD_PREFIX

TEXT, JSON = "cql2-text", "cql2-json"
GEOMETRY = "geometry"
MOST_CHARACTERS = 8000
MOST_DEPTH = 20
MOST_CONDITIONS = 100
MOST_IN = 200
_COMPARED = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_SPATIAL = {
    "s_intersects": "intersects",
    "s_disjoint": "disjoint",
    "s_within": "within",
    "s_contains": "contains",
    "s_equals": "equals",
    "s_touches": "touches",
    "s_crosses": "crosses",
    "s_overlaps": "overlaps",
}
_TEMPORAL = {"t_after", "t_before", "t_during", "t_equals", "t_intersects", "t_disjoint"}
_NOTHING = Q(pk__in=[])
_ORDERED = {FieldKind.INTEGER, FieldKind.NUMBER, FieldKind.DATE, FieldKind.TIME, FieldKind.TEXT}


class Like(Lookup):
    """SQL's own LIKE: ``%`` any text, ``_`` one character, ``\\`` takes the next as it is."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*left_values, *right_values)


@dataclass
class Filter:
    """What a filter may speak of. fields: queryables by name. geometry_field: of the rows."""

    fields: Mapping[str, LayerField]
    geometry_field: str
    crs: Crs = CRS84
    _count: int = field(default=0, init=False)

    def parse(self, text: str, language: str = TEXT) -> Q:
        """Will give the condition a filter states. Raises: InvalidInput."""
        if len(text) > MOST_CHARACTERS:
            raise _refused(_("不得超过 %(most)d 个字符") % {"most": MOST_CHARACTERS})
        if "\x00" in text:
            raise _refused(_("含有不可用的字符"))
        stated = _from_text(text) if language == TEXT else _from_json(text)
        self._count = 0
        return self._condition(stated, 0)

    def _condition(self, node: Any, depth: int, *, negated: bool = False) -> Q:
        """Gives a condition, or what is its opposite in SQL: unknown is neither true nor false.

        ``not`` is moved down to the single comparisons, where "the field is known" is added;
        Django's own negation would count what is unknown as different.
        """
        if depth > MOST_DEPTH:
            raise _refused(_("嵌套不得超过 %(most)d 层") % {"most": MOST_DEPTH})
        self._count += 1
        if self._count > MOST_CONDITIONS:
            raise _refused(_("条件不得超过 %(most)d 个") % {"most": MOST_CONDITIONS})
        match node:
            case bool():
                return _NOTHING if node is negated else ~_NOTHING
            case {"op": "and" | "or" as op, "args": [_first, _second, *_more] as parts}:
                found = [self._condition(part, depth + 1, negated=negated) for part in parts]
                return reduce(or_ if (op == "or") is not negated else and_, found)
            case {"op": "not", "args": [inner]}:
                return self._condition(inner, depth + 1, negated=not negated)
            case {"op": str(op), "args": list(args)}:
                if op == "<>":
                    op, negated = "=", not negated
                stated = self._predicate(op, args)
                if not negated:
                    return stated
                return ~stated if op == "isNull" else ~stated & self._known(args)
        raise _refused(_("应是一个条件，例如 state = 'in_use'"))

    def _known(self, args: list[Any]) -> Q:
        """Gives that every field a predicate speaks of has a value."""
        known = Q()
        for node in args:
            if isinstance(node, dict) and node.get("op") == "casei":
                node = (node.get("args") or [None])[0]
            if _is_property(node):
                known &= Q(**{f"{self._column(node['property'])}__isnull": False})
        return known

    def _column(self, name: str) -> str:
        is_geometry = name == GEOMETRY and name not in self.fields
        return self.geometry_field if is_geometry else f"{FIELD_PREFIX}{name}"

    def _predicate(self, op: str, args: list[Any]) -> Q:
        if op in _COMPARED:
            return self._comparison(op, args)
        if op in _SPATIAL:
            return self._spatial(op, args)
        if op in _TEMPORAL:
            return self._temporal(op, args)
        match op, args:
            case "between", [subject, low, high]:
                name, kind = self._ordered(subject, op)
                low, high = self._literal(low, name, kind), self._literal(high, name, kind)
                return Q(**{f"{FIELD_PREFIX}{name}__range": (low, high)})
            case "in", [subject, list(members)]:
                name, kind = self._property(subject)
                if len(members) > MOST_IN:
                    raise _refused(_("in 的取值不得超过 %(most)d 个") % {"most": MOST_IN})
                found = [self._literal(member, name, kind) for member in members]
                return Q(**{f"{FIELD_PREFIX}{name}__in": found})
            case "isNull", [{"property": "geometry"}]:
                return Q(**{f"{self.geometry_field}__isnull": True})
            case "isNull", [subject]:
                name, _kind = self._property(subject)
                return Q(**{f"{FIELD_PREFIX}{name}__isnull": True})
            case "like", [subject, pattern]:
                return self._like(subject, pattern)
        raise _refused(_("不支持运算“%(op)s”或其参数") % {"op": op[:40]})

    def _comparison(self, op: str, args: list[Any]) -> Q:
        match args:
            case [{"op": "casei", "args": [subject]}, other]:
                return self._casei(op, subject, other)
            case [subject, other] if _is_property(subject):
                pass
            case [other, subject] if _is_property(subject):
                op = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
            case _:
                raise _refused(_("比较的一边应是字段，另一边应是值"))
        name, kind = self._property(subject) if op == "=" else self._ordered(subject, op)
        value = self._literal(other, name, kind)
        return Q(**{f"{FIELD_PREFIX}{name}__{_COMPARED[op]}": value})

    def _casei(self, op: str, subject: Any, other: Any) -> Q:
        name, _kind = self._text(subject)
        match other:
            case {"op": "casei", "args": [str(value)]} | str(value):
                pass
            case _:
                raise _refused(_("casei 应与文本比较"))
        if op != "=":
            raise _refused(_("casei 只用于 =、<> 和 like"))
        return Q(**{f"{FIELD_PREFIX}{name}__iexact": self._literal(value, name, FieldKind.TEXT)})

    def _like(self, subject: Any, pattern: Any) -> Q:
        folded = False
        if isinstance(subject, dict) and subject.get("op") == "casei":
            folded, subject = True, (subject.get("args") or [None])[0]
            if isinstance(pattern, dict) and pattern.get("op") == "casei":
                pattern = (pattern.get("args") or [None])[0]
        name, _kind = self._text(subject)
        value = self._literal(pattern, name, FieldKind.TEXT)
        if (len(value) - len(value.rstrip("\\"))) % 2:
            raise _refused(_("like 的样式不能以反斜杠结尾"))
        left: Any = Func(F(f"{FIELD_PREFIX}{name}"), template="%(expressions)s::text")
        left.output_field = CharField()
        return Q(Like(Lower(left), Value(value.lower())) if folded else Like(left, Value(value)))

    def _spatial(self, op: str, args: list[Any]) -> Q:
        match args:
            case [{"property": "geometry"}, literal]:
                pass
            case [literal, {"property": "geometry"}]:
                op = {"s_within": "s_contains", "s_contains": "s_within"}.get(op, op)
            case _:
                raise _refused(_("空间条件的一边应是 geometry，另一边应是几何"))
        return Q(**{f"{self.geometry_field}__{_SPATIAL[op]}": self._shape(literal)})

    def _shape(self, literal: Any) -> GEOSGeometry:
        match literal:
            case {"bbox": list(corners)} if all(_is_number(each) for each in corners):
                if len(corners) not in {4, 6}:
                    raise _refused(_("BBOX 应有 4 个或 6 个数"))
                box = box_of([float(each) for each in corners], self.crs, field="filter")
                return box.shape()
            case {"type": str(), "coordinates": list()} | {
                "type": "GeometryCollection",
                "geometries": list(),
            }:
                pass
            case _:
                raise _refused(_("几何应是 WKT、GeoJSON 或 BBOX"))
        try:
            found = GEOSGeometry(json.dumps(literal))
            valid, reason = found.valid, found.valid_reason
        except (ValueError, GDALException, GEOSException) as error:
            raise _refused(_("几何无法识别")) from error
        if found.empty or not valid:
            raise _refused(_("几何无效：%(reason)s") % {"reason": reason[:120]})
        return into_storage(found, self.crs, field="filter")

    def _temporal(self, op: str, args: list[Any]) -> Q:
        match args:
            case [subject, literal] if _is_property(subject):
                pass
            case [literal, subject] if _is_property(subject):
                op = {"t_after": "t_before", "t_before": "t_after"}.get(op, op)
            case _:
                raise _refused(_("时间条件的一边应是字段，另一边应是时间或时间段"))
        name, kind = self._property(subject)
        if kind not in {FieldKind.DATE, FieldKind.TIME}:
            raise _refused(_("字段“%(name)s”不是时间") % {"name": name})
        column = f"{FIELD_PREFIX}{name}"
        begin, end = _ends(_span(literal), kind)
        match op:
            case "t_after":
                return Q(**{f"{column}__gt": end}) if end is not None else _NOTHING
            case "t_before":
                return Q(**{f"{column}__lt": begin}) if begin is not None else _NOTHING
            case "t_during":
                # A moment at the border of a stretch is not inside it.
                low, high = "gt", "lt"
            case _:
                low, high = "gte", "lte"
        inside = Q(**{f"{column}__isnull": False})
        if begin is not None:
            inside &= Q(**{f"{column}__{low}": begin})
        if end is not None:
            inside &= Q(**{f"{column}__{high}": end})
        if op != "t_disjoint":
            return inside
        return ~inside & Q(**{f"{column}__isnull": False})

    def _property(self, node: Any) -> tuple[str, FieldKind]:
        if not _is_property(node):
            raise _refused(_("条件的左边应是字段"))
        name = node["property"]
        found = self.fields.get(name)
        if found is None:
            known = series(self.fields) or "—"
            raise _refused(
                _("“%(name)s”不是可查询的字段，可用：%(known)s")
                % {"name": name[:60], "known": known}
            )
        return name, found.kind

    def _ordered(self, node: Any, op: str) -> tuple[str, FieldKind]:
        name, kind = self._property(node)
        if kind not in _ORDERED:
            raise _refused(_("字段“%(name)s”不能用“%(op)s”比较") % {"name": name, "op": op})
        return name, kind

    def _text(self, node: Any) -> tuple[str, FieldKind]:
        name, kind = self._property(node)
        if kind != FieldKind.TEXT:
            raise _refused(_("字段“%(name)s”不是文本") % {"name": name})
        return name, kind

    @staticmethod
    def _literal(node: Any, name: str, kind: FieldKind) -> Any:
        match node:
            case {"date": str(text)} | {"timestamp": str(text)}:
                node = text
            case str() | int() | float() | bool():
                pass
            case _:
                raise _refused(_("字段“%(name)s”应与一个值比较") % {"name": name})
        return values.cast(node, kind, field=name)


def _from_text(text: str) -> Any:
    if text.count("(") > 4 * MOST_CONDITIONS:
        raise _refused(_("括号过多"))
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise _refused(_("不是有效的 CQL2 文本：%(where)s") % {"where": _where(error)}) from error


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(_("不是有效的 CQL2 JSON")) from error


def _where(error: Exception) -> str:
    """Gives the place a parser stumbled at, ``1:6``, without its grammar's words."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    return first.replace("-->", "").strip()[:40] or "?"


def _is_property(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("property"), str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _span(literal: Any) -> values.Span:
    match literal:
        case {"date": str(text)} | {"timestamp": str(text)} | str(text):
            return values.parse_span(text, field="filter")
        case {"interval": [first, last]}:
            ends = [_end(first), _end(last)]
            return values.parse_span("/".join(ends), field="filter")
    raise _refused(_("应是 DATE、TIMESTAMP 或 INTERVAL"))


def _end(node: Any) -> str:
    match node:
        case {"date": str(text)} | {"timestamp": str(text)} | str(text):
            if "/" not in text:
                return text
    raise _refused(_("应是 DATE、TIMESTAMP 或 INTERVAL"))


def _ends(span: values.Span, kind: FieldKind) -> tuple[Any, Any]:
    """Gives both ends as a field of this kind holds them: moments, or days of the city."""
    if kind == FieldKind.TIME:
        return span.begin, span.end
    return values.local_day(span.begin), values.local_day(span.end)


def _refused(reason: str) -> InvalidInput:
    return InvalidInput(_("filter 不可用：%(reason)s") % {"reason": reason}, field="filter")
