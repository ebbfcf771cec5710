"""Drawing one tile: one statement of SQL, read only, with an end to its patience.

The database does the work (``ST_AsMVTGeom`` clips and rounds, ``ST_AsMVT`` packs); Django's
part ends with the compiled rows. Begin, time limit, question and end travel in one journey.
"""

import logging
from contextlib import suppress
from typing import Any

import psycopg
from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError
from apps.onemap.enums import FieldKind
from apps.onemap.registry import LayerField
from apps.onemap.selectors import FIELD_PREFIX
from apps.onemap.tiles.grid import BUFFER, EXTENT, TileAddress
from apps.onemap.tiles.plans import ID, MAX_FEATURES, SHAPE, Plan

logger = logging.getLogger(__name__)

LIMIT_MS = 4_000  # of one tile
_TEXT_OF = {
    FieldKind.TIME: "to_char({0} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    FieldKind.NUMBER: "{0}::float8",
    FieldKind.TEXT: "{0}::text",
    FieldKind.DATE: "{0}::text",
}


class TileTooHeavy(DomainError):
    """The database needed more time for a tile than a tile gets."""

    status = 503
    code = "tile_timeout"

    @classmethod
    def told(cls) -> "TileTooHeavy":
        """The refusal in words."""
        return cls(
            _("这里的数据太密，图层没能在限定时间内画出，请放大地图或缩小筛选范围"),
            field="z",
            data={"retry_after": 5},
        )


class LayerUnreadable(DomainError):
    """The rows of a layer cannot be read, as where a view of a base library fails."""

    status = 503
    code = "layer_unreadable"


# What a view of somebody else may do at any moment: be dropped, be closed, meet a value that
# its expressions cannot take.
_VIEW_FAILED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InsufficientPrivilege,
    psycopg.DataError,
)


def draw(plan: Plan, address: TileAddress) -> tuple[bytes, bool]:
    """Will give a tile's bytes, and whether features were left out for want of room.

    Raises: TileTooHeavy.
    """
    if plan.features is None:
        return b"", False
    stored = bool(plan.layer.mercator_field)
    box = address.widened() if stored else address.widened_degrees()
    slots = dict(zip(("west", "south", "east", "north"), box, strict=True))
    shape, frame = f'feature."{SHAPE}"', address.mercator
    if not stored and address.is_straight:
        frame = address.degrees
    elif not stored:
        shape = f"ST_Transform({shape}, 3857)"
    columns = [f"{_sent(field)} as {_quoted(field.name)}" for field in plan.fields]
    if plan.has_number:
        columns.append(f'feature."{ID}" as "tile id"')
    columns.append(
        f"ST_AsMVTGeom({shape}, ST_MakeEnvelope(%s, %s, %s, %s)::box2d,"
        f' {EXTENT}, {BUFFER}, true) as "tile shape"'
    )
    number = ", 'tile id'" if plan.has_number else ""
    statement = (
        f"select ST_AsMVT(tile, %s, {EXTENT}, 'tile shape'{number}), count(*)"  # noqa: S608
        f" from (select {', '.join(columns)} from ({plan.features.sql}) as feature) as tile"
    )
    values = [plan.layer.code, *frame, *plan.features.filled({**slots, "zoom": address.z})]
    [(body, count)] = read(statement, values, limit_ms=LIMIT_MS)
    return bytes(body), count >= MAX_FEATURES


def read(statement: str, values: list[Any], *, limit_ms: int) -> list[tuple[Any, ...]]:
    """Will give the rows of one question in a read-only transaction of its own.

    Inside a transaction it is a savepoint that is rolled back, which undoes the limits too.
    Raises: TileTooHeavy (not done within ``limit_ms``); LayerUnreadable.
    """
    connection.ensure_connection()
    raw = connection.connection
    nested = connection.in_atomic_block
    begin = "savepoint map_tile" if nested else "begin"
    end = "rollback to savepoint map_tile" if nested else "commit"
    # The values are written into the text here, because the expressions of layers do not say
    # the types of theirs; without values the answer may still come in binary.
    text = psycopg.ClientCursor(raw).mogrify(statement, values)
    if connection.queries_logged:
        connection.queries_log.append({"sql": text, "time": "0"})
    cursor = psycopg.Cursor(raw)
    try:
        with connection.wrap_database_errors, raw.pipeline():
            raw.execute(begin)
            raw.execute("set local transaction_read_only = on")
            raw.execute(f"set local statement_timeout = {limit_ms:d}")
            cursor.execute(text.encode(), binary=True)
            raw.execute(end)
            return cursor.fetchall()
    except Exception as error:
        with suppress(psycopg.Error):
            raw.execute(end if nested else "rollback")
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TileTooHeavy.told() from error
        if isinstance(error.__cause__, _VIEW_FAILED):
            logger.warning("the rows of a layer cannot be read: %s", error)
            raise LayerUnreadable(_("这个图层的数据现在读不出来"), field="layer") from error
        raise


def _sent(field: LayerField) -> str:
    column = f"feature.{_quoted(FIELD_PREFIX + field.name)}"
    return _TEXT_OF.get(field.kind, "{0}").format(column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name).replace("%", "%%")
