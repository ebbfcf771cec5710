"""Rows that travel together: inserts that wait and reach the database in one journey, and
questions asked at every report, whose plan the database keeps.

Registering one report writes a dozen rows of as many tables. Saved one by one through the
ORM, most of the time goes into asking and waiting, not into writing. ``insert`` says that a
row is to be written; inside ``gathered()`` it waits, and the end of the block sends all that
waits at once, as prepared statements in the protocol's pipeline. Outside it is written at
once.

What waits cannot be read, updated or locked yet: ``flush`` writes it early. In a block
``in_order`` it can: what waits is written with whatever is asked next. Keys that other
rows refer to are drawn with ``next_key`` before. No ``save`` of a model and none of its
signals run; a field of a kind not listed in ``_AS_TEXT`` is refused aloud.

Source: docs/decisions/0029, 0089.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, groupby
from typing import Any, NamedTuple, TypeAlias

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.search import SearchVectorField
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from psycopg import sql

from apps.common import journeys
from apps.common.journeys import Statement

_NUMBERS = "select nextval(name::regclass) from unnest(%s::text[]) as name"
_COMMIT: Statement = ("commit", ())
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


Asked: TypeAlias = tuple[str, tuple[str | None, ...]]
Answer: TypeAlias = list[tuple[Any, ...]]


@dataclass
class _Gathering:
    """What one block has to write, the numbers drawn for it by sequence, and what it will ask."""

    waiting: list[Statement] = field(default_factory=list)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    foreseen: list[Asked] = field(default_factory=list)
    answers: dict[Asked, Answer] = field(default_factory=dict)
    in_order: bool = False
    within: bool = False  # of a block in order: a block of ``gathered`` stands in it
    in_hand: dict[Any, Any] = field(default_factory=dict)

    def before_asking(self) -> list[Statement]:
        """What must be written before anything is asked: in a block ``in_order`` all that waits."""
        return self.take() if self.in_order else []

    def trust_no_more(self) -> None:
        """What was read may have been changed by a deed within this one, or be taken back."""
        self.answers.clear()
        self.in_hand.clear()

    def take(self) -> list[Statement]:
        """What waits, which from now on is in the caller's hands."""
        statements = _together(self.waiting)
        self.waiting.clear()
        return statements


#: Of statements that insert one row as it is given: what stands before, in and behind its values.
_parts: dict[str, tuple[str, str, str]] = {}
_MOST_TOGETHER = 8
_gathering: ContextVar[_Gathering | None] = ContextVar("rows_gathering", default=None)


class _Plan(NamedTuple):
    """How rows of one model are written. fields: attribute, its text, itself if it is a stamp,
    its default."""

    sql: str
    fields: "list[tuple[str, Converter, Field | None, Callable[[], Any]]]"


def insert(
    row: models.Model, *, once: tuple[str, ...] = (), found: "tuple[str, Statement] | None" = None
) -> None:
    """Will write a new row, at once or with those that wait.

    A row without a key gets one from the database and is not told which. once: columns of a
    unique constraint; a row that repeats them is left out. found: a column, and the question
    (one value) whose answer it gets, because what it refers to may be waiting as well.
    """
    plan = _plan(type(row), row.pk is not None, once, found and (found[0], found[1][0]))
    values = _values(row, plan, found)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    execute(plan.sql, values)


def claim(row: models.Model, *, once: tuple[str, ...]) -> bool:
    """Will write a new row now and give it its key, unless its like is there; tells which.

    once: columns of a unique constraint. A rival who is writing the same is waited for; who was
    told False and locks the row then sees what the rival has committed.
    """
    plan = _plan(type(row), False, once, None)
    key = sql.SQL(" returning {}").format(sql.Identifier(type(row)._meta.pk.column))
    [written] = ask((plan.sql + key.as_string(), _values(row, plan, None)))
    if written:
        row.pk = written[0][0]
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return bool(written)


def _values(
    row: models.Model, plan: _Plan, found: "tuple[str, Statement] | None"
) -> list[str | None]:
    values: list[str | None] = []
    for name, as_text, stamped, _default in plan.fields:
        if found is not None and name == found[0]:
            values += found[1][1]
            continue
        value = stamped.pre_save(row, True) if stamped is not None else getattr(row, name)
        values.append(None if value is None else as_text(value))
    return values


def add(
    model: type[models.Model],
    given: dict[str, Any],
    *,
    once: tuple[str, ...] = (),
    found: "tuple[str, Statement] | None" = None,
) -> None:
    """Will write a new row that nobody looks at again, without making an object of it.

    given: values by column attribute (``case_id``, not ``case``); the rest have their defaults,
    the key may come from the database. once, found: as ``insert``.
    Raises: TypeError (an attribute the model does not have, or one that stamps itself).
    """
    with_key = model._meta.pk.attname in given
    plan = _plan(model, with_key, once, found and (found[0], found[1][0]))
    values: list[str | None] = []
    known = 0
    for name, as_text, stamped, default in plan.fields:
        if found is not None and name == found[0]:
            values += found[1][1]
            continue
        if stamped is not None:
            raise TypeError(f"{model.__name__}.{name} stamps itself: insert a row")
        if name in given:
            known += 1
            value = given[name]
        else:
            value = default()
        values.append(None if value is None else as_text(value))
    if known != len(given):
        raise TypeError(f"{model.__name__} has not all of {sorted(given)}")
    execute(plan.sql, values)


def update(row: models.Model, *names: str) -> None:
    """Will write some columns of a row, at once or with those that wait.

    names: of fields; stamps of the last change are written with them.
    """
    meta = row._meta
    stamps = [f.name for f in meta.concrete_fields if getattr(f, "auto_now", False)]
    statement, fields = _change(type(row), tuple(dict.fromkeys([*names, *stamps])))
    values: list[str | None] = []
    for name, as_text, stamped, _default in fields:
        value = stamped.pre_save(row, False) if stamped is not None else getattr(row, name)
        values.append(None if value is None else as_text(value))
    execute(statement, [*values, str(row.pk)])


def execute(statement: str, values: list[str | None]) -> None:
    """Will run a statement nobody waits for an answer of, at once or with those that wait.

    values: as text; the statement says their type where it cannot be guessed.
    """
    gathering = _gathering.get()
    if gathering is None:
        journeys.send([(statement, values)])
    else:
        gathering.waiting.append((statement, values))


def ask(*questions: Statement) -> list[Answer]:
    """Will give the answers to questions asked together, each a list of rows.

    They are asked in order, each seeing what is committed when its turn comes. What was
    foreseen goes with them, or has been answered already.
    """
    gathering = _gathering.get()
    if gathering is None:
        return list(journeys.read(journeys.send(questions)))
    if not (gathering.foreseen or gathering.answers):
        written = gathering.before_asking()
        return list(journeys.read(journeys.send([*written, *questions])[len(written) :]))
    asked = [(statement, tuple(values)) for statement, values in questions]
    if not all(each in gathering.answers for each in asked):
        together = list(dict.fromkeys([*asked, *gathering.foreseen]))
        gathering.foreseen.clear()
        written = gathering.before_asking()
        found = journeys.read(journeys.send([*written, *together])[len(written) :])
        gathering.answers.update(zip(together, found, strict=True))
    return [gathering.answers.pop(each) for each in asked]


def foresee(*questions: Statement) -> None:
    """Will have questions asked along with the next of the ``gathered`` block.

    For what is sure to be asked further on, and changed by nobody until then: who asks the
    very same, once, has the answer at hand. Outside a block nothing is foreseen.
    """
    gathering = _gathering.get()
    if gathering is not None:
        gathering.foreseen += [(statement, tuple(values)) for statement, values in questions]


@contextmanager
def gathered(*, savepoint: bool = True) -> Iterator[None]:
    """Will send what the block inserts in one journey, in a transaction, at its end.

    Blocks within the block join it. Where no transaction is around the block, its commit goes in
    the same journey. savepoint: whether a transaction around the block survives
    an error in it; two journeys more, for nothing where only a defect could raise one, or
    where everything is refused before anything is written.
    Raises: what the database refuses, at the end.
    """
    deed = _gathering.get()
    if deed is not None and (deed.within or not deed.in_order):
        yield
        return
    if deed is not None:
        with _within(deed, savepoint=savepoint):
            yield
        return
    around = connection.in_atomic_block
    with nullcontext() if around and not savepoint else transaction.atomic():
        mark = _gathering.set(_Gathering())
        try:
            yield
            _write(last=not around)
        finally:
            _gathering.reset(mark)


@contextmanager
def _within(deed: _Gathering, *, savepoint: bool) -> Iterator[None]:
    """A block of ``gathered`` in a deed: refused as a whole where there is a savepoint."""
    deed.within = True
    try:
        with transaction.atomic() if savepoint else nullcontext():
            yield
    finally:
        deed.within = False


@contextmanager
def in_order() -> Iterator[None]:
    """Will send what the block writes along with its next question, or with its commit.

    As ``gathered``, but nobody in the block can tell that a row waits: whatever is asked, by
    ``ask`` or through the ORM, what was written before goes before it, and a savepoint that is
    rolled back takes what waits with it. For a deed, whose parts write and ask in turn. Within
    another block it is a transaction of its own, with a savepoint.
    Raises: what the database refuses, at the next question or at the end.
    """
    flush()  # what waits in a deed around this one, the savepoint sends on its way
    outer, around = _gathering.get(), connection.in_atomic_block
    with transaction.atomic():
        gathering = _Gathering(in_order=True)
        mark = _gathering.set(gathering)
        try:
            with connection.execute_wrapper(_writing_first(gathering)):
                yield
            _write(last=not around)
        finally:
            _gathering.reset(mark)
            if outer is not None:
                outer.trust_no_more()


def _writing_first(gathering: _Gathering) -> Callable[..., Any]:
    """What waits is written before a statement that comes through Django's own cursor."""

    def execute(run: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if str(sql).startswith("ROLLBACK TO SAVEPOINT"):
            gathering.waiting.clear()
            gathering.trust_no_more()
        elif gathering.waiting:
            journeys.send(gathering.take())
        return run(sql, params, many, context)

    return execute


def in_hand() -> dict[Any, Any]:
    """Will give what the parts of a deed share until it ends: rows it has locked and read.

    Empty again after a savepoint is rolled back; outside ``in_order`` always empty.
    """
    gathering = _gathering.get()
    return gathering.in_hand if gathering is not None and gathering.in_order else {}


def forget(*questions: Statement) -> None:
    """Will have answers asked anew that were foreseen: what they are about has changed."""
    gathering = _gathering.get()
    if gathering is not None:
        for statement, values in questions:
            gathering.answers.pop((statement, tuple(values)), None)


def flush() -> None:
    """Will write what waits, so that the rest of the block may read or change it.

    In a block ``in_order`` whoever reads sees it anyway, and it goes on waiting.
    """
    gathering = _gathering.get()
    if gathering is not None and not gathering.in_order:
        _write(last=False)


def _write(*, last: bool) -> None:
    """last: nothing follows in the transaction, which Django then finds committed."""
    gathering = _gathering.get()
    if gathering is not None and gathering.waiting:
        statements = gathering.take()
        if last and not connection.needs_rollback:
            statements.append(_COMMIT)
        journeys.send(statements)


def _together(waiting: Sequence[Statement]) -> list[Statement]:
    """Rows of one kind that stand side by side as one statement, at most eight in each.

    Few sizes: each has a plan of its own, which the database keeps.
    """
    found: list[Statement] = []
    for statement, run in groupby(waiting, key=lambda each: each[0]):
        rest = [values for _same, values in run]
        parts = _parts.get(statement)
        while rest:
            count = min(len(rest), _MOST_TOGETHER) if parts is not None else 1
            taken, rest = rest[:count], rest[count:]
            if parts is not None and count > 1:
                head, row, tail = parts
                one = head + ", ".join([row] * count) + tail
                found.append((one, list(chain.from_iterable(taken))))
            else:
                found += [(statement, values) for values in taken]
    return found


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


def numbers_question(*sequences: str) -> Statement:
    """Will give what ``reserve`` asks, for a caller who foresees that it will."""
    return _NUMBERS, [f"{{{','.join(sequences)}}}"]


def _draw(sequences: Sequence[str]) -> list[int]:
    [drawn] = ask(numbers_question(*sequences))
    return [number for (number,) in drawn]


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
    text = statement.as_string()
    tail = ""
    if once:
        conflict = sql.SQL(" on conflict ({}) do nothing")
        tail = conflict.format(names.join(map(sql.Identifier, once))).as_string()
    if found is None:
        head, _values, row = text.partition(" values ")
        _parts[text + tail] = (f"{head} values ", row, tail)
    return _Plan(
        text + tail,
        list(map(_of_field, fields)),
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
        list(map(_of_field, fields)),
    )


def _of_field(field: "Field") -> "tuple[str, Converter, Field | None, Callable[[], Any]]":
    return (
        field.attname,
        _converter(field),
        field if _is_stamped(field) else None,
        field.get_default,
    )


def _converter(field: "Field") -> Converter:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    for kind, converter in _AS_TEXT:
        if isinstance(target, kind):
            return converter(target)
    raise TypeError(f"{field} is of a kind that apps.common.rows does not write")


def _is_stamped(field: "Field") -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
