"""Queues show each person what is theirs, and nothing of the neighbours'."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.paging import CappedCount
from apps.matters import selectors
from apps.matters.models import Case
from apps.matters.services import perform_many
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    """The same person in the next request: nothing remembered."""
    return User.objects.get(pk=user.pk)


def numbers(viewer: User, queue: str, tab: str) -> list[str]:
    viewer = fresh(viewer)
    found = selectors.find_queue(viewer, queue)
    return [c.number for c in selectors.list_queue(viewer, found, found.tab(tab))]


def west(cast: Cast) -> dict[str, float]:
    lon, lat = cast.inside_west()
    return {"lon": lon, "lat": lat}


def test_a_case_moves_through_the_queues_of_those_whose_turn_it_is(cast: Cast) -> None:
    case = make.registered(cast)
    assert numbers(cast.acceptor, "intake", "waiting") == [case.number]
    make.act(cast.acceptor, case, "accept", make.ACCEPT)
    assert numbers(cast.acceptor, "intake", "waiting") == []
    assert numbers(cast.dispatcher, "routing", "waiting") == [case.number]
    make.act(cast.dispatcher, case, "dispatch", make.dispatch_data(cast))
    assert numbers(cast.handler, "unit", "waiting") == [case.number]
    make.act(cast.handler, case, "sign", {})
    make.act(cast.handler, case, "feed_back", make.feed_back_data())
    assert numbers(cast.callback, "callback", "waiting") == [case.number]
    assert numbers(cast.handler, "unit", "checking") == [case.number]


def test_the_neighbouring_unit_and_district_see_nothing(cast: Cast) -> None:
    case = make.dispatched(cast)
    assert numbers(cast.handler_west, "unit", "waiting") == []
    assert numbers(cast.dispatcher_west, "routing", "unsigned") == []
    assert not selectors.visible_cases(fresh(cast.handler_west)).filter(pk=case.pk).exists()
    with pytest.raises(NotFound):
        selectors.get_case(fresh(cast.handler_west), case_id=case.pk)


def test_a_district_dispatcher_sees_the_district(cast: Cast) -> None:
    mine = make.accepted(cast, **west(cast))
    make.accepted(cast)
    assert numbers(cast.dispatcher_west, "routing", "waiting") == [mine.number]


def test_a_unit_keeps_seeing_a_case_it_once_worked_on(cast: Cast) -> None:
    case = make.handling(cast)
    make.act(cast.handler, case, "request_return", {"reason_code": "not_ours", "reason": "不属"})
    make.act(cast.dispatcher, case, "rule_return", {"decision": "approve", "opinion": "同意"})
    assert selectors.visible_cases(fresh(cast.handler)).filter(pk=case.pk).exists()
    assert numbers(cast.handler, "unit", "waiting") == []


def test_somebody_elses_queue_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        selectors.find_queue(cast.handler, "intake")


def test_the_most_urgent_comes_first(cast: Cast) -> None:
    later = make.dispatched(cast)
    sooner = make.act(
        cast.dispatcher,
        make.accepted(cast),
        "dispatch",
        make.dispatch_data(cast, limit_amount=1),
    )
    assert numbers(cast.handler, "unit", "waiting") == [sooner.number, later.number]


def test_overdue_cases_fall_into_the_late_pile(cast: Cast) -> None:
    case = make.handling(cast)
    assert numbers(cast.handler, "unit", "late") == []
    with clock.at(case.due_at + timedelta(minutes=1)):
        assert numbers(cast.handler, "unit", "late") == [case.number]
        assert numbers(cast.supervisor, "oversight", "late") == [case.number]


def test_counts_stop_at_the_cap() -> None:
    assert str(CappedCount(12)) == "12"
    assert str(CappedCount(1000)) == "999+"


def test_the_first_page_lists_what_waits(cast: Cast) -> None:
    make.dispatched(cast)
    duties = selectors.todo_for(fresh(cast.handler))
    assert [(d.tab.code, d.count.value) for d in duties] == [("waiting", 1)]
    assert selectors.todo_for(fresh(cast.outsider)) == []


def test_a_queue_takes_the_same_number_of_queries_whatever_it_holds(
    cast: Cast, django_assert_num_queries: type[CaptureQueriesContext]
) -> None:
    make.dispatched(cast)

    def look() -> int:
        from django.db import connection

        viewer = fresh(cast.handler)
        with CaptureQueriesContext(connection) as captured:
            queue = selectors.find_queue(viewer, "unit")
            for case in selectors.list_queue(viewer, queue, queue.tabs[0]):
                assert case.unit is not None
                assert case.matter_type.code
            selectors.count_tabs(viewer, queue)
        return len(captured)

    one = look()
    for _turn in range(4):
        make.dispatched(cast)
    assert look() == one


def test_search_finds_two_characters_as_they_stand(cast: Cast) -> None:
    case = make.registered(cast)
    make.registered(cast, title="路灯不亮", text="小区门口的路灯坏了。")
    found = selectors.search_cases(fresh(cast.acceptor), "井盖")
    assert [c.number for c in found] == [case.number]
    assert [c.number for c in selectors.search_cases(cast.acceptor, case.number)] == [case.number]
    assert not selectors.search_cases(fresh(cast.handler_west), "井盖").exists()


def test_search_refuses_a_single_character(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        selectors.search_cases(cast.acceptor, "井")


def test_many_are_signed_at_once_and_each_answers_for_itself(cast: Cast) -> None:
    good, foreign = make.dispatched(cast), make.accepted(cast)
    done = make.handling(cast)
    outcomes = perform_many(
        cast.handler, case_ids=[good.pk, done.pk, foreign.pk], action="sign", data={}
    )
    assert {o.case.pk: bool(o.error) for o in outcomes} == {good.pk: False, done.pk: True}
    good.refresh_from_db()
    assert good.state == "handling"


def test_many_are_dispatched_as_the_rules_propose(cast: Cast) -> None:
    cases = [make.accepted(cast), make.accepted(cast, **west(cast))]
    outcomes = perform_many(
        cast.dispatcher, case_ids=[c.pk for c in cases], action="dispatch", data={}
    )
    assert [o.error for o in outcomes] == ["", ""]
    units = Case.objects.filter(pk__in=[c.pk for c in cases]).values_list("unit__code", flat=True)
    assert set(units) == {"east-cgj", "west-cgj"}


@pytest.mark.parametrize("action", ["void", "nonsense"])
def test_not_everything_is_done_in_bulk(cast: Cast, action: str) -> None:
    with pytest.raises(InvalidInput):
        perform_many(cast.supervisor, case_ids=[1], action=action, data={})


def test_a_pile_of_several_categories_is_read_in_the_order_of_its_index(cast: Cast) -> None:
    queue = selectors.find_queue(cast.supervisor, "oversight")
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off; set local enable_sort = off")
    for tab in ("open", "late"):
        found = selectors.list_queue(cast.supervisor, queue, queue.tab(tab))
        plan = found.select_related(None).prefetch_related(None)[:21].explain()
        assert "case_open_due" in plan
        assert "Sort" not in plan
