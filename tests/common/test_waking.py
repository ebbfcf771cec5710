"""A word to the workers: at once, then one for many, none to a broker that is away."""

import os
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest
from celery import current_app
from celery.signals import task_prerun
from django.db import transaction

from apps.clocks.services import timers
from apps.common import outbox, waking
from apps.common.waking import Waker
from apps.notices import services as notices


@dataclass(frozen=True)
class Begun:
    """A task a worker begins with."""

    name: str


@pytest.fixture(autouse=True)
def nothing_waits() -> None:
    """No word of another test waits for a worker."""
    waking.begin("zoo.feed")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments at which a word was sent; a worker begins with each at once."""
    moments: list[float] = []

    def take(*_args: Any, **_options: Any) -> None:
        moments.append(time.monotonic())
        waking.begin("zoo.feed")

    monkeypatch.setattr(current_app, "send_task", take)
    return moments


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks words were sent about, with no worker to begin with them."""
    tasks: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, **_k: tasks.append(task))
    return tasks


def _joined() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(5)


def test_the_first_is_told_at_once_and_all_others_by_one_word_after_them(said: list[float]) -> None:
    waker = Waker("zoo.feed", expires=5)
    waker.wake()
    assert len(said) == 1
    for _ in range(100):
        waker.wake()
    last = time.monotonic()
    _joined()
    assert len(said) < 5  # a slow machine may need more than one pause for a hundred
    assert said[-1] >= last


def test_a_hundred_threads_share_a_word_that_comes_after_the_last(said: list[float]) -> None:
    waker = Waker("zoo.feed", expires=5)
    done: list[float] = []

    def commit() -> None:
        waker.wake()
        done.append(time.monotonic())

    threads = [threading.Thread(target=commit) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _joined()
    assert len(done) == 100
    assert len(said) < 50
    assert said[-1] >= max(done) - waking.PAUSE_SECONDS


def test_a_broker_that_is_away_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def refuse(*args: Any, **_options: Any) -> None:
        calls.append(args)
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", refuse)
    waker = Waker("zoo.feed", expires=5, pause=0.0)
    for _ in range(20):
        waker.wake()
    assert len(calls) == 1
    monkeypatch.setattr(waking, "BROKER_SILENCE_SECONDS", 0.0)
    Waker("zoo.feed", expires=5).wake()
    assert len(calls) == 2


@pytest.mark.django_db(transaction=True)
def test_one_word_for_a_transaction_and_none_for_one_that_was_undone(said: list[float]) -> None:
    waker = Waker("zoo.feed", expires=5)
    with transaction.atomic():
        waker.wake_after_commit()
        waker.wake_after_commit()
        assert said == []
    _joined()
    assert len(said) == 1
    with transaction.atomic():
        waker.wake_after_commit()
        transaction.set_rollback(True)
    _joined()
    assert len(said) == 1


def test_a_forked_process_waits_for_no_thread_of_its_parent(said: list[float]) -> None:
    waker = Waker("zoo.feed", expires=5)
    waker.wake()
    waker.wake()  # a timer runs now
    child = os.fork()
    if child == 0:
        waker.wake()
        os._exit(0 if len(said) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    _joined()
    assert len(said) == 2


def two_processes() -> tuple[Waker, Waker]:
    """Wakers of one task that know nothing of each other, as in two processes."""
    return Waker("zoo.feed", expires=5, pause=0.0), Waker("zoo.feed", expires=5, pause=0.0)


def test_while_a_word_waits_no_other_is_sent_by_whichever_process(unheard: list[str]) -> None:
    one, other = two_processes()
    for _ in range(50):
        one.wake()
        other.wake()
    assert unheard == ["zoo.feed"]
    task_prerun.send(sender=Begun("zoo.feed"))
    other.wake()
    one.wake()
    assert unheard == ["zoo.feed"] * 2


def test_a_word_lost_with_its_worker_keeps_others_back_for_a_moment_only(
    unheard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "WAITS_SECONDS", 1)
    one, other = two_processes()
    one.wake()
    other.wake()
    assert len(unheard) == 1
    time.sleep(1.1)
    other.wake()
    assert len(unheard) == 2


def test_without_redis_it_is_said_rather_than_not(
    unheard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_alias: str) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(waking, "get_redis_connection", away)
    for waker in two_processes():
        waker.wake()
    waking.begin("zoo.feed")  # harmless
    assert len(unheard) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("turn", "task"),
    [
        (outbox.drain, "common.drain_outbox"),
        (notices.deliver_due, "notices.deliver_due"),
        (timers.fire_due, "clocks.fire_due_timers"),
    ],
)
def test_a_turn_that_stops_early_orders_another(turn: Any, task: str, unheard: list[str]) -> None:
    waking.begin(task)
    assert turn() == 0
    assert unheard == []
    turn(seconds=-1.0)
    assert unheard == [task]
