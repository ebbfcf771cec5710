"""Prepared statements that reach the database in one journey; what ``rows`` is built on.

A cursor of psycopg costs more processor time than most of the statements a deed consists of.
Here they are handed to libpq one after another, a transaction that must begin first included,
then sent and waited for once. What psycopg knows of a connection stays true: its lock, its list
of prepared statements and its errors are the ones used.

Source: docs/decisions/0029.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import psycopg
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from psycopg import errors, generators, pq
from psycopg._preparing import Prepare
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGconn, PGresult

Statement = tuple[str, Sequence[str | None]]
#: The same, where a value may be in the binary form of its type (``columns``).
Packed = tuple[str, Sequence[str | bytes | None]]
Connection: TypeAlias = "psycopg.Connection[Any]"


_RELEASE: Statement = ("release savepoint attempt", ())


class _Query(NamedTuple):
    """What psycopg's list of prepared statements asks of a query."""

    query: bytes
    types: tuple[int, ...] = ()


class _New(NamedTuple):
    """A statement that was not prepared before. key: under which psycopg remembers it."""

    key: Any
    name: bytes


def send(statements: Sequence[Statement | Packed], *, binary: bool = False) -> list[PGresult]:
    """Will run statements, ``%s`` for each value, in order and give their results.

    Values go as text of unknown type, so that a statement has one form; bytes are the binary
    form of the type the statement names. Whether it is planned for its values or for any is the
    database's to judge, by their costs. binary: answers come in that form too.
    Raises: as a cursor, what the database refuses first; what comes after it is not run.
    """
    database = connections[DEFAULT_DB_ALIAS]  # itself: its proxy looks it up at every word
    database.close_if_health_check_failed()
    database.ensure_connection()
    raw = database.connection
    with database.wrap_database_errors, raw.lock:
        results: list[PGresult] = raw.wait(_travel(raw, statements, binary))
    if database.queries_logged:
        database.queries_log.extend({"sql": text, "time": "0"} for text, _values in statements)
    return results


def attempt(statements: Sequence[Statement | Packed]) -> list[PGresult]:
    """Will run statements as ``send`` does, all of them or none.

    Outside a transaction the journey is one of its own, committed when this returns.
    Raises: IntegrityError (a transaction around it stands as it stood before).
    """
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return send(statements)
    try:
        return send([("savepoint attempt", ()), *statements, _RELEASE])[1:-1]
    except IntegrityError:
        send([("rollback to savepoint attempt", ()), _RELEASE])
        raise


def copy(statement: str, content: bytes) -> None:
    """Will hand rows to a ``copy … from stdin``: half the work of an insert for the database.

    content: as the statement's format says, see ``columns.rows``.
    Raises: as a cursor, what the database refuses; none of the rows is there then.
    """
    database = connections[DEFAULT_DB_ALIAS]
    with (
        database.wrap_database_errors,
        database.cursor() as cursor,
        cursor.copy(statement) as rows,
    ):
        rows.write(content)


def read(results: Sequence[PGresult]) -> Iterator[list[tuple[Any, ...]]]:
    """Will give the rows of each result, as the types of the database say."""
    transformer = Transformer(connections[DEFAULT_DB_ALIAS].connection)
    for result in results:
        transformer.set_pgresult(result)
        yield transformer.load_rows(0, result.ntuples, tuple)


def _travel(
    raw: Connection, statements: Sequence[Statement | Packed], binary: bool
) -> PQGen[list[PGresult]]:
    pgconn = raw.pgconn
    if pgconn.status != pq.ConnStatus.OK:
        raise errors.OperationalError("the connection is closed")
    yield from raw._prepared.maintain_gen(raw)
    begins = not raw.autocommit and pgconn.transaction_status == pq.TransactionStatus.IDLE
    pgconn.enter_pipeline_mode()
    try:
        if begins:
            pgconn.send_query_params(raw._get_tx_start_command(), None)
        told = [_hand_over(raw, each, binary) for each in statements]
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        answers = yield from _answers(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:
        pgconn.finish()  # half a journey: nobody could say which answer belongs to what
        raise
    results = answers[begins:]
    for new, place in zip(told, _places(told), strict=True):
        if new is not None:
            raw._prepared.validate(new.key, Prepare.SHOULD, new.name, results[place : place + 1])
    for answer in answers:
        if answer.status == pq.ExecStatus.FATAL_ERROR:
            raise errors.error_from_result(answer, encoding=pgconn._encoding)
    return [results[place] for place in _places(told)]


def _hand_over(raw: Connection, statement: Statement | Packed, binary: bool) -> _New | None:
    """Gives a statement to libpq, and that it be prepared if it is not yet."""
    query: Any = _query(statement[0])
    values = [value.encode() if isinstance(value, str) else value for value in statement[1]]
    forms = [isinstance(value, bytes) for value in statement[1]]
    todo, name = raw._prepared.get(query, True)
    if todo is Prepare.SHOULD:
        raw.pgconn.send_prepare(name, query.query)
    raw.pgconn.send_query_prepared(name, values, forms, binary)
    key = raw._prepared.maybe_add_to_cache(query, todo, name)
    return None if key is None else _New(key, name)


def _answers(pgconn: PGconn) -> PQGen[list[PGresult]]:
    """One result per message that was sent, until all are answered."""
    found: list[PGresult] = []
    while True:
        results = yield from generators.fetch_many(pgconn)
        if not results:
            raise errors.OperationalError(pgconn.get_error_message())
        if results[0].status == pq.ExecStatus.PIPELINE_SYNC:
            return found
        found += results


def _places(told: Sequence[_New | None]) -> Iterator[int]:
    """Where the answers to the statements are, among those to their preparing."""
    place = -1
    for new in told:
        place += 1 if new is None else 2
        yield place


@lru_cache(maxsize=500)
def _query(statement: str) -> _Query:
    parts = [part.replace("%%", "%") for part in statement.split("%s")]
    numbered = parts[0] + "".join(f"${place}{part}" for place, part in enumerate(parts[1:], 1))
    return _Query(numbered.encode())
