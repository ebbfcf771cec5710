"""合并, 归档 and the orders from above: what is laid over a case and how it ends."""

from datetime import timedelta

import pytest

from apps.clocks.services import fire_due
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters import selectors, services
from apps.matters.enums import LinkKind, TaskKind
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseLink, Order, Task
from apps.notices.models import Notice
from tests.cast import Cast, _person
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def merged(cast: Cast, *, main: Case | None = None) -> tuple[Case, Case]:
    """Will give a main case and the duplicate merged into it while it was handled."""
    main, twin = main or make.handling(cast), make.handling(cast)
    data = {"number": main.number, "reason": "同一井盖"}
    return main, make.act(cast.dispatcher, twin, "merge", data)


def test_a_duplicate_ends_and_its_reporter_hears_of_the_main_result(cast: Cast) -> None:
    main, twin = merged(cast)
    assert (twin.state, twin.is_ended) == ("merged", True)
    assert CaseLink.objects.get().kind == LinkKind.DUPLICATE_OF
    outbox.drain()
    assert twin.number in main.events.get(action="merged_in").note
    main = make.act(cast.handler, main, "feed_back", make.feed_back_data())
    make.act(cast.callback, main, "call_back", make.CALL_BACK)
    outbox.drain()
    told = [step["text"] for step in selectors.public_timeline(twin)]
    assert main.number in told[-3]
    assert "已更换井盖" in told[-2]
    assert told[-1] == "您反映的问题已办结。"


def test_a_merge_undone_is_where_it_was_with_the_time_it_had(cast: Cast) -> None:
    _main, twin = merged(cast)
    with clock.at(clock.now() + timedelta(days=7)):
        later = make.act(cast.dispatcher, twin, "unmerge", {"reason": "不是同一处"})
        assert later.state == "handling"
        assert later.due_at > clock.now()
        assert not later.clock_paused
        assert later.closed_at is None
        task = Task.objects.get(case=twin, kind=TaskKind.MAIN)
        assert (task.state, task.due_at) == ("running", later.due_at)
        assert not CaseLink.objects.exists()
        assert make.act(cast.handler, later, "feed_back", make.feed_back_data()).answered_at


def test_a_merged_case_is_not_chased_by_its_clock(cast: Cast) -> None:
    _main, twin = merged(cast)
    outbox.drain()
    with clock.at(clock.now() + timedelta(days=60)):
        fire_due(limit=100)
    assert not Order.objects.filter(case=twin).exists()


def test_what_cannot_be_merged_is_refused_with_a_sentence(cast: Cast) -> None:
    main, twin = merged(cast)
    third = make.handling(cast)
    for number, error in (
        (third.number, InvalidInput),
        ("20200101-0000001", InvalidInput),
        (twin.number, ActionNotPossible),
    ):
        with pytest.raises(error):
            make.act(cast.dispatcher, third, "merge", {"number": number, "reason": "x"})
    with pytest.raises(ActionNotPossible, match="作为主案件"):
        make.act(cast.dispatcher, main, "merge", {"number": third.number, "reason": "x"})
    with pytest.raises(NotAllowed):
        make.act(cast.handler, third, "merge", {"number": main.number, "reason": "x"})


def test_an_old_case_is_archived_by_itself_and_read_only(cast: Cast) -> None:
    case = make.closed(cast)
    with pytest.raises(ActionNotPossible, match="满90天"):
        make.act(cast.supervisor, case, "archive", {})
    assert services.archive_old() == 0
    with clock.at(clock.now() + timedelta(days=91)):
        assert services.archive_old() == 1
        assert services.archive_old() == 0
    case.refresh_from_db()
    assert (case.state, case.archived_at is not None) == ("archived", True)
    assert selectors.offered_actions(cast.supervisor, case) == []
    with pytest.raises(ActionNotPossible, match="已归档"):
        make.act(cast.supervisor, case, "redo", {"reason": "再办"})


# --- 督办, 批示 -----------------------------------------------------------------------


def test_an_order_nobody_answers_is_repeated_to_those_higher_up(cast: Cast) -> None:
    case = make.handling(cast)
    data = {"text": "请今日回复", "reply_hours": 4}
    case = make.act(cast.supervisor, case, "supervise", data)
    assert case.open_orders == 1
    with clock.at(clock.now() + timedelta(hours=5)):
        fire_due(limit=100)
    order = Order.objects.get(case=case)
    assert order.missed_count == 1
    assert order.due_at > clock.now() + timedelta(hours=8)
    assert Notice.objects.filter(recipient=cast.head, kind="overdue").exists()
    assert case.events.filter(action="order_missed").count() == 1
    with clock.at(clock.now() + timedelta(hours=30)):
        for _again in range(3):
            fire_due(limit=100)
    order.refresh_from_db()
    assert order.missed_count == 2


def test_a_reply_stops_the_order_and_empties_the_tab(cast: Cast) -> None:
    case = make.act(cast.supervisor, make.handling(cast), "supervise", {"text": "请回复"})
    queue = selectors.find_queue(cast.handler, "unit")
    assert case in selectors.list_queue(cast.handler, queue, queue.tab("orders"))
    case = make.act(cast.handler, case, "reply_order", {"reply": "今日完成"})
    assert case.open_orders == 0
    assert case not in selectors.list_queue(cast.handler, queue, queue.tab("orders"))
    with clock.at(clock.now() + timedelta(days=2)):
        fire_due(limit=100)
    assert Order.objects.get(cause="manual").missed_count == 0


def test_the_unit_chooses_which_order_it_answers(cast: Cast) -> None:
    case = make.act(cast.supervisor, make.handling(cast), "supervise", {"text": "第一件"})
    case = make.act(cast.supervisor, case, "supervise", {"text": "第二件"})
    second = Order.objects.get(text="第二件")
    make.act(cast.handler, case, "reply_order", {"reply": "好", "order": second.pk})
    second.refresh_from_db()
    assert second.reply == "好"
    assert Order.objects.get(text="第一件").replied_at is None


def test_a_leader_instructs_and_may_want_no_reply(cast: Cast) -> None:
    leader = _person("leader", "王市长", "leader", cast.center)
    case = make.handling(cast)
    make.act(leader, case, "instruct", {"text": "请妥善处理"})
    case = make.act(leader, case, "instruct", {"text": "并书面报我", "needs_reply": "on"})
    assert case.open_orders == 1
    assert Order.objects.filter(kind="instruction").count() == 2
    with pytest.raises(NotAllowed):
        make.act(cast.supervisor, case, "instruct", {"text": "我不是领导"})


def test_an_ended_case_leaves_no_open_order(cast: Cast) -> None:
    case = make.act(cast.supervisor, make.answered(cast), "supervise", {"text": "请回复"})
    case = make.act(cast.callback, case, "call_back", make.CALL_BACK)
    assert case.open_orders == 0
    with clock.at(clock.now() + timedelta(days=5)):
        fire_due(limit=100)
    assert not case.events.filter(action="order_missed").exists()
