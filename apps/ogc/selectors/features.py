"""Features of one layer: a page, one of them, how many, how far they reach.

Pages follow the key: the next one begins behind the last key read, so a feature that comes or
goes meanwhile moves no other, and the thousandth page costs what the first does.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput, NotFound
from apps.common.patience import OutOfTime, answered_within
from apps.ogc import crs, values
from apps.ogc.crs import Crs
from apps.ogc.questions import Question, bad_place
from apps.onemap.enums import FieldKind
from apps.onemap.registry import Layer
from apps.onemap.selectors import FIELD_PREFIX, OpenLayer, reach_of, readable

#: More than this is not counted: the answer leaves the number out rather than guess.
COUNT_MOST = 10_000
#: Enough decimals to write every double as it is: what was asked for by a box lies in it.
_EXACT = 15
PATIENCE_SECONDS = 20
_GEOMETRY, _PROJECTED = "_geometry", "_projected"


@dataclass(frozen=True)
class Feature:
    """One row as it goes out. geometry: GeoJSON text in the system asked for; None: nowhere."""

    id: Any
    geometry: str | None
    properties: dict[str, Any]

    @property
    def text(self) -> str:
        """The feature as GeoJSON."""
        inner = ",".join(
            f"{values.json_text(name)}:{values.json_text(value)}"
            for name, value in self.properties.items()
        )
        return (
            f'{{"type":"Feature","id":{values.json_text(self.id)},'
            f'"geometry":{self.geometry or "null"},"properties":{{{inner}}}}}'
        )


@dataclass(frozen=True)
class Page:
    """Features in the order of their keys. matched: in all, None above ``COUNT_MOST``.

    cursor: the key the next page begins behind, "" where there is none. before: the key the
    previous page ends before, likewise.
    """

    features: list[Feature]
    matched: int | None
    cursor: str
    before: str = ""


@dataclass(frozen=True)
class Extent:
    """How far the features reach: west, south, east, north in degrees, and in time."""

    box: tuple[float, float, float, float] | None
    begin: str | None
    end: str | None


def read_page(opened: OpenLayer, question: Question) -> Page:
    """Will read one page.

    Raises: InvalidInput (a filter that takes too long, a bad cursor); LayerUnreadable.
    """
    rows = _narrowed(opened, question)
    # Four journeys to the database more, for what only a stated condition can make slow.
    with readable(opened.layer.label), nullcontext() if question.condition is None else _limited():
        wanted = _turned(rows, question)[: question.limit + 1]
        found = _features(opened, wanted, question.crs)
        is_more = len(found) > question.limit
        del found[question.limit :]
        matched: int | None = len(found)
        if is_more or question.cursor or question.before:
            matched = rows.order_by().values("pk")[: COUNT_MOST + 1].count()
    if matched is not None and matched > COUNT_MOST:
        matched = None
    if question.before:
        found.reverse()
    first, last = (str(found[0].id), str(found[-1].id)) if found else ("", "")
    if question.before:  # the page it was asked from lies behind this one
        return Page(found, matched, last, first if is_more else "")
    return Page(found, matched, last if is_more else "", first if question.cursor else "")


def get_feature(opened: OpenLayer, key: str, system: Crs) -> Feature:
    """Will give one feature by its id. Raises: NotFound; LayerUnreadable."""
    try:
        rows = opened.rows.filter(pk=_key(opened, key))
    except ValidationError as error:
        raise _no_feature() from error
    with readable(opened.layer.label):
        found = _features(opened, opened.with_fields(rows), system)
    if not found:
        raise _no_feature()
    return found[0]


def extent_of(opened: OpenLayer) -> Extent:
    """Will give how far the caller's features reach, as ``onemap`` remembers it."""
    reach = reach_of(opened)
    begin, end = (values.plain(at) if at is not None else None for at in (reach.begin, reach.end))
    return Extent(reach.box, begin, None if opened.layer.end_field else end)


def _narrowed(opened: OpenLayer, question: Question) -> QuerySet[Any]:
    layer = opened.layer
    rows = opened.with_fields()
    if question.box is not None:
        rows = rows.filter(question.box.condition(layer.geometry_field))
        if question.box.crs.is_projected:
            projected = Transform(F(layer.geometry_field), question.box.crs.srid)
            rows = rows.alias(**{_PROJECTED: projected}).filter(question.box.exact(_PROJECTED))
    if question.span is not None and layer.time_field:
        rows = rows.filter(_within(layer, question.span))
    for name, value in question.where.items():
        rows = rows.filter(**{f"{FIELD_PREFIX}{name}": value})
    return rows.filter(question.condition) if question.condition is not None else rows


def _within(layer: Layer, span: values.Span) -> Q:
    """Gives that a row holds at some moment of the span; without an end it holds for ever."""
    kinds = {f.expression: f.kind for f in layer.fields if isinstance(f.expression, str)}

    def as_stored(field: str, at: datetime | None) -> date | None:
        is_day = kinds.get(field) == FieldKind.DATE
        return values.local_day(at) if is_day else at

    found = Q()
    if span.end is not None:
        found &= Q(**{f"{layer.time_field}__lte": as_stored(layer.time_field, span.end)})
    if span.begin is not None:
        field = layer.end_field or layer.time_field
        since = Q(**{f"{field}__gte": as_stored(field, span.begin)})
        found &= since | Q(**{f"{field}__isnull": True}) if layer.end_field else since
    return found


def _turned(rows: QuerySet[Any], question: Question) -> QuerySet[Any]:
    """Gives the rows from where the page begins, nearest first."""
    to_key = rows.model._meta.pk.to_python
    try:
        if question.before:
            return rows.filter(pk__lt=to_key(question.before)).order_by("-pk")
        if question.cursor:
            rows = rows.filter(pk__gt=to_key(question.cursor))
    except (ValidationError, OverflowError) as error:
        raise bad_place("before" if question.before else "cursor") from error
    return rows.order_by("pk")


def _key(opened: OpenLayer, text: str) -> Any:
    key = opened.rows.model._meta.pk.to_python(text)
    if isinstance(key, int) and abs(key) >= 2**63:
        raise ValidationError("out of range")
    return key


def _features(opened: OpenLayer, rows: QuerySet[Any], system: Crs) -> list[Feature]:
    layer = opened.layer
    shape = crs.drawn(layer.geometry_field, system, mercator_field=layer.mercator_field)
    names = [field.name for field in opened.fields]
    columns = ["pk", _GEOMETRY, *(f"{FIELD_PREFIX}{name}" for name in names)]
    found = rows.annotate(**{_GEOMETRY: AsGeoJSON(shape, precision=_EXACT)}).values_list(*columns)
    return [
        Feature(key, geometry, dict(zip(names, row, strict=True))) for key, geometry, *row in found
    ]


@contextmanager
def _limited() -> Iterator[None]:
    """Ends a reading that takes too long: a caller may state any filter.

    Raises: InvalidInput.
    """
    try:
        with answered_within(PATIENCE_SECONDS):
            yield
    except OutOfTime as error:
        raise InvalidInput(_("查询用时过长，请缩小范围或简化条件"), field="filter") from error


def _no_feature() -> NotFound:
    return NotFound(_("没有这个要素，或您无权查看"), field="featureId")
