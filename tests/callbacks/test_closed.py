"""HL-14, HL-17: closed cases sampled for quality, bad answers made work again; the button."""

from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.callbacks import services
from apps.callbacks.enums import TaskState
from apps.callbacks.models import CallbackTask
from apps.callbacks.services.filling import is_drawn
from apps.callbacks.services.sampling import closed_for
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound, Refused
from apps.hotline.models import Call, Demand
from apps.matters.models import Case, CaseEvent, CaseLink, Evaluation
from tests.callbacks.conftest import BAD, ELEVEN, GOOD, answered, called, new_pool, task_of
from tests.matters import factories as make


@pytest.fixture(autouse=True)
def at_eleven():
    with clock.at(ELEVEN):
        yield


@pytest.fixture
def checks(town):
    """A pool that checks every closed case."""
    return new_pool(town, name="办结抽查", takes="closed")


def closed(town, **changes):
    """Will give a case the supervisor closed without a call."""
    case = answered(town, **changes)
    return make.act(town.supervisor, case, "close", {"note": "已现场确认"})


def test_a_closed_case_nobody_was_called_about_is_drawn_once_and_a_called_one_never(town, checks):
    new_pool(town)
    spoken = answered(town)
    called(town, spoken, GOOD)
    silent = closed(town, text="另一处路灯不亮，请派人维修。", title="路灯不亮")
    unwilling = closed(town, text="第三处护栏断了，请派人维修。", wants_callback=False)
    assert services.fill_pools() == 1
    task = task_of(silent)
    assert (task.is_closed, task.pool, task.reason) == (True, checks, "办结抽查")
    assert task.due_until == silent.closed_at + timedelta(hours=72)
    assert not CallbackTask.objects.filter(case=unwilling).exists()
    held = services.claim_next(town.callback)
    services.record_attempt(town.callback, task_id=held.pk, number=1, answer=GOOD)
    assert services.fill_pools() == 0
    silent.refresh_from_db()
    assert silent.is_ended
    assert list(
        Evaluation.objects.filter(case=silent).order_by("target").values_list("target", "score")
    ) == [("acceptance", 5), ("result", 5)]
    assert CaseEvent.objects.filter(case=silent).latest("seq").action == "close"


def test_the_draw_of_the_database_is_that_of_the_seed(town):
    pool = new_pool(town, name="抽查", takes="closed", share_percent=50)
    cases = [closed(town, text=f"第{n}处路面破损，请派人修补。") for n in range(6)]
    drawn = set(closed_for(pool).values_list("pk", flat=True))
    assert drawn == {case.pk for case in cases if is_drawn(pool, case.pk, 1)}
    with clock.at(ELEVEN + timedelta(hours=73)):
        assert not closed_for(pool).exists()


def test_a_bad_answer_opens_the_closed_case_again_and_another_agent_asks_after_it(town, checks):
    case = closed(town)
    task = called(town, case, BAD)
    case.refresh_from_db()
    assert (task.is_redo, task.follow_up, case.round, case.is_ended) == (True, None, 2, False)
    redo = CaseEvent.objects.get(case=case, action="redo")
    assert (redo.actor_name, redo.note) == ("回访中心", "井盖仍松动")
    make.act(town.handler, case, "sign", {})
    make.act(town.handler, case, "feed_back", make.feed_back_data())
    assert services.fill_pools() == 1
    again = task_of(case)
    assert (again.is_closed, again.earlier, again.reason) == (
        False,
        task,
        "重办后再次回访（第2轮）",
    )


def test_where_the_case_may_not_go_round_again_a_new_one_is_registered_beside_it(town):
    new_pool(town, name="月后抽查", takes="closed", latest_h=1200)
    case = closed(town)
    with clock.at(ELEVEN + timedelta(days=40)):  # redo_days is 30
        task = called(town, case, BAD)
    case.refresh_from_db()
    assert (task.is_redo, case.round, case.is_ended) == (False, 1, True)
    new = task.follow_up
    link = CaseLink.objects.get(source=new)
    assert (link.target_id, link.kind) == (case.pk, "related")
    assert case.number in new.text
    assert Demand.objects.get(case=new).reporter_phone == "13812345678"
    assert (new.class_code, new.area_id) == (case.class_code, case.area_id)
    again = services.record_attempt(town.callback, task_id=task.pk, number=1, answer=BAD)
    assert (again.follow_up, Case.objects.count()) == (new, 2)


def test_one_drawn_is_taken_back_when_the_citizen_has_it_opened_again(town, checks):
    case = closed(town)
    services.fill_pools()
    make.act(town.supervisor, case, "redo", {"reason": "市民来电"})
    assert services.void_overtaken() == 1
    assert task_of(case).state == TaskState.VOID


def test_the_button_on_a_case_calls_through_the_exchange_and_leaves_a_record(town, pool, client):
    case = answered(town)
    client.force_login(town.callback)
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert f"/callbacks/cases/{case.pk}/call/" in page
    answer = client.post(f"/callbacks/cases/{case.pk}/call/")
    task = task_of(case)
    assert answer.url == f"/callbacks/tasks/{task.pk}/"
    assert (task.state, task.agent, task.reason) == (TaskState.CLAIMED, town.callback, "人工发起")
    assert Call.objects.get(exchange_id=task.exchange_id).phone == "13812345678"
    assert "13812345678" not in client.get(answer.url).content.decode()
    client.post(f"/callbacks/cases/{case.pk}/call/")  # the same again
    assert CallbackTask.objects.count() == 1
    entry = AuditEntry.objects.get(action="callback.begun_by_hand")
    assert (entry.data["before"]["state"], entry.data["after"]["state"]) == ("waiting", "claimed")
    done = services.record_attempt(town.callback, task_id=task.pk, number=1, answer=GOOD)
    assert done.attempts.get().exchange_id == task.exchange_id


def test_the_button_is_for_those_who_may_and_in_the_hours_they_may(town, pool, client):
    case = answered(town)
    with pytest.raises(NotAllowed):
        services.begin_call_back(town.double, case_id=case.pk)
    with pytest.raises((NotAllowed, NotFound)):
        services.begin_call_back(town.callback_west, case_id=case.pk)
    client.force_login(town.handler)
    assert client.post(f"/callbacks/cases/{case.pk}/call/").status_code == 403
    assert "/call/" not in client.get(f"/cases/{case.pk}/").content.decode()
    with clock.at(ELEVEN.replace(hour=14)), pytest.raises(Refused, match="时段"):  # ten at night
        services.begin_call_back(town.callback, case_id=case.pk)
    services.begin_call_back(town.callback, case_id=case.pk)
    with pytest.raises(Refused, match="不在您手中"):
        services.begin_call_back(town.second, case_id=case.pk)
    other = answered(town, text="另一处路灯不亮，请派人维修。", title="路灯不亮")
    with pytest.raises(Refused, match="还有未完成"):
        services.begin_call_back(town.callback, case_id=other.pk)


def test_the_desk_offers_the_next_call_back_to_who_may_call(town, pool, client):
    answered(town)
    services.fill_pools()
    client.force_login(town.callback)
    answer = client.post("/callbacks/next/dial/")
    task = CallbackTask.objects.get()
    assert (answer.url, task.agent) == (f"/callbacks/tasks/{task.pk}/", town.callback)
    assert task.exchange_id
    client.force_login(town.acceptor)
    assert client.post("/callbacks/next/dial/").status_code == 403
