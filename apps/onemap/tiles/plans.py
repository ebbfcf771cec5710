"""A layer opened for one viewer and compiled to SQL, remembered for a moment.

Opening a layer asks who the viewer is today and builds querysets: milliseconds that a tile
does not need again while nobody's rights change. What is remembered belongs to one person and
is gone after two seconds, and at once in the process that changed a right. Whether the session
still lives is asked before anything here, and remembered as long (``onemap.middleware``).
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import F, Func, QuerySet, TextField
from django.db.models.functions import TruncDate

from apps.common.memory import Memory
from apps.onemap.enums import Geometry
from apps.onemap.registry import Layer, LayerField, Viewer
from apps.onemap.selectors import FIELD_PREFIX, OpenLayer, open_layer
from apps.onemap.selectors.conditions import with_values
from apps.onemap.tiles.grid import MAX_ZOOM
from apps.onemap.tiles.query import TileQuery, limit

MAX_FEATURES = 10_000  # a tile with more is a megabyte nobody can look at
_EVERYTHING = TileQuery()
ID, SHAPE, DAY = "tile_id", "tile_shape", "tile_day"


@dataclass(frozen=True)
class Slot:
    """A value of the statement that each tile sets: a side of its box, or its zoom."""

    name: str


SIDES = ("west", "south", "east", "north")
BOX = tuple(Slot(side) for side in SIDES)
ZOOM = Slot("zoom")


@dataclass(frozen=True)
class Statement:
    """SQL with its values in order; some are ``Slot``."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Plan:
    """What drawing the tiles of one layer for one viewer needs, without the viewer.

    features: the rows of one tile, at most ``MAX_FEATURES``, those to be kept first; None:
    there are none for this viewer. counted: all rows with place and, where values are
    counted, value. dated: the same whatever their day, each with its day, where whole days are
    asked for; days: the first and the last of them, since 2000-01-01. version: of the data
    where the layer knows it.
    key: the same for whoever reads the same rows and fields with the same question.
    """

    layer: Layer
    fields: tuple[LayerField, ...]
    features: Statement | None
    counted: Statement | None
    dated: Statement | None
    days: tuple[int | None, int | None]
    card_version: int
    version: str
    has_number: bool
    top_field: str
    is_filtered: bool
    is_named: bool

    @cached_property
    def named_from(self) -> int:
        """The zoom from which areas are named at one point each; beyond all zooms for others."""
        return self.layer.look.label_zoom if self.is_named else MAX_ZOOM + 1

    @cached_property
    def dated_key(self) -> str:
        """The same for whoever reads the same rows and fields, whatever days are asked for."""
        said = f"{self.layer.code}|{self.dated}|{self.top_field}"
        return hashlib.sha256(said.encode()).hexdigest()

    @cached_property
    def drafts(self) -> dict[tuple[bool, bool], Any]:
        """Statements written for this plan, see ``drawing``."""
        return {}

    @cached_property
    def key(self) -> str:
        said = f"{self.layer.code}|{self.features}|{self.top_field}|{self.named_from}"
        return hashlib.sha256(said.encode()).hexdigest()


#: What says who may see which rows and fields.
RIGHTS = (
    "accounts.User",
    "accounts.Appointment",
    "accounts.Delegation",
    "accounts.Post",
    "accounts.Role",
    "accounts.Organization",
    "assets.AssetClass",
    "onemap.LayerCard",
    "onemap.LayerGrant",
    "places.Area",
    "places.AreaLevel",
    "places.MapVersion",
)
_plans: Memory[Plan] = Memory(of=RIGHTS)


def has_names(opened: OpenLayer) -> bool:
    """Will tell whether the layer's tiles name its areas, for this viewer."""
    has_areas = opened.layer.geometry in (Geometry.POLYGON, Geometry.MIXED)
    label = opened.layer.look.label
    return has_areas and any(f.name == label and f.in_tiles for f in opened.fields)


def label_layer(code: str) -> str:
    """Will name the part of a layer's tiles that holds the names of its areas."""
    return f"{code}-label"


def plan_for(viewer: Viewer, code: str, query: TileQuery) -> Plan:
    """Will give the plan of a layer for a viewer.

    Raises: NotFound (no such layer for this viewer), InvalidInput (see ``query.limit``).
    """
    return _plans.get((viewer.pk, code, query), lambda: make_plan(open_layer(viewer, code), query))


def make_plan(opened: OpenLayer, query: TileQuery = _EVERYTHING) -> Plan:
    """Will compile an opened layer. Raises: InvalidInput (see ``query.limit``)."""
    layer = opened.layer
    rows = limit(opened, opened.rows, query)
    fields = tuple(f for f in opened.fields if f.in_tiles)
    top = opened.layer.look.by
    has_top = any(f.name == top for f in opened.fields)
    top = top if has_top else ""
    is_dated = bool(layer.aggregate_below and query.is_of_days)
    return Plan(
        layer=layer,
        fields=fields,
        features=_compiled(_features(opened, rows, fields)),
        counted=_compiled(_counted(opened, rows, top)) if layer.aggregate_below else None,
        dated=_compiled(_dated(opened, query, top)) if is_dated else None,
        days=query.days if is_dated else (None, None),
        card_version=opened.card.version,
        version=layer.version() if layer.version else "",
        has_number=isinstance(rows.model._meta.pk, models.AutoField | models.IntegerField),
        top_field=top,
        is_filtered=bool(query),
        is_named=has_names(opened),
    )


def _features(
    opened: OpenLayer, rows: QuerySet[Any], fields: tuple[LayerField, ...]
) -> QuerySet[Any]:
    layer = opened.layer
    shape = layer.mercator_field or layer.geometry_field
    chosen = opened.with_fields(rows, fields).filter(_Touches(F(shape)))
    if layer.zoom_field:
        chosen = chosen.filter(_FromZoom(F(layer.zoom_field)))
    names = [ID, *(FIELD_PREFIX + f.name for f in fields), SHAPE]
    found = chosen.annotate(**{ID: F("pk"), SHAPE: _Plain(F(shape))}).values(*names)
    return found.order_by(*layer.kept_first)[:MAX_FEATURES]


def _counted(opened: OpenLayer, rows: QuerySet[Any], top: str) -> QuerySet[Any]:
    by = [f for f in opened.fields if f.name == top]
    chosen = opened.with_fields(rows, by).annotate(
        **{SHAPE: _Plain(F(opened.layer.geometry_field))}
    )
    return chosen.order_by().values(SHAPE, *(FIELD_PREFIX + f.name for f in by))


def _dated(opened: OpenLayer, query: TileQuery, top: str) -> QuerySet[Any]:
    """All rows with the values asked for, of any day."""
    by = [f for f in opened.fields if f.name == top]
    layer = opened.layer
    chosen = opened.with_fields(with_values(opened, opened.rows, query.where), by)
    moment = chosen.annotate(tile_moment=F(layer.time_field)).query.annotations["tile_moment"]
    is_moment = isinstance(moment.output_field, models.DateTimeField)
    day = TruncDate(layer.time_field) if is_moment else F(layer.time_field)
    placed = chosen.annotate(**{SHAPE: _Plain(F(layer.geometry_field)), DAY: day})
    return placed.order_by().values(SHAPE, DAY, *(FIELD_PREFIX + f.name for f in by))


def _compiled(found: QuerySet[Any]) -> Statement | None:
    try:
        sql, values = found.query.sql_with_params()
    except EmptyResultSet:
        return None
    return Statement(sql, tuple(values))


class _Plain(Func):
    """A geometry as it is stored; as a geometry Django would have it sent as bytes."""

    template = "%(expressions)s"
    output_field = TextField()


class _Touches(Func):
    """Whether a geometry's box touches the tile's, which is filled in tile by tile."""

    output_field = models.BooleanField()
    conditional = True

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, tuple[Any, ...]]:
        [shape] = self.source_expressions
        sql, values = compiler.compile(shape)
        field = shape.output_field
        assert isinstance(field, GeometryField)
        return f"({sql} && ST_MakeEnvelope(%s, %s, %s, %s, {field.srid:d}))", (*values, *BOX)


class _FromZoom(Func):
    """Whether a row is drawn at the zoom, which is filled in tile by tile."""

    output_field = models.BooleanField()
    conditional = True

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, tuple[Any, ...]]:
        sql, values = compiler.compile(self.source_expressions[0])
        return f"({sql} <= %s)", (*values, ZOOM)
