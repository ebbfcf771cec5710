"""Two departments, two workers, two presses of one button: each thing happens once."""

from typing import Any

import pytest

from apps.common import outbox
from apps.common.errors import DomainError
from apps.guides import services
from apps.guides.models import Application, CheckRun
from apps.matters.models import Case
from apps.matters.services import perform
from tests.cast import Cast
from tests.guides.factories import allowance, birth, lay_on, paper, switch_on
from tests.guides.test_applications import decide, part_case
from tests.matters.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def served(cast: Cast) -> Cast:
    return lay_on(cast)


def test_two_departments_deciding_at_once_are_joined_once(served: Cast) -> None:
    application = birth(served)
    decide(served.wjj, application, "certificate")
    cases = {
        staff: part_case(application, code)
        for staff, code in ((served.gaj, "household"), (served.ybj, "insurance"))
    }
    for staff, case in cases.items():
        perform(staff, case_id=case.pk, action="sign", data={})

    def deed(staff: Any) -> Any:
        data = {"decision": "approve", "opinion": "齐全"}
        return perform(staff, case_id=cases[staff].pk, action="decide", data=data)

    assert not [
        r
        for r in at_once(lambda: deed(served.gaj), lambda: deed(served.ybj))
        if isinstance(r, DomainError)
    ]
    at_once(outbox.drain, outbox.drain, lambda: services.advance(application.pk))
    outbox.drain()
    application.case.refresh_from_db()
    assert application.case.state == "ready"
    assert application.case.events.filter(action="conclude").count() == 1


def test_first_waves_are_opened_once(served: Cast) -> None:
    application = birth(served)
    case = part_case(application, "certificate")
    perform(served.wjj, case_id=case.pk, action="sign", data={})
    perform(
        served.wjj,
        case_id=case.pk,
        action="decide",
        data={"decision": "approve", "opinion": "齐全"},
    )
    at_once(*[lambda: services.advance(application.pk)] * 3)
    assert Case.objects.count() == 4


def test_one_form_sent_twice_at_once_is_one_application(served: Cast) -> None:
    papers = {"mother_id_card": paper(served), "household_book": paper(served)}

    def send() -> Any:
        return birth(served, materials=papers, source_key="apply:1")

    results = at_once(send, send)
    assert Application.objects.count() == 1
    assert {r.pk for r in results if isinstance(r, Application)} == {Application.objects.get().pk}
    assert Case.objects.count() == 2


def test_two_workers_check_once(served: Cast) -> None:
    switch_on(served.issuer, served)
    application = allowance(served)
    at_once(*[lambda: services.check_case(application.case_id)] * 3)
    assert CheckRun.objects.count() == 1
    assert application.case.events.filter(action="approve_instantly").count() == 1
