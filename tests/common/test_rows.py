"""Rows written together are the rows the ORM would write, or none of them."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEntry
from apps.common import clock, rows
from apps.notices.models import Delivery
from apps.rules.models import RuleTable, RuleTableVersion

pytestmark = pytest.mark.django_db


def entry(action: str = "case.opened", **values: object) -> AuditEntry:
    given = {
        "at": clock.now(),
        "actor_name": "王'芳",
        "action": action,
        "data": {"名": ["a", None]},
    }
    return AuditEntry(**{**given, **values})


def delivery(key: str) -> Delivery:
    moment = clock.now()
    return Delivery(channel="sms", key=key, to="1", text="您好", next_at=moment, created_at=moment)


def test_a_row_is_written_at_once_and_as_given() -> None:
    given = entry()
    rows.insert(given)
    kept = AuditEntry.objects.get()
    assert (kept.actor_name, kept.action, kept.data) == (
        "王'芳",
        "case.opened",
        {"名": ["a", None]},
    )
    assert (kept.at, kept.actor_id, kept.ip) == (given.at, None, given.ip)


def test_stamps_are_set() -> None:
    rows.insert(RuleTable(pk=rows.next_key(RuleTable), code="t", name="表", vocabulary="v"))
    assert RuleTable.objects.get(code="t").created_at is not None


def test_a_row_without_an_object_is_the_one_the_orm_would_write() -> None:
    moment = clock.now()
    given = {"at": moment, "actor_name": "王'芳", "action": "case.opened", "data": {"名": [None]}}
    rows.add(AuditEntry, given)
    AuditEntry.objects.create(**given)
    ours, theirs = AuditEntry.objects.order_by("pk").values()
    assert {**ours, "id": theirs["id"]} == theirs


def test_a_row_without_an_object_names_only_what_there_is_and_stamps_nothing() -> None:
    with pytest.raises(TypeError, match="AuditEntry"):
        rows.add(AuditEntry, {"at": clock.now(), "action": "a", "colour": "red"})
    with pytest.raises(TypeError, match="created_at"):
        rows.add(RuleTable, {"code": "t", "name": "表", "vocabulary": "v"})
    assert not AuditEntry.objects.exists()


def test_what_waits_is_written_at_the_end_in_one_journey() -> None:
    with rows.gathered():
        rows.insert(entry())
        with rows.gathered():
            rows.insert(delivery("k"))
        assert not AuditEntry.objects.exists()
        assert not Delivery.objects.exists()
    assert AuditEntry.objects.count() == Delivery.objects.count() == 1


def test_a_claim_is_won_once_and_gets_its_key() -> None:
    first, second = delivery("k"), delivery("k")
    assert [rows.claim(one, once=("channel", "key")) for one in (first, second)] == [True, False]
    assert (Delivery.objects.get().pk, second.pk) == (first.pk, None)


def test_flush_writes_early() -> None:
    with rows.gathered():
        rows.insert(entry())
        rows.flush()
        assert AuditEntry.objects.count() == 1


def test_an_error_in_the_block_writes_nothing_and_the_transaction_around_goes_on() -> None:
    @rows.gathered()
    def fail() -> None:
        rows.insert(entry())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not AuditEntry.objects.exists()


def test_what_the_database_refuses_takes_the_whole_block_back() -> None:
    @rows.gathered()
    def fail() -> None:
        rows.insert(entry())
        rows.insert(delivery("k"))
        rows.insert(delivery("k"))

    with pytest.raises(IntegrityError):
        fail()
    assert not AuditEntry.objects.exists()
    assert not Delivery.objects.exists()


def test_once_leaves_out_what_is_there() -> None:
    for _turn in range(2):
        rows.insert(delivery("k"), once=("channel", "key"))
    assert Delivery.objects.count() == 1


def test_keys_reserved_together_cost_one_question() -> None:
    with rows.gathered(), CaptureQueriesContext(connection) as asked:
        rows.reserve(rows.keys_of(RuleTable), rows.keys_of(RuleTable), rows.keys_of(AuditEntry))
        first, second = rows.next_key(RuleTable), rows.next_key(RuleTable)
        rows.next_key(AuditEntry)
    assert second > first
    assert len([q for q in asked.captured_queries if "nextval" in q["sql"]]) == 1


def test_reserving_outside_a_block_is_a_defect() -> None:
    with pytest.raises(RuntimeError):
        rows.reserve(rows.keys_of(RuleTable))


def test_a_column_takes_the_answer_to_a_question() -> None:
    kept = RuleTable.objects.create(code="t", name="表", vocabulary="v")
    question = ("select id from rules_ruletable where code = %s", ["t"])
    rows.insert(entry(), found=("actor_id", question))
    assert AuditEntry.objects.get().actor_id == kept.pk


def test_questions_asked_together_are_answered_in_order() -> None:
    [[one]], [[two]] = rows.ask(("select %s::int", ["1"]), ("select %s::numeric", ["2.5"]))
    assert (one, two) == (1, Decimal("2.5"))


def test_a_question_the_database_refuses_is_a_django_error() -> None:
    with pytest.raises(Exception, match="division by zero") as caught, transaction.atomic():
        rows.ask(("select 1 / %s::int", ["0"]))
    assert type(caught.value).__module__ == "django.db.utils"


def test_a_kind_of_field_that_is_not_known_is_refused_aloud() -> None:
    with pytest.raises(TypeError):
        rows._converter(models.BinaryField())


def test_what_is_foreseen_is_asked_with_the_next_question_and_answered_once() -> None:
    count = ("select count(*) from rules_ruletable where code = %s", ["t"])
    with rows.gathered(), CaptureQueriesContext(connection) as asked:
        rows.foresee(count)
        assert rows.ask(("select 1", [])) == [[(1,)]]
        journeys_so_far = len(asked.captured_queries)
        assert rows.ask(count) == [[(0,)]]
        assert len(asked.captured_queries) == journeys_so_far
        RuleTable.objects.create(code="t", name="表", vocabulary="v")
        assert rows.ask(count) == [[(1,)]]


def test_nobody_foresees_outside_a_block() -> None:
    rows.foresee(("select 1 / 0", []))
    assert rows.ask(("select 1", [])) == [[(1,)]]


@pytest.mark.django_db(transaction=True)
def test_the_outermost_block_commits_with_its_rows_and_then_tells() -> None:
    told: list[int] = []
    with rows.gathered():
        rows.insert(entry())
        transaction.on_commit(lambda: told.append(AuditEntry.objects.count()))
    assert told == [1]
    with transaction.atomic():
        with rows.gathered():
            rows.insert(entry())
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_only_the_commit_refuses_is_an_error_and_nothing_is_kept() -> None:
    @rows.gathered()
    def fail() -> None:
        rows.insert(entry())
        rows.insert(RuleTableVersion(pk=rows.next_key(RuleTableVersion), table_id=0, number=1))

    with pytest.raises(IntegrityError):
        fail()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_block_told_to_roll_back_writes_nothing() -> None:
    with rows.gathered():
        rows.insert(entry())
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


def test_rows_of_one_kind_that_stand_together_are_one_statement() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries, rows.gathered():
        for number in range(11):
            rows.insert(entry(f"a{number}"))
        rows.insert(delivery("one"), once=("channel", "key"))
        rows.insert(delivery("one"), once=("channel", "key"))
        rows.insert(entry("last"))
    written = [q["sql"] for q in queries.captured_queries if q["sql"].startswith("insert")]
    assert [sql.count("(%s") for sql in written] == [8, 3, 2, 1]
    kept = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(kept) == [*(f"a{number}" for number in range(11)), "last"]
    assert Delivery.objects.count() == 1


def test_in_order_whoever_asks_finds_what_was_written_before() -> None:
    with rows.in_order(), CaptureQueriesContext(connection) as sent:
        rows.insert(entry())
        assert sent.captured_queries == []
        assert AuditEntry.objects.count() == 1
        rows.insert(delivery("k"))
        assert rows.ask(("select count(*) from notices_delivery", [])) == [[(1,)]]
    assert AuditEntry.objects.count() == Delivery.objects.count() == 1


def test_in_order_a_block_keeps_its_own_savepoint_and_takes_what_waits_back_with_it() -> None:
    @rows.gathered()
    def fail() -> None:
        rows.insert(entry("goes"))
        rows.in_hand()["row"] = "locked since the savepoint"
        raise ZeroDivisionError

    @rows.gathered()
    def doubled() -> None:
        rows.insert(delivery("k"))
        rows.insert(delivery("k"))

    with rows.in_order():
        rows.insert(entry("stays"))
        with pytest.raises(ZeroDivisionError):
            fail()
        assert rows.in_hand() == {}
        with pytest.raises(IntegrityError):
            doubled()
        rows.insert(entry("stays too"))
    written = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(written) == ["stays", "stays too"]
    assert not Delivery.objects.exists()


def test_a_deed_within_a_deed_is_taken_back_alone_and_nothing_read_before_is_trusted() -> None:
    @rows.in_order()
    def fail() -> None:
        rows.insert(entry("inner"))
        rows.ask(("select 2", []))
        raise ZeroDivisionError

    count = ("select count(*) from audit_auditentry", [])
    with rows.in_order():
        rows.insert(entry("outer"))
        rows.foresee(count)
        rows.ask(("select 1", []))
        with pytest.raises(ZeroDivisionError):
            fail()
        with rows.in_order():
            rows.insert(entry("second"))
        assert rows.ask(count) == [[(2,)]]
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"outer", "second"}


@pytest.mark.django_db(transaction=True)
def test_in_order_the_commit_goes_with_the_last_rows_and_a_refusal_keeps_nothing() -> None:
    @rows.in_order()
    def fail() -> None:
        rows.insert(entry())
        rows.ask(("select 1", []))
        raise ZeroDivisionError

    told: list[int] = []
    with CaptureQueriesContext(connection) as sent, rows.in_order():
        transaction.on_commit(lambda: told.append(AuditEntry.objects.count()))
        rows.insert(entry())
    statements = [query["sql"] for query in sent.captured_queries]
    [written] = [place for place, sql in enumerate(statements) if sql.startswith("insert")]
    assert statements[written + 1] == "commit"
    assert told == [1]
    with pytest.raises(ZeroDivisionError):
        fail()
    assert AuditEntry.objects.count() == 1
