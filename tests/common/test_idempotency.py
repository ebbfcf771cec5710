import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from apps.common import clock, idempotency
from apps.common.errors import InvalidInput, Refused
from apps.common.idempotency import once
from apps.common.models import Dictionary, IdempotencyRecord


def make(code: str = "a") -> dict:
    return {"id": Dictionary.objects.create(code=code, name="x").pk, "on": date(2026, 1, 2)}


@pytest.mark.django_db
def test_second_request_gets_the_stored_answer():
    first = once("api:1", "k", request_digest="d", do=make)
    assert first[0]["on"] == "2026-01-02"
    assert once("api:1", "k", request_digest="d", do=make) == (first[0], True)


@pytest.mark.django_db
def test_same_key_with_another_request_is_refused():
    once("api:1", "k", request_digest="d", do=make)
    with pytest.raises(Refused) as refusal:
        once("api:1", "k", request_digest="other", do=make)
    assert refusal.value.code == "idempotency_key_reused"


@pytest.mark.django_db
def test_same_key_of_another_client_is_another_deed():
    once("api:1", "k", request_digest="d", do=make)
    assert once("api:2", "k", request_digest="d", do=lambda: make("b"))[1] is False


@pytest.mark.django_db
def test_failed_deed_leaves_neither_row_nor_key():
    def fail():
        make()
        raise Refused("不可")

    with pytest.raises(Refused):
        once("api:1", "k", request_digest="d", do=fail)
    assert not Dictionary.objects.exists()
    assert once("api:1", "k", request_digest="d", do=make)[1] is False


@pytest.mark.django_db
def test_key_is_free_again_after_a_day():
    with clock.at(clock.now() - timedelta(hours=25)):
        once("api:1", "k", request_digest="d", do=make)
    assert once("api:1", "k", request_digest="e", do=lambda: make("b"))[1] is False
    assert IdempotencyRecord.objects.count() == 1


@pytest.mark.django_db
def test_purge_drops_what_is_out_of_date():
    with clock.at(clock.now() - timedelta(hours=25)):
        once("api:1", "k", request_digest="d", do=make)
    assert idempotency.purge() == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_odd_keys_are_refused(key):
    with pytest.raises(InvalidInput):
        once("api:1", key, request_digest="d", do=make)


def run_twice(do):
    answers, start = [], threading.Barrier(2)

    def send() -> None:
        start.wait()
        try:
            answers.append(once("api:1", "k", request_digest="d", do=do))
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_it_once_and_hear_the_same():
    def slow():
        time.sleep(0.3)
        return make()

    answers = run_twice(slow)
    assert sorted(repeated for _answer, repeated in answers) == [False, True]
    assert answers[0][0] == answers[1][0]


@pytest.mark.django_db(transaction=True)
def test_the_one_who_waited_does_it_when_the_first_failed():
    tries = []

    def fail_first():
        tries.append(1)
        time.sleep(0.2)
        if len(tries) == 1:
            raise Refused("不可")
        return make()

    answers = run_twice(fail_first)
    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert Dictionary.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rolled_back_caller_leaves_no_answer():
    with transaction.atomic():
        once("api:1", "k", request_digest="d", do=make)
        transaction.set_rollback(True)
    assert not IdempotencyRecord.objects.exists()
