"""What travels together is prepared, answered in order, and leaves a usable connection."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.utils import DataError

from apps.common import journeys
from apps.common.journeys import Statement

ADD: Statement = ("select %s::int + %s::int", ["1", "2"])
HALF: Statement = ("select 1 / %s::int", ["0"])


def answers(*statements: Statement) -> list[list[tuple[object, ...]]]:
    return list(journeys.read(journeys.send(statements)))


@pytest.mark.django_db
def test_a_new_statement_twice_in_one_journey_is_prepared_once() -> None:
    statement = "select %s::text || ' 100%%' -- twice"
    assert answers((statement, ["a"]), (statement, [None]), ADD) == [
        [("a 100%",)],
        [(None,)],
        [(3,)],
    ]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like '%%twice'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_after_a_refusal_nothing_runs_and_the_savepoint_is_enough_to_go_on() -> None:
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        answers(ADD, HALF, ("create table journeys_never (id int)", []))
    assert answers(("select to_regclass('journeys_never')::text", []), ADD) == [[(None,)], [(3,)]]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_begins_with_the_journey_and_what_was_prepared_survives_its_end() -> None:
    for _turn in range(2):
        with transaction.atomic():
            [[first]] = answers(("select pg_current_xact_id()::text", []))
            [[second]] = answers(("select pg_current_xact_id()::text", []))
        assert first == second
    with pytest.raises(DataError), transaction.atomic():
        answers(HALF)
    assert answers(ADD) == [[(3,)]]


@pytest.mark.django_db(transaction=True)
def test_an_error_outside_a_transaction_leaves_the_connection_as_it_was() -> None:
    with pytest.raises(DataError):
        answers(ADD, HALF)
    assert answers(ADD) == [[(3,)]]


@pytest.mark.django_db(transaction=True)
def test_a_connection_the_server_ended_is_an_error_once_and_then_a_new_one() -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        answers(ADD, ("select pg_terminate_backend(pg_backend_pid())", []), ADD)
    connection.close_if_unusable_or_obsolete()
    assert answers(ADD) == [[(3,)]]


NOTE: Statement = ("insert into journeys_note values (%s::int)", ["1"])
NOTED: Statement = ("select count(*) from journeys_note", [])


@pytest.fixture
def notes() -> Iterator[None]:
    answers(("create table journeys_note (number int primary key)", []))
    yield
    answers(("drop table journeys_note", []))


@pytest.mark.django_db(transaction=True)
def test_an_attempt_is_a_transaction_of_its_own(notes: None) -> None:
    journeys.attempt([NOTE])
    with pytest.raises(IntegrityError):
        journeys.attempt([("insert into journeys_note values (2)", []), NOTE])
    transaction.set_autocommit(True)  # nothing waits for an end
    assert answers(NOTED) == [[(1,)]]


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_fails_takes_nothing_from_the_transaction_around_it(notes: None) -> None:
    with transaction.atomic():
        journeys.attempt([NOTE])
        with pytest.raises(IntegrityError):
            journeys.attempt([("insert into journeys_note values (2)", []), NOTE])
        assert answers(NOTED) == [[(1,)]]
    assert answers(NOTED) == [[(1,)]]


@pytest.fixture
def other(transactional_db: None) -> Iterator[Any]:
    """Another connection to the same database."""
    made = connection.get_new_connection(connection.get_connection_params())
    made.autocommit = True
    yield made
    made.close()


def test_a_request_finds_the_connection_gone_before_its_first_journey(other: Any) -> None:
    [[(ours,)]] = answers(("select pg_backend_pid()", []))
    other.execute("select pg_terminate_backend(%s, 5000)", [ours])
    connection.close_if_unusable_or_obsolete()  # as a request begins
    [[(anew,)]] = answers(("select pg_backend_pid()", []))
    assert anew != ours


def test_a_connection_on_which_nothing_lies_is_not_asked_whether_it_lives(other: Any) -> None:
    [[(ours,)]] = answers(("select pg_backend_pid() -- the last word", []))
    assert connection.is_usable()
    asked = other.execute("select query from pg_stat_activity where pid = %s", [ours])
    assert asked.fetchone()[0].endswith("-- the last word")
