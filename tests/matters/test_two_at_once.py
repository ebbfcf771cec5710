"""Two people, one case: one wins, the other is told."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.common.errors import DomainError
from apps.matters.enums import EffectKind, ListenerState
from apps.matters.models import Case, CaseEvent, Listener, ListenerDelivery
from apps.matters.services import (
    approve_listener,
    open_case,
    perform,
    replay_delivery,
    submit_listener,
)
from tests.cast import Cast
from tests.matters import ears, joint
from tests.matters import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Runs deeds in threads that start together; gives each result or the error it raised."""
    barrier, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int, deed: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            results[number] = deed()
        except DomainError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_two_acceptors_at_once_one_wins(cast: Cast) -> None:
    case = make.registered(cast)

    def accept() -> Any:
        return perform(
            cast.acceptor,
            case_id=case.pk,
            action="accept",
            data=make.ACCEPT,
            expected_version=case.lock_version,
        )

    results = at_once(accept, accept)
    refused = [r for r in results if isinstance(r, DomainError)]
    assert len(refused) == 1
    assert refused[0].code == "case_moved"
    assert CaseEvent.objects.filter(case=case, action="accept").count() == 1


def test_one_report_sent_twice_at_once_is_one_case(cast: Cast) -> None:
    def report() -> Any:
        return open_case(
            cast.acceptor, tenant=cast.tenant, report=make.new_case(source_key="web:twice")
        )

    first, second = at_once(report, report)
    assert first.case.pk == second.case.pk
    assert Case.objects.count() == 1


def test_one_key_sent_twice_at_once_is_one_event(cast: Cast) -> None:
    case = make.registered(cast)

    def accept() -> Any:
        return perform(cast.acceptor, case_id=case.pk, action="accept", data=make.ACCEPT, key="k-1")

    first, second = at_once(accept, accept)
    assert first.event == second.event
    assert {first.repeated, second.repeated} == {True, False}


def test_two_officers_rule_on_one_request_and_one_is_told(cast: Cast) -> None:
    case = make.act(
        cast.handler,
        make.handling(cast),
        "request_return",
        {"reason_code": "not_ours", "reason": "不属我局", "basis": "第12项"},
    )

    def ruling(decision: str) -> Callable[[], Any]:
        return lambda: perform(
            cast.dispatcher,
            case_id=case.pk,
            action="rule_return",
            data={"decision": decision, "opinion": "裁定"},
        )

    results = at_once(ruling("approve"), ruling("reject"))
    refused = [r for r in results if isinstance(r, DomainError)]
    assert len(refused) == 1
    assert str(refused[0])
    assert CaseEvent.objects.filter(case=case, action="rule_return").count() == 1


def test_two_cases_merged_into_each_other_do_not_lock_up(cast: Cast) -> None:
    one, two = make.handling(cast), make.handling(cast)

    def merge(twin: Case, main: Case) -> Callable[[], Any]:
        return lambda: perform(
            cast.dispatcher,
            case_id=twin.pk,
            action="merge",
            data={"number": main.number, "reason": "重复"},
        )

    results = at_once(merge(one, two), merge(two, one))
    assert sum(isinstance(r, DomainError) for r in results) >= 1
    assert Case.objects.filter(state="merged").count() <= 1


def test_a_co_unit_answering_while_the_case_closes_is_kept_or_refused(cast: Cast) -> None:
    data = {"units": [cast.west_works.pk], "instruction": "请协助", "days": 2}
    case = make.act(cast.dispatcher, make.handling(cast), "assist", data)
    task = case.tasks.get(kind="co")

    def answer() -> Any:
        return perform(
            cast.handler_west, case_id=case.pk, action="feed_back_co", data={"result": "已协助"}
        )

    def withdraw() -> Any:
        return perform(
            cast.dispatcher,
            case_id=case.pk,
            action="withdraw_task",
            data={"task": task.pk, "reason": "不再需要"},
        )

    results = at_once(answer, withdraw)
    assert sum(isinstance(r, DomainError) for r in results) == 1
    task.refresh_from_db()
    assert task.state in {"done", "cancelled"}


def test_two_listeners_that_close_a_cycle_are_never_both_approved(cast: Cast) -> None:
    joint.publish(joint.PART, joint.PART_BODY)
    opens = {
        "hotline.demand": ears.opens(joint.PART),
        joint.PART: ears.opens("hotline.demand"),
    }
    drafts = [
        ears.written(cast, effect=EffectKind.OPEN, effect_data=data, matters=[heard])
        for heard, data in opens.items()
    ]
    for draft in drafts:
        submit_listener(cast.author, listener_id=draft.pk)
    results = at_once(
        *(lambda pk=d.pk: approve_listener(cast.publisher, listener_id=pk) for d in drafts)
    )
    refused = [r for r in results if isinstance(r, DomainError)]
    assert len(refused) == 1
    assert "循环触发" in str(refused[0])
    assert Listener.objects.filter(state=ListenerState.ACTIVE).count() == 1


def test_one_delivery_replayed_by_two_is_ordered_once(cast: Cast) -> None:
    ears.active(cast, effect=EffectKind.ACT, effect_data=ears.acts("parent", "archive"))
    make.registered(cast)
    joint.drain()
    delivery = ListenerDelivery.objects.get()

    def replay() -> Any:
        return replay_delivery(cast.author, delivery_id=delivery.pk)

    results = at_once(replay, replay)
    assert len([r for r in results if isinstance(r, DomainError)]) == 1
    assert AuditEntry.objects.filter(action="listener_delivery.replayed").count() == 1
