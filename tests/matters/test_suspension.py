"""挂起, 恢复, 加急, 挂账: what stops and shortens the citizen's clock (SL-04, SL-05)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clocks import selectors as clock_reads
from apps.clocks.services import fire_due
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters import selectors
from apps.matters.clockwork import active_clocks
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case
from apps.notices.models import Notice
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

GRANT = {"decision": "approve", "opinion": "同意"}


def wish(days: int = 10) -> dict[str, Any]:
    """Will give the input of a wish to suspend for so many days."""
    day = clock.today() + timedelta(days=days)
    return {"reason_code": "season", "reason": "冬季无法施工", "wake_on": day.isoformat()}


def suspended(cast: Cast) -> Case:
    """Will give a case suspended for ten days."""
    case = make.act(cast.handler, make.handling(cast), "request_suspension", wish())
    return make.act(cast.dispatcher, case, "rule_suspension", GRANT)


def parked(cast: Cast) -> Case:
    """Will give a case in the pool for ninety days."""
    day = clock.today() + timedelta(days=90)
    data = {
        "reason_code": "funds",
        "reason": "管网老化，需整体改造",
        "plan": "列入明年改造计划",
        "review_on": day.isoformat(),
    }
    case = make.act(cast.handler, make.handling(cast), "request_parking", data)
    return make.act(cast.supervisor, case, "rule_parking", GRANT)


def test_an_approved_suspension_stops_the_clock(cast: Cast) -> None:
    case = suspended(cast)
    assert (case.state, case.clock_paused) == ("suspended", True)


def test_a_refused_suspension_changes_nothing(cast: Cast) -> None:
    before = make.handling(cast)
    make.act(cast.handler, before, "request_suspension", wish())
    refuse = {"decision": "reject", "opinion": "应当继续"}
    case = make.act(cast.dispatcher, before, "rule_suspension", refuse)
    assert (case.state, case.due_at) == ("handling", before.due_at)


def test_a_suspended_case_wakes_by_itself_and_once(cast: Cast) -> None:
    case = suspended(cast)
    left = case.due_at - clock.now()
    with clock.at(clock.now() + timedelta(days=11)):
        fire_due(limit=100)
        fire_due(limit=100)
        case.refresh_from_db()
        assert (case.state, case.clock_paused) == ("handling", False)
        assert case.events.filter(action="resume").count() == 1
        assert case.due_at > clock.now() + left - timedelta(days=6)


def test_it_is_resumed_by_hand_before_the_day(cast: Cast) -> None:
    case = make.act(cast.handler, suspended(cast), "resume", {"reason": "天气转暖"})
    assert case.state == "handling"
    with clock.at(clock.now() + timedelta(days=11)):
        fire_due(limit=100)
    assert case.events.filter(action="resume").count() == 1


def test_a_suspension_is_limited_in_days_and_number(cast: Cast) -> None:
    case = make.handling(cast)
    with pytest.raises(InvalidInput, match="30天"):
        make.act(cast.handler, case, "request_suspension", wish(31))
    with pytest.raises(InvalidInput, match="晚于今天"):
        make.act(cast.handler, case, "request_suspension", wish(0))
    case = make.act(cast.handler, suspended(cast), "resume", {"reason": "可以了"})
    with pytest.raises(ActionNotPossible, match="已挂起1次"):
        make.act(cast.handler, case, "request_suspension", wish())


def test_the_unit_does_not_rule_on_its_own_wish(cast: Cast) -> None:
    case = make.act(cast.handler, make.handling(cast), "request_suspension", wish())
    for person in (cast.handler, cast.head, cast.dispatcher_west):
        with pytest.raises(NotAllowed):
            make.act(person, case, "rule_suspension", GRANT)


def test_hurry_leaves_half_of_the_time_and_marks_the_case(cast: Cast) -> None:
    case = make.handling(cast)
    due = case.due_at
    case = make.act(cast.supervisor, case, "hurry", {"reason": "媒体关注"})
    assert case.due_at < due
    assert case.priority == "urgent"
    main = active_clocks(case)["handle"]
    assert clock_reads.projection_of(main).due_at == main.due_at == case.due_at
    with pytest.raises(ActionNotPossible, match="重复加急"):
        make.act(cast.supervisor, case, "hurry", {"reason": "再快"})


def test_a_hurried_case_stands_first_in_the_queue(cast: Cast) -> None:
    first, second = make.handling(cast), make.handling(cast)
    make.act(cast.supervisor, second, "hurry", {"reason": "媒体关注"})
    queue = selectors.find_queue(cast.handler, "unit")
    listed = list(selectors.list_queue(cast.handler, queue, queue.tab("running")))
    assert listed == [second, first]


def test_the_unit_cannot_hurry_itself(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        make.act(cast.handler, make.handling(cast), "hurry", {"reason": "急"})


def test_a_parked_case_leaves_the_running_lists_for_the_pool(cast: Cast) -> None:
    case = parked(cast)
    assert (case.category, case.clock_paused) == ("parked", True)
    oversight = selectors.find_queue(cast.supervisor, "oversight")
    running = selectors.list_queue(cast.supervisor, oversight, oversight.tab("open"))
    assert case not in running
    pool = selectors.find_queue(cast.supervisor, "pool")
    assert case in selectors.list_queue(cast.supervisor, pool, pool.tab("parked"))


def test_the_review_of_a_parked_case_is_reminded_of_and_moved(cast: Cast) -> None:
    case = parked(cast)
    with clock.at(clock.now() + timedelta(days=91)):
        fire_due(limit=100)
        assert case.events.filter(action="pool_review_due").count() == 1
        assert Notice.objects.filter(recipient=cast.supervisor, kind="due_soon").exists()
        day = clock.today() + timedelta(days=30)
        data = {"note": "仍无资金", "review_on": day.isoformat()}
        make.act(cast.supervisor, case, "review_pool", data)
    with clock.at(clock.now() + timedelta(days=122)):
        fire_due(limit=100)
    assert case.events.filter(action="pool_review_due").count() == 2


def test_a_parked_case_is_taken_out_again(cast: Cast) -> None:
    case = make.act(cast.supervisor, parked(cast), "unpark", {"reason": "资金已落实"})
    assert (case.state, case.clock_paused) == ("handling", False)
    with clock.at(clock.now() + timedelta(days=91)):
        fire_due(limit=100)
    assert not case.events.filter(action="pool_review_due").exists()
