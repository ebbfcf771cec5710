"""Two people, one case: one wins, the other is told."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.common.errors import DomainError
from apps.matters.models import Case, CaseEvent
from apps.matters.services import open_case, perform
from tests.cast import Cast
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
