"""A word to the workers: at once, then one for many, none to a broker that is away."""

import os
import threading
import time
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from apps.common import waking
from apps.common.waking import Waker


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments at which a word was sent."""
    moments: list[float] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda *_a, **_k: moments.append(time.monotonic())
    )
    return moments


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
