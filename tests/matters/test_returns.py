"""退单 with its limits, and the ruling that ends it (MT-25)."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters import selectors
from apps.matters.enums import TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Request, Task
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

ASKED = {"reason_code": "not_ours", "reason": "属于通信公司", "basis": "权责清单第12项"}
GRANT = {"decision": "approve", "opinion": "同意"}
REFUSE = {"decision": "reject", "opinion": "属贵局职责"}


def returned(cast: Cast, case: Case, ruling: dict[str, str]) -> Case:
    """Will send the case back once and rule on it."""
    case = make.act(cast.handler, case, "request_return", ASKED)
    return make.act(cast.dispatcher, case, "rule_return", ruling)


def sent_back_three_times(cast: Cast) -> Case:
    """Will give a case both units refused, whose third return waits for the arbiter."""
    case = returned(cast, make.handling(cast), REFUSE)
    case = returned(cast, case, GRANT)
    data = make.dispatch_data(cast, unit=cast.west_works.pk, override_reason="职责清单")
    case = make.act(cast.dispatcher, case, "dispatch", data)
    return make.act(cast.handler_west, case, "request_return", ASKED)


def test_a_return_names_the_entry_of_the_list_of_duties(cast: Cast) -> None:
    make.act(cast.handler, make.handling(cast), "request_return", ASKED)
    assert Request.objects.get().details["basis"] == "权责清单第12项"


def test_a_return_for_another_units_duty_without_the_entry_is_accepted_with_words(
    cast: Cast,
) -> None:
    case = make.handling(cast)
    with pytest.raises(InvalidInput, match="退单理由"):
        make.act(cast.handler, case, "request_return", ASKED | {"reason_code": "because"})


def test_a_return_comes_too_late_after_two_working_days(cast: Cast) -> None:
    case = make.handling(cast)
    with (
        clock.at(clock.now() + timedelta(days=9)),
        pytest.raises(ActionNotPossible, match="2个工作日内"),
    ):
        make.act(cast.handler, case, "request_return", ASKED)


def test_the_third_return_is_for_the_arbiter(cast: Cast) -> None:
    case = sent_back_three_times(cast)
    with pytest.raises(ActionNotPossible, match="最终裁定"):
        make.act(cast.dispatcher, case, "rule_return", GRANT)


def test_the_final_ruling_gives_the_case_to_a_unit_for_good(cast: Cast) -> None:
    case = sent_back_three_times(cast)
    due = case.due_at
    data = {"unit": cast.east_works.pk, "opinion": "按属地由东区办理"}
    case = make.act(cast.supervisor, case, "final_ruling", data)
    assert (case.unit, case.state, case.unit_is_final) == (cast.east_works, "dispatched", True)
    assert case.due_at == due
    assert case.pending_request == ""
    assert Task.objects.filter(case=case, state=TaskState.WAITING).count() == 1
    case = make.act(cast.handler, case, "sign", {})
    with pytest.raises(ActionNotPossible, match="最终裁定"):
        make.act(cast.handler, case, "request_return", ASKED)
    assert "request_return" not in {a.code for a in selectors.offered_actions(cast.handler, case)}


def test_the_final_ruling_may_leave_the_case_where_it_is(cast: Cast) -> None:
    case = make.act(cast.handler, make.handling(cast), "request_return", ASKED)
    data = {"unit": cast.east_works.pk, "opinion": "属贵局"}
    case = make.act(cast.supervisor, case, "final_ruling", data)
    assert (case.state, case.unit) == ("handling", cast.east_works)
    assert Request.objects.get().state == "rejected"


def test_only_the_arbiter_rules_for_good(cast: Cast) -> None:
    case = make.act(cast.handler, make.handling(cast), "request_return", ASKED)
    data = {"unit": cast.east_works.pk, "opinion": "属贵局"}
    for person in (cast.dispatcher, cast.handler, cast.outsider):
        with pytest.raises(NotAllowed):
            make.act(person, case, "final_ruling", data)


def test_a_case_nobody_returned_needs_no_ruling(cast: Cast) -> None:
    data = {"unit": cast.east_works.pk, "opinion": "属贵局"}
    with pytest.raises(ActionNotPossible, match="没有退单"):
        make.act(cast.supervisor, make.handling(cast), "final_ruling", data)


def test_the_index_counts_returns_per_hundred_cases_given(cast: Cast) -> None:
    sent_back_three_times(cast)
    now = clock.now()
    rates = selectors.list_return_rates(
        cast.supervisor, since=now - timedelta(days=1), until=now + timedelta(days=1)
    )
    by_unit = {r.unit: r for r in rates}
    assert by_unit["东区城市管理局"].index == 200
    assert by_unit["东区城市管理局"].granted == 1
    assert by_unit["西区城市管理局"].index == 100


def test_the_page_of_returns_opens_its_cases(cast: Cast, client: Client) -> None:
    case = sent_back_three_times(cast)
    client.force_login(cast.supervisor)
    page = client.get("/cases/returns/", {"unit": cast.east_works.pk})
    assert case.number in page.content.decode()
    assert client.get("/cases/returns/", {"since": "x", "until": "y"}).status_code == 200
    client.force_login(cast.handler)
    assert client.get("/cases/returns/").status_code == 403
