"""A town that was built once is put back as rows, not built anew for every test.

Building the town takes some 350 statements through the services; its rows come back in one.
Also for a test that commits: ``tests.emptied`` leaves rights and content types their keys.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from apps.common import clock
from apps.common.memory import hold_off_all

Built = TypeVar("Built")

# Rows of this transaction or one within it; what was there before is older.
_NEW_ROWS = "xmin::text::bigint >= {}"
_COLUMNS = """
    select c.table_name, array_agg(c.column_name::text order by c.ordinal_position),
           (select array_agg(a.attname::text)
            from pg_index i join pg_attribute a on a.attrelid = i.indrelid
                 and a.attnum = any (i.indkey)
            where i.indisprimary and i.indrelid = format('%I', c.table_name)::regclass)
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and c.is_generated = 'NEVER'
    group by c.table_name order by c.table_name
"""
_SEQUENCES = "select sequencename, last_value from pg_sequences where last_value is not null"
_PASS = """select setval('"{0}"', greatest(nextval('"{0}"'), {1}))"""
_STATE = """
    select (select coalesce(max(id), 0) from auth_permission),
           (select coalesce(max(id), 0) from django_content_type)
"""


@dataclass(frozen=True)
class Snapshot:
    """Rows as one SQL text, and the objects that stand for them, untouched.

    state: what the rows refer to and must still be there.
    """

    state: tuple[Any, ...]
    statements: str
    objects: Any


_kept: dict[str, Snapshot] = {}


def put_back_or_build(name: str, build: Callable[[], Built], *, after: str = "") -> Built:
    """Will give what ``build`` gives, with all its rows in the database.

    ``build`` may add and change rows, not delete any, and may depend on nothing but the
    migrations and what was put back before it, named by ``after``.
    """
    below = _kept[after].statements if after in _kept else ""
    state = (*_state(), _simulated_moment(), below)
    if not _may_skip_triggers():
        return build()
    kept = _kept.get(name)
    if kept is None or kept.state != state:
        if not connection.in_atomic_block:  # others may be writing: whose rows are these?
            return build()
        built, kept = _capture(state, build)
        _kept[name] = kept
        return built
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(kept.statements)
    # As if the rows had been saved one by one: nothing read before counts.
    hold_off_all()
    found: Built = deepcopy(kept.objects)
    return found


def _simulated_moment() -> datetime | None:
    now = clock.now()
    is_real = abs(now - timezone.now()) < timedelta(seconds=1)  # noqa: TID251  compared
    return None if is_real else now


def _may_skip_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select usesuper from pg_user where usename = current_user")
        found: bool = cursor.fetchone()[0]
    return found


def _capture(state: tuple[Any, ...], build: Callable[[], Built]) -> tuple[Built, Snapshot]:
    with connection.cursor() as cursor:
        cursor.execute("select txid_current() % (2^32)::bigint")
        begun = cursor.fetchone()[0]
        before = _sequences(cursor)
        built = build()
        parts = ["set local session_replication_role = replica"]
        cursor.execute(_COLUMNS)
        for table, columns, key in cursor.fetchall():
            if rows := _rows(cursor, table, columns, begun):
                parts.append(_insert(table, columns, key, rows))
        parts.append("set local session_replication_role = origin")
        for sequence, last in _sequences(cursor).items():
            if before.get(sequence) != last:
                parts.append(_PASS.format(sequence, last))
    return built, Snapshot(state, ";\n".join(parts), deepcopy(built))


def _rows(cursor: Any, table: str, columns: list[str], begun: int) -> str:
    quoted = (sql.SQL("quote_nullable({}::text)").format(sql.Identifier(c)) for c in columns)
    query = sql.SQL(
        "select string_agg('(' || {values} || ')', ', ') from {table} where {is_new}"
    ).format(
        values=sql.SQL(" || ', ' || ").join(quoted),
        table=sql.Identifier(table),
        is_new=sql.SQL(_NEW_ROWS).format(begun),
    )
    cursor.execute(query)
    found: str | None = cursor.fetchone()[0]
    return found or ""


def _insert(table: str, columns: list[str], key: list[str], rows: str) -> str:
    statement = sql.SQL(
        "insert into {table} ({columns}) values {rows} on conflict ({key}) do update set {changes}"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        rows=sql.SQL(rows),  # quoted by the database itself, above
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        changes=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in columns
        ),
    )
    return statement.as_string()


def _sequences(cursor: Any) -> dict[str, int]:
    cursor.execute(_SEQUENCES)
    return dict(cursor.fetchall())


def _state() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        found: tuple[Any, ...] = cursor.fetchone()
    return found
