"""After a test that commits, the database holds again what it held before the first test.

Django empties every table and runs what follows a migration: a second per test, and rights and
content types get other keys, so that a town kept by ``tests.put_back`` is of no use any more.
Here rows are deleted where there are any, and the few of the beginning come back as they were.
"""

from typing import Any, LiteralString

from django.db import connection
from psycopg import sql

BLOATED_BYTES = 512 * 1024
_FILLED = """
    select relname::text, pg_relation_size(oid) > %s from pg_class
    where relnamespace = 'public'::regnamespace and not relispartition
      and (relkind = 'p' or relkind = 'r' and pg_relation_size(oid) > 0)
      and relname not in ('django_migrations', 'spatial_ref_sys')
    order by relname
"""
_COLUMNS = """
    select array_agg(attname::text order by attnum) from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
"""
# Deletes and inserts as replication does: without triggers, so also what may only be added to,
# and in any order.
_UNCHECKED = "set local session_replication_role = replica; "

_beginning: list[str] = []


def remember_beginning() -> None:
    """Will keep the rows there are, as statements. Before the first test."""
    with connection.cursor() as cursor:
        for table, _bloated in _filled(cursor):
            cursor.execute(_COLUMNS, [f'"{table}"'])
            [columns] = cursor.fetchone()
            cursor.execute(_rows_of(table, columns))
            [rows] = cursor.fetchone()
            if rows is not None:
                names = sql.SQL(", ").join(map(sql.Identifier, columns))
                insert = sql.SQL("insert into {} ({}) overriding system value values {}")
                statement = insert.format(sql.Identifier(table), names, sql.SQL(rows))
                _beginning.append(statement.as_string())


def empty_again(_test: Any = None) -> None:
    """Will delete every row and write those of the beginning, all in one transaction."""
    with connection.cursor() as cursor:
        filled = _filled(cursor)
        deletes = [_on("delete from {}", table) for table, _bloated in filled]
        cursor.execute(f"begin; {_UNCHECKED}{'; '.join([*deletes, *_beginning])}; commit")
        for table, is_bloated in filled:
            if is_bloated:
                cursor.execute(_on("vacuum {}", table))


def _filled(cursor: Any) -> list[tuple[str, bool]]:
    cursor.execute(_FILLED, [BLOATED_BYTES])
    found: list[tuple[str, bool]] = cursor.fetchall()
    return found


def _on(statement: LiteralString, table: str) -> str:
    return sql.SQL(statement).format(sql.Identifier(table)).as_string()


def _rows_of(table: str, columns: list[str]) -> sql.Composed:
    quoted = (sql.SQL("quote_nullable({}::text)").format(sql.Identifier(c)) for c in columns)
    return sql.SQL("select string_agg('(' || {} || ')', ', ') from {}").format(
        sql.SQL(" || ', ' || ").join(quoted), sql.Identifier(table)
    )
