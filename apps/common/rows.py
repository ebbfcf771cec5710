"""Rows that travel together: inserts that wait and reach the database in one journey, and
questions asked at every report, whose plan the database keeps.

Registering one report writes a dozen rows of as many tables. Saved one by one through the
ORM, most of the time goes into asking and waiting, not into writing. ``insert`` says that a
row is to be written; inside ``gathered()`` it waits, and the end of the block sends all that
waits at once, as prepared statements in the protocol's pipeline. Outside it is written at
once.

What waits cannot be read, updated or locked yet: ``flush`` writes it early. Keys that other
rows refer to are drawn with ``next_key`` before. No ``save`` of a model and none of its
signals run; a field of a kind not listed in ``_AS_TEXT`` is refused aloud.

Source: docs/decisions/0029.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import psycopg
from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models, transaction
from psycopg import sql

_NUMBERS = "select nextval(name::regclass) from unnest(%s::text[]) as name"
Statement = tuple[str, Sequence[str | None]]
Converter = Callable[[Any], str]
Field: TypeAlias = "models.Field[Any, Any]"


def _json(field: models.JSONField) -> Converter:
    encoder = field.encoder
    return lambda value: json.dumps(value, cls=encoder, ensure_ascii=False)


# Every value goes as text of unknown type, so that one statement has one plan, whatever the
# size of a number or the absence of a value.
_AS_TEXT: "tuple[tuple[type[Field], Callable[[Any], Converter]], ...]" = (
    (models.BooleanField, lambda field: lambda value: "t" if value else "f"),
    (models.DateTimeField, lambda field: lambda value: value.isoformat()),
    (models.DateField, lambda field: lambda value: value.isoformat()),
    (models.JSONField, _json),
    (GeometryField, lambda field: lambda value: value.hexewkb.decode()),
    (SearchVectorField, lambda field: str),
    (models.GenericIPAddressField, lambda field: str),
    (models.UUIDField, lambda field: str),
    (models.CharField, lambda field: str),
    (models.TextField, lambda field: str),
    (models.IntegerField, lambda field: str),
    (models.DecimalField, lambda field: str),
    (models.FloatField, lambda field: repr),
)


class _Gathering(NamedTuple):
    """What one block has to write, and the numbers drawn for it, by sequence."""

    waiting: list[Statement]
    numbers: dict[str, list[int]]


_gathering: ContextVar[_Gathering | None] = ContextVar("rows_gathering", default=None)


class _Plan(NamedTuple):
    """How rows of one model are written. fields: attribute, its text, itself if it is a stamp."""

    sql: str
    fields: "list[tuple[str, Converter, Field | None]]"


def insert(
    row: models.Model, *, once: tuple[str, ...] = (), found: "tuple[str, Statement] | None" = None
) -> None:
    """Will write a new row, at once or with those that wait.

    A row without a key gets one from the database and is not told which. once: columns of a
    unique constraint; a row that repeats them is left out. found: a column, and the question
    (one value) whose answer it gets, because what it refers to may be waiting as well.
    """
    plan = _plan(type(row), row.pk is not None, once, found and (found[0], found[1][0]))
    values: list[str | None] = []
    for name, as_text, stamped in plan.fields:
        if found is not None and name == found[0]:
            values += found[1][1]
            continue
        value = stamped.pre_save(row, True) if stamped is not None else getattr(row, name)
        values.append(None if value is None else as_text(value))
    row._state.adding, row._state.db = False, connection.alias
    execute(plan.sql, values)


def update(row: models.Model, *names: str) -> None:
    """Will write some columns of a row, at once or with those that wait.

    names: of fields; stamps of the last change are written with them.
    """
    meta = row._meta
    stamps = [f.name for f in meta.concrete_fields if getattr(f, "auto_now", False)]
    statement, fields = _change(type(row), tuple(dict.fromkeys([*names, *stamps])))
    values: list[str | None] = []
    for name, as_text, stamped in fields:
        value = stamped.pre_save(row, False) if stamped is not None else getattr(row, name)
        values.append(None if value is None else as_text(value))
    execute(statement, [*values, str(row.pk)])


def execute(statement: str, values: list[str | None]) -> None:
    """Will run a statement nobody waits for an answer of, at once or with those that wait.

    values: as text; the statement says their type where it cannot be guessed.
    """
    gathering = _gathering.get()
    if gathering is None:
        _send([(statement, values)])
    else:
        gathering.waiting.append((statement, values))


def ask(*questions: Statement) -> list[list[tuple[Any, ...]]]:
    """Will give the answers to questions asked together, each a list of rows.

    They are asked in order, each seeing what is committed when its turn comes.
    """
    return [cursor.fetchall() for cursor in _send(questions)]


@contextmanager
def gathered(*, savepoint: bool = True) -> Iterator[None]:
    """Will send what the block inserts in one journey, in a transaction, at its end.

    Blocks within the block join it. savepoint: whether a transaction around the block survives
    an error in it; two journeys more, for nothing where only a defect could raise one, or
    where everything is refused before anything is written.
    Raises: what the database refuses, at the end.
    """
    if _gathering.get() is not None:
        yield
        return
    joins = connection.in_atomic_block and not savepoint
    with nullcontext() if joins else transaction.atomic():
        mark = _gathering.set(_Gathering([], {}))
        try:
            yield
            flush()
        finally:
            _gathering.reset(mark)


def flush() -> None:
    """Will write what waits, so that the rest of the block may read or change it."""
    gathering = _gathering.get()
    if gathering is not None and gathering.waiting:
        statements = list(gathering.waiting)
        gathering.waiting.clear()
        _send(statements)


def reserve(*sequences: str) -> None:
    """Will draw numbers, asked for together, that the rest of the ``gathered`` block needs."""
    gathering = _gathering.get()
    if gathering is None:
        raise RuntimeError("numbers are reserved within gathered()")
    for sequence, number in zip(sequences, _draw(sequences), strict=True):
        gathering.numbers.setdefault(sequence, []).append(number)


def next_number(sequence: str) -> int:
    """Will give the next number of a sequence, a reserved one where there is one."""
    gathering = _gathering.get()
    if gathering is not None and gathering.numbers.get(sequence):
        return gathering.numbers[sequence].pop(0)
    return _draw([sequence])[0]


def next_key(model: type[models.Model]) -> int:
    """Will give the key for a new row."""
    return next_number(keys_of(model))


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """Will give keys for several new rows, ascending."""
    return _draw([keys_of(model)] * count) if count else []


def keys_of(model: type[models.Model]) -> str:
    """Will give the sequence a model's keys come from."""
    return f"{model._meta.db_table}_{model._meta.pk.column}_seq"


def _draw(sequences: Sequence[str]) -> list[int]:
    [drawn] = ask((_NUMBERS, [f"{{{','.join(sequences)}}}"]))
    return [number for (number,) in drawn]


def _send(statements: Sequence[Statement]) -> "list[psycopg.Cursor[tuple[Any, ...]]]":
    connection.ensure_connection()
    cursors = []
    with connection.wrap_database_errors, _together(len(statements)):
        for statement, values in statements:
            cursor = psycopg.Cursor(connection.connection)
            cursors.append(cursor.execute(statement, values, prepare=True))
            if connection.queries_logged:
                connection.queries_log.append({"sql": statement, "time": "0"})
    return cursors


def _together(count: int) -> "AbstractContextManager[Any]":
    return connection.connection.pipeline() if count > 1 else nullcontext()


@cache
def _plan(
    model: type[models.Model],
    with_key: bool,
    once: tuple[str, ...],
    found: tuple[str, str] | None,
) -> _Plan:
    fields = [f for f in model._meta.concrete_fields if with_key or not f.primary_key]
    names = sql.SQL(", ")
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(model._meta.db_table),
        names.join(sql.Identifier(f.column) for f in fields),
        names.join(
            sql.SQL("({})").format(sql.SQL(found[1]))
            if found is not None and f.attname == found[0]
            else sql.Placeholder()
            for f in fields
        ),
    )
    if once:
        statement += sql.SQL(" on conflict ({}) do nothing").format(
            names.join(map(sql.Identifier, once))
        )
    return _Plan(
        statement.as_string(),
        [(f.attname, _converter(f), f if _is_stamped(f) else None) for f in fields],
    )


@cache
def _change(model: type[models.Model], names: tuple[str, ...]) -> _Plan:
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    if len(fields) != len(names):
        raise TypeError(f"{model.__name__} has not all of {names}")
    pairs = [sql.SQL("{} = {}").format(sql.Identifier(f.column), sql.Placeholder()) for f in fields]
    statement = sql.SQL("update {} set {} where {} = {}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(pairs),
        sql.Identifier(model._meta.pk.column),
        sql.Placeholder(),
    )
    return _Plan(
        statement.as_string(),
        [(f.attname, _converter(f), f if _is_stamped(f) else None) for f in fields],
    )


def _converter(field: "Field") -> Converter:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    for kind, converter in _AS_TEXT:
        if isinstance(target, kind):
            return converter(target)
    raise TypeError(f"{field} is of a kind that apps.common.rows does not write")


def _is_stamped(field: "Field") -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
