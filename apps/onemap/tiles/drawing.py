"""Drawing one tile: one statement of SQL, read only, with an end to its patience.

The database does the work (``ST_AsMVTGeom`` clips and rounds, ``ST_AsMVT`` packs); Django's
part ends with the compiled rows. What the tiles of a plan have in common is written once; a
tile fills in its numbers. Begin, time limit, question and end travel in one journey.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from psycopg.adapt import Dumper

from apps.onemap.enums import FieldKind
from apps.onemap.errors import VIEW_FAILED, LayerUnreadable, TileTooHeavy
from apps.onemap.registry import LayerField
from apps.onemap.selectors import FIELD_PREFIX
from apps.onemap.tiles.grid import BUFFER, EXTENT, TileAddress
from apps.onemap.tiles.plans import (
    BOX,
    ID,
    MAX_FEATURES,
    SHAPE,
    SIDES,
    ZOOM,
    Plan,
    Slot,
    label_layer,
)

logger = logging.getLogger(__name__)

LIMIT_MS = 4_000  # of one tile
_TEXT_OF = {
    FieldKind.TIME: "to_char({0} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    FieldKind.NUMBER: "{0}::float8",
    FieldKind.TEXT: "{0}::text",
    FieldKind.DATE: "{0}::text",
}
_LIMITS = (
    "select set_config('transaction_read_only', 'on', true),"
    " set_config('statement_timeout', %s, true)"
)
_FRAME = tuple(Slot(f"frame {side}") for side in SIDES)  # the tile in the system it is drawn in
_EDGE = tuple(Slot(f"edge {side}") for side in SIDES)  # the tile in the system rows are stored in
_MARK = b"\0"  # no text of PostgreSQL holds one


@dataclass(frozen=True)
class Draft:
    """A statement with its values written in; every second part names a slot."""

    parts: tuple[bytes, ...]

    def filled(self, slots: Mapping[str, float]) -> bytes:
        """Will give the statement of one tile."""
        text = list(self.parts)
        text[1::2] = [repr(slots[name.decode()]).encode() for name in self.parts[1::2]]
        return b"".join(text)


def draw(plan: Plan, address: TileAddress) -> tuple[bytes, bool]:
    """Will give a tile's bytes, and whether features were left out for want of room.

    Raises: TileTooHeavy; LayerUnreadable.
    """
    if plan.features is None:
        return b"", False
    stored = bool(plan.layer.mercator_field)
    is_plain = stored or address.is_straight
    edge = address.mercator if stored else address.degrees
    frame = edge if is_plain else address.mercator
    box = address.widened() if stored else address.widened_degrees()
    sides = zip((*BOX, *_FRAME, *_EDGE), (*box, *frame, *edge), strict=True)
    slots = {slot.name: value for slot, value in sides} | {ZOOM.name: address.z}
    draft = _draft(plan, is_plain=is_plain, is_named=address.z >= plan.named_from)
    [(body, count)] = read(draft.filled(slots), limit_ms=LIMIT_MS, label=plan.layer.label)
    return body or b"", count >= MAX_FEATURES


def read(statement: bytes, *, limit_ms: int, label: object) -> list[tuple[Any, ...]]:
    """Will give the rows of one question in a read-only transaction of its own.

    Inside a transaction it is a savepoint that is rolled back, which undoes the limits too.
    label: of the layer, told where it cannot be read.
    Raises: TileTooHeavy (not done within ``limit_ms``); LayerUnreadable.
    """
    connection.ensure_connection()
    raw = connection.connection
    nested = connection.in_atomic_block
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement.decode(), "time": "0"})
    cursor = psycopg.Cursor(raw)
    try:
        with connection.wrap_database_errors, raw.pipeline():
            if nested:
                raw.execute("savepoint map_tile")
            # Outside a transaction what travels together is one, and the limits end with it.
            psycopg.Cursor(raw).execute(_LIMITS, [str(limit_ms)], prepare=True)
            cursor.execute(statement, binary=True, prepare=False)
            if nested:
                raw.execute("rollback to savepoint map_tile")
            return cursor.fetchall()
    except Exception as error:
        if nested:
            with suppress(psycopg.Error):
                raw.execute("rollback to savepoint map_tile")
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TileTooHeavy.told() from error
        if isinstance(error.__cause__, VIEW_FAILED):
            logger.warning("the rows of a layer cannot be read: %s", error)
            raise LayerUnreadable.told(label) from error
        raise


def written(statement: str, values: list[Any]) -> bytes:
    """Will write the values into a statement, slots as marks around their names.

    The expressions of layers do not say the types of their values, so they cannot be sent
    apart; without values the answer may still come in binary.
    """
    connection.ensure_connection()
    cursor = psycopg.ClientCursor(connection.connection)
    cursor.adapters.register_dumper(Slot, _SlotDumper)
    return cursor.mogrify(statement, values).encode()


class _SlotDumper(Dumper):
    def dump(self, obj: Slot) -> bytes:
        return self.quote(obj)

    def quote(self, obj: Slot) -> bytes:
        return _MARK + obj.name.encode() + _MARK


def _draft(plan: Plan, *, is_plain: bool, is_named: bool) -> Draft:
    """Gives the statement of a plan's tiles, written when it is first asked for."""
    found = plan.drafts.get((is_plain, is_named))
    if found is None:
        write = _with_names if is_named else _features_alone
        text, values = write(plan, "{0}" if is_plain else "ST_Transform({0}, 3857)")
        found = Draft(tuple(written(text, values).split(_MARK)))
        plan.drafts[(is_plain, is_named)] = found
    return found


def _features_alone(plan: Plan, into_frame: str) -> tuple[str, list[Any]]:
    assert plan.features is not None
    statement = (
        f"select ST_AsMVT(tile, %s, {EXTENT}, 'tile shape'{_numbered(plan)}), count(*)"  # noqa: S608
        f" from (select {_columns(plan, plan.fields, into_frame.format(_SHAPE))}"
        f" from ({plan.features.sql}) as feature) as tile"
    )
    return statement, [plan.layer.code, *_FRAME, *plan.features.values]


def _with_names(plan: Plan, into_frame: str) -> tuple[str, list[Any]]:
    """The features, and each area's name at one point: only the tile that point lies in has it.

    Without it a name would stand in every tile an area is cut into.
    """
    assert plan.features is not None
    look = plan.layer.look
    named = tuple(f for f in plan.fields if f.name in {look.label, look.by})
    [label] = [_sent(f) for f in named if f.name == look.label]
    within = "ST_X(place) >= %s and ST_Y(place) >= %s and ST_X(place) < %s and ST_Y(place) < %s"
    statement = (
        f"with feature as materialized ({plan.features.sql})"  # noqa: S608
        f" select (select ST_AsMVT(tile, %s, {EXTENT}, 'tile shape'{_numbered(plan)}) from"
        f" (select {_columns(plan, plan.fields, into_frame.format(_SHAPE))} from feature) as tile)"
        f" || (select ST_AsMVT(tile, %s, {EXTENT}, 'tile shape'{_numbered(plan)}) from"
        f" (select {_columns(plan, named, into_frame.format('place'))} from"
        f" (select *, ST_PointOnSurface({_SHAPE}) as place from feature"
        f" where ST_Dimension({_SHAPE}) = 2 and {label} <> '') as feature where {within}) as tile),"
        " (select count(*) from feature)"
    )
    layer = plan.layer.code
    names = [label_layer(layer), *_FRAME, *_EDGE]
    return statement, [*plan.features.values, layer, *_FRAME, *names]


_SHAPE = f'feature."{SHAPE}"'


def _columns(plan: Plan, fields: tuple[LayerField, ...], shape: str) -> str:
    columns = [f"{_sent(field)} as {_quoted(field.name)}" for field in fields]
    if plan.has_number:
        columns.append(f'feature."{ID}" as "tile id"')
    columns.append(
        f"ST_AsMVTGeom({shape}, ST_MakeEnvelope(%s, %s, %s, %s)::box2d,"
        f' {EXTENT}, {BUFFER}, true) as "tile shape"'
    )
    return ", ".join(columns)


def _numbered(plan: Plan) -> str:
    return ", 'tile id'" if plan.has_number else ""


def _sent(field: LayerField) -> str:
    column = f"feature.{_quoted(FIELD_PREFIX + field.name)}"
    return _TEXT_OF.get(field.kind, "{0}").format(column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name).replace("%", "%%")
