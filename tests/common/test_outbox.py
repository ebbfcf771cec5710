import threading
import time
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock, outbox
from apps.common.errors import NotAllowed
from apps.common.models import Dictionary, OutboxMessage
from apps.common.waking import Waker


class WorkerKilled(BaseException):
    """Ends the worker in the middle, as a signal would."""


@pytest.fixture
def effects(monkeypatch):
    done = []
    monkeypatch.setattr(outbox, "_handlers", {})

    @outbox.handles("test.effect")
    def handle(message):
        done.append(message.key)
        Dictionary.objects.create(code=message.key, name="x")

    return done


def order(key: str = "k", **more):
    outbox.enqueue("test.effect", key=key, payload={}, **more)


def fail_with(monkeypatch, error):
    def handle(message):
        Dictionary.objects.create(code=message.key, name="x")
        raise error

    monkeypatch.setattr(outbox, "_handlers", {"test.effect": handle})


@pytest.mark.django_db
def test_ordering_twice_does_it_once(effects):
    order()
    order()
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    assert effects == ["k"]


@pytest.mark.django_db
def test_not_before_its_time(effects):
    order(available_at=clock.now() + timedelta(minutes=1))
    assert outbox.drain() == 0
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert outbox.drain() == 1


@pytest.mark.django_db
def test_failure_undoes_its_rows_and_is_tried_later(monkeypatch, effects):
    order()
    fail_with(monkeypatch, RuntimeError("对方没有应答"))
    assert outbox.drain() == 0
    message = OutboxMessage.objects.get()
    assert "对方没有应答" in message.last_error
    assert message.available_at > clock.now()
    assert not Dictionary.objects.exists()


@pytest.mark.django_db
def test_twelve_failures_end_among_the_dead(monkeypatch, effects):
    order()
    fail_with(monkeypatch, RuntimeError("no"))
    moment = clock.now()
    for _attempt in range(15):
        moment += timedelta(hours=2)
        with clock.at(moment):
            outbox.drain()
    message = OutboxMessage.objects.get()
    assert message.attempts == 12
    assert message.dead_at
    assert outbox.measure().dead == 1


@pytest.mark.django_db
def test_dead_message_can_be_retried_and_that_is_logged(effects):
    admin = User.objects.create(username="root", full_name="系统管理员", is_superuser=True)
    order()
    OutboxMessage.objects.update(dead_at=clock.now(), attempts=12)
    assert outbox.drain() == 0
    assert outbox.retry(admin, message_ids=[OutboxMessage.objects.get().pk]) == 1
    assert outbox.drain() == 1
    assert AuditEntry.objects.get().action == "outbox_message.retried"


@pytest.mark.django_db
def test_retry_needs_the_right(effects):
    clerk = User.objects.create(username="clerk", full_name="受理员")
    with pytest.raises(NotAllowed):
        outbox.retry(clerk, message_ids=[1])


@pytest.mark.django_db
def test_unknown_topic_waits_for_its_app(effects):
    outbox.enqueue("nobody.knows", key="k", payload={})
    assert outbox.drain() == 0
    assert outbox.measure().waiting == 1


@pytest.mark.django_db
def test_age_of_the_oldest_is_measured(effects):
    with clock.at(clock.now() - timedelta(minutes=20)):
        order()
    assert 1199 < outbox.measure().oldest_seconds < 1300


@pytest.mark.django_db
def test_purge_keeps_the_waiting_and_the_dead(effects):
    with clock.at(clock.now() - timedelta(days=40)):
        order("done")
        outbox.drain()
        order("waiting")
        order("dead")
        OutboxMessage.objects.filter(key="dead").update(dead_at=clock.now())
    assert outbox.purge(older_than=timedelta(days=30)) == 1
    assert OutboxMessage.objects.count() == 2


@pytest.mark.django_db
def test_one_wake_per_transaction(effects, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        order("a")
        order("b")
        with transaction.atomic():
            order("c")
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_killed_worker_leaves_the_message_for_another(monkeypatch, effects):
    order()
    fail_with(monkeypatch, WorkerKilled())
    with pytest.raises(WorkerKilled):
        outbox.drain()
    assert not Dictionary.objects.exists()
    assert OutboxMessage.objects.get().attempts == 1
    monkeypatch.setattr(outbox, "_handlers", {"test.effect": lambda m: effects.append(m.key)})
    assert outbox.drain() == 0  # the lease of the dead worker runs for a minute
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert outbox.drain() == 1


@pytest.mark.django_db(transaction=True)
def test_message_that_kills_every_worker_is_laid_aside(monkeypatch, effects):
    order()
    fail_with(monkeypatch, WorkerKilled())
    OutboxMessage.objects.update(attempts=12)
    assert outbox.drain() == 0
    assert OutboxMessage.objects.get().dead_at


@pytest.mark.django_db(transaction=True)
def test_who_stood_beside_a_killer_is_done_and_lives(monkeypatch, effects):
    for key in ("a", "killer", "b"):
        order(key)

    def handle(message):
        if message.key == "killer":
            raise WorkerKilled
        effects.append(message.key)

    monkeypatch.setattr(outbox, "_handlers", {"test.effect": handle})
    moment = clock.now()
    for _death in range(3):
        moment += timedelta(minutes=2)
        with clock.at(moment), pytest.raises(WorkerKilled):
            outbox.drain()
    assert effects == ["a", "b"]  # the neighbour's turn came before the killer's third
    attempts = dict(OutboxMessage.objects.values_list("key", "attempts"))
    assert attempts == {"a": 1, "killer": 3, "b": 2}


@pytest.mark.django_db(transaction=True)
def test_an_effect_waits_for_no_disk_and_everything_else_does(monkeypatch, effects):
    def waits():
        with connection.cursor() as cursor:
            cursor.execute("show synchronous_commit")
            return cursor.fetchone()[0]

    seen = []
    monkeypatch.setattr(outbox, "_handlers", {"test.effect": lambda m: seen.append(waits())})
    order()
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = on")
    assert outbox.drain() == 1
    assert (seen, waits()) == (["off"], "on")


@pytest.mark.django_db
def test_what_there_was_no_time_for_is_given_back(effects):
    for number in range(5):
        order(f"k{number}")
    before = dict(OutboxMessage.objects.values_list("key", "available_at"))
    assert outbox.drain(limit=2) == 2
    rest = OutboxMessage.objects.filter(processed_at__isnull=True)
    assert {row.key: row.available_at for row in rest} == {
        key: before[key] for key in ("k2", "k3", "k4")
    }
    assert not rest.exclude(attempts=0).exists()
    assert outbox.drain(seconds=0) == 0
    assert outbox.drain() == 3


@pytest.mark.django_db
def test_more_than_are_claimed_together_are_done_in_order(effects):
    for number in range(outbox.AT_ONCE * 2 + 3):
        order(f"{number:03}")
    assert outbox.drain() == outbox.AT_ONCE * 2 + 3
    assert effects == sorted(effects)


@pytest.mark.django_db(transaction=True)
def test_rolled_back_cause_orders_nothing(effects):
    with transaction.atomic():
        order()
        transaction.set_rollback(True)
    assert outbox.drain() == 0


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_do_each_message_once(effects):
    for number in range(30):
        order(f"k{number}")
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        outbox.drain()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(effects) == sorted(f"k{number}" for number in range(30))


@pytest.mark.django_db(transaction=True)
def test_a_lost_broker_costs_nothing_and_loses_nothing(monkeypatch, effects):
    def refuse(*args, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr(outbox, "_drainers", Waker("test.drain", expires=5))
    monkeypatch.setattr(current_app, "send_task", refuse)
    started = time.monotonic()
    for number in range(20):
        order(f"k{number}")
    assert time.monotonic() - started < 5
    assert outbox.drain() == 20
