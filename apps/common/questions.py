"""Querysets asked so often that their SQL is made once.

For a short query by key Django spends several times longer on composing the SQL, and
PostgreSQL on planning it, than either spends on the answer. A ``Question`` is an ordinary
queryset with whole numbers, days or moments left open: it is compiled at its first use, travels
as a prepared statement, alone or with others in one journey, and gives the same objects, related
ones included; one that asks for values gives its rows.

    OPEN_TASKS = Question(lambda case: Task.objects.filter(case_id=case, done_at=None))
    tasks = OPEN_TASKS.all(case.pk)
    [case], tasks = together(LOCKED_CASE.of(pk), OPEN_TASKS.of(pk))
    HELD = Question(lambda user, day: Post.objects.filter(...).values_list("id"), (int, date))
    found = HELD.values(user.pk, clock.today())

Meant for what every deed and every report asks; anything else is a queryset. A question with
``select_for_update`` is asked in a transaction, as ever.

Source: docs/decisions/0029.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection, models
from django.db.models import query as django_query
from django.db.models import signals
from django.db.models.base import ModelState

from apps.common import journeys, rows

M = TypeVar("M", bound=models.Model)

Open: TypeAlias = int | date  # what may be left open; a moment is a day too
# Compiled with either, a statement differs where something is left open.
_STAND_INS = (0, 100)
_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class Asked(NamedTuple):
    """A question with what it left open."""

    question: "Question[Any]"
    given: tuple[Open, ...]


class _Compiled(NamedTuple):
    """statement: with %s. values: a text, or the place of what stands there."""

    compiler: Any
    statement: str
    values: list[str | int]


class _Making(NamedTuple):
    """How objects are made of the rows that come back."""

    model: Any
    converters: list[tuple[int, list[Callable[[Any, Any, Any], Any]], Any]]
    columns: slice
    attributes: list[str]
    related: list[Any]


class Question(Generic[M]):
    """One queryset with something left open.

    build: takes a value per open place and gives the queryset; called with stand-ins, at the
    first use. kinds: of the open places, ``int``, ``date`` or ``datetime``; without it all are
    whole numbers. Each may only be compared with a column of its kind.
    """

    def __init__(
        self, build: "Callable[..., models.QuerySet[M, Any]]", kinds: tuple[type[Open], ...] = ()
    ) -> None:
        self._build, self._kinds = build, kinds

    def of(self, *given: Open) -> Asked:
        """Will give the question with what it left open, to be asked ``together`` with others."""
        return Asked(self, given)

    def all(self, *given: Open) -> list[M]:
        """Will give every answer."""
        [found] = together(self.of(*given))
        return found

    def first(self, *given: Open) -> M | None:
        """Will give the first answer, or None."""
        return next(iter(self.all(*given)), None)

    def values(self, *given: Open) -> rows.Answer:
        """Will give the rows of a queryset of values, as the database's types say."""
        [found] = rows.ask(self.statement(given))
        return found

    def statement(self, given: Sequence[Open]) -> journeys.Statement:
        """Will give the SQL with its values, as ``rows.ask`` takes them."""
        compiled = self._compiled
        return compiled.statement, [
            _text(given[value]) if isinstance(value, int) else value for value in compiled.values
        ]

    def objects(self, found: Sequence[Sequence[Any]]) -> Iterator[M]:
        """Will make the objects of the rows that came back."""
        compiled, alias = self._making, connection.alias
        for answer in found:
            row = list(answer)
            for place, steps, expression in compiled.converters:
                for step in steps:
                    row[place] = step(row[place], expression, connection)
            made = _made(compiled.model, alias, compiled.attributes, row[compiled.columns])
            for populator in compiled.related:
                _populate(populator, row, made)
            yield made

    @cached_property
    def _compiled(self) -> _Compiled:
        kinds = self._kinds or (int,) * len(inspect.signature(self._build).parameters)
        given, others = (
            [_stand_in(kind, first + place) for place, kind in enumerate(kinds)]
            for first in _STAND_INS
        )
        compiler, (statement, params) = self._compile(given)
        _other, (_same, differing) = self._compile(others)
        values: list[str | int] = [
            given.index(param) if param != other and param in given else _text(param)
            for param, other in zip(params, differing, strict=True)
        ]
        return _Compiled(compiler, statement, values)

    def _compile(self, given: Sequence[Open]) -> tuple[Any, tuple[str, Sequence[Any]]]:
        compiler = self._build(*given).query.get_compiler(using=connection.alias)
        return compiler, compiler.as_sql()

    @cached_property
    def _making(self) -> _Making:
        compiler = self._compiled.compiler
        if compiler.annotation_col_map:
            raise TypeError("a question gives objects without annotations")
        own = compiler.klass_info["select_fields"]
        columns = slice(own[0], own[-1] + 1)
        converters = compiler.get_converters([each[0] for each in compiler.select])
        return _Making(
            compiler.klass_info["model"],
            [(place, steps, column) for place, (steps, column) in converters.items()],
            columns,
            [column.target.attname for column, _sql, _alias in compiler.select[columns]],
            django_query.get_related_populators(  # type: ignore[attr-defined]  # not in the stubs
                compiler.klass_info, compiler.select, connection.alias
            ),
        )


def _stand_in(kind: type[Open], number: int) -> Open:
    if kind is int:
        return number
    moment = _FIRST_DAY + timedelta(days=number)
    return moment if kind is datetime else moment.date()


def together(*asked: Asked) -> list[list[Any]]:
    """Will ask several questions in one journey, in order, and give each one's objects.

    Each sees what is committed when its turn comes: what follows a locking question sees what
    the one waited for has written.
    """
    found = rows.ask(*(each.question.statement(each.given) for each in asked))
    return [
        list(each.question.objects(answers)) for each, answers in zip(asked, found, strict=True)
    ]


def _made(model: Any, alias: str, attributes: list[str], values: list[Any]) -> Any:
    """An object as ``from_db`` makes it, by a fifth of its steps where nothing hangs on them.

    Columns that were not read are absent, which is how Django marks what it will fetch later.
    """
    if not _is_plain(model):
        return model.from_db(alias, attributes, values)
    made = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, alias
    made.__dict__.update(zip(attributes, values, strict=True), _state=state)
    return made


@cache
def _is_plain(model: Any) -> bool:
    """Whether nobody has a say in how objects of the model are made."""
    own = model.__init__ is not models.Model.__init__ or "from_db" in vars(model)
    heard = signals.pre_init.has_listeners(model) or signals.post_init.has_listeners(model)
    return not own and not heard


def _populate(populator: Any, row: list[Any], owner: Any) -> None:
    """What Django's populator of a related row does, with ``_made``."""
    values = row[populator.cols_start : populator.cols_end]
    found = None
    if values[populator.pk_idx] is not None:
        found = _made(populator.model_cls, populator.db, populator.init_list, values)
        for further in populator.related_populators:
            _populate(further, row, found)
    populator.local_setter(owner, found)
    if found is not None:
        populator.remote_setter(found, owner)


def condition_of(queryset: "models.QuerySet[Any]") -> journeys.Statement:
    """Will give what a queryset asks of the rows of its own table, as SQL with its values.

    For statements written by hand, in which the rows bear the table's name. Order, limits and
    columns of the queryset are not looked at; one that joins other tables is refused aloud.
    """
    compiler = queryset.query.get_compiler(using=connection.alias)
    if sum(map(bool, queryset.query.alias_refcount.values())) > 1:
        raise TypeError("a condition is about the rows of one table")
    try:
        condition, params = compiler.compile(queryset.query.where)
    except EmptyResultSet:
        return "false", ()
    except FullResultSet:
        return "true", ()
    return condition, tuple(_text(param) for param in params)


def _text(param: Any) -> str:
    """As ``rows`` sends everything: of unknown type, so that one statement has one plan."""
    if isinstance(param, bool):
        return "t" if param else "f"
    if isinstance(param, int | str):
        return str(param)
    if isinstance(param, date):
        return param.isoformat()
    raise TypeError(f"a question cannot hold {param!r}")
