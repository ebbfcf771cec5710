"""HL-13, HL-14, HL-17: pools, claims, attempts, redo by rule, a second agent, independence."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import AuditEntry
from apps.callbacks import services
from apps.callbacks.enums import Outcome, TaskState
from apps.callbacks.errors import NotInHand
from apps.callbacks.hours import next_moment, part_of
from apps.callbacks.models import Attempt, CallbackTask, Pool
from apps.callbacks.services.filling import is_drawn
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import Call
from apps.hotline.telephony import exchange
from apps.matters.models import CaseEvent, Evaluation
from tests.callbacks.conftest import BAD, ELEVEN, GOOD, SCRIPT, answered, called, new_pool, task_of
from tests.matters import factories as make


@pytest.fixture(autouse=True)
def at_eleven():
    with clock.at(ELEVEN):
        yield


def test_a_call_back_is_made_once_per_round_however_often_it_is_swept(town, pool):
    case = answered(town)
    assert services.fill_pools() == 1
    assert services.fill_pools() == 0
    task = task_of(case)
    assert (task.state, task.round, task.unit, task.reason) == (
        TaskState.WAITING,
        1,
        town.east_works,
        "全部回访",
    )
    assert task.due_until - task.due_from == timedelta(hours=72)


def test_only_what_the_pool_wants_is_called_back(town):
    new_pool(town, name="仅供水", class_codes=("water",))
    new_pool(town, name="仅网站", channels=("web",))
    new_pool(town, name="仅西区", units=(town.west_works,))
    new_pool(town, name="仅重办", first_round=2)
    answered(town)
    assert services.fill_pools() == 0
    new_pool(town, name="道路", class_codes=("road",))
    assert services.fill_pools() == 1


@given(seed=st.text("0123456789abcdef", min_size=4, max_size=16), share=st.integers(1, 100))
def test_the_sample_follows_from_the_seed_and_is_near_its_share(seed, share):
    pool = Pool(seed=seed, share_percent=share)
    drawn = [case for case in range(600) if is_drawn(pool, case, 1)]
    assert drawn == [case for case in range(600) if is_drawn(pool, case, 1)]
    assert abs(len(drawn) / 6 - share) < 15


def test_a_satisfied_citizen_closes_the_case_and_the_unit_does_not_learn_who_called(town, pool):
    case = answered(town)
    task = called(town, case, GOOD)
    case.refresh_from_db()
    assert case.is_ended
    assert (task.state, task.outcome, task.is_redo) == (TaskState.DONE, Outcome.REACHED, False)
    assert task.answers == {"waited": False}
    event = CaseEvent.objects.get(case=case, action="call_back")
    assert event.actor_name == "回访中心"
    assert town.callback.display_name not in f"{event.note}{event.actor_name}"
    entry = AuditEntry.objects.get(action="callback.attempted")
    assert (entry.actor_id, entry.data["after"]["state"]) == (town.callback.pk, "done")
    assert "13812345678" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_a_dissatisfied_one_sends_it_round_and_another_agent_asks_again(town, pool):
    case = answered(town)
    first = called(town, case, BAD)
    case.refresh_from_db()
    assert (first.is_redo, case.round, case.unit) == (True, 2, town.east_works)
    make.act(town.handler, case, "sign", {})
    make.act(town.handler, case, "feed_back", make.feed_back_data())
    assert services.fill_pools() == 1
    second = task_of(case)
    assert (second.earlier, second.round, second.priority) == (first, 2, first.priority + 2)
    assert services.claim_next(town.callback) is None
    with pytest.raises(Refused, match="已回访过上一轮"):
        services.reassign(town.lead, task_ids=[second.pk], agent_id=town.callback.pk)
    assert services.claim_next(town.second) == second


def test_what_is_not_solved_stays_closed_where_the_rule_says_so(town):
    new_pool(town, redo_rule="never")
    task = called(town, answered(town), BAD)
    task.case.refresh_from_db()
    assert (task.is_redo, task.case.is_ended) == (False, True)


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (services.Answer("perhaps"), "outcome"),
        (services.Answer("reached", None, 5), "solved"),
        (services.Answer("reached", True, None), "result_score"),
        (services.Answer("reached", False, 2, comment="  "), "comment"),
    ],
)
def test_a_half_answer_names_its_field_and_changes_nothing(town, pool, answer, field):
    case = answered(town)
    services.fill_pools()
    task = services.claim_next(town.callback)
    with pytest.raises(InvalidInput) as refusal:
        services.record_attempt(town.callback, task_id=task.pk, number=1, answer=answer)
    assert refusal.value.field == field
    assert not Attempt.objects.exists()
    assert not Evaluation.objects.filter(case=case).exists()


def test_who_is_not_reached_is_called_at_another_time_of_day_and_in_the_end_let_be(town, pool):
    silent = services.Answer("not_reached", comment="无人接听")
    case = answered(town)
    task = called(town, case, silent)
    assert (task.state, task.tries, task.agent) == (TaskState.WAITING, 1, None)
    assert part_of(task.next_try_at) == "afternoon"
    assert services.claim_next(town.second) is None
    for number in (2, 3):
        with clock.at(task.next_try_at):
            held = services.claim_next(town.second)
            task = services.record_attempt(
                town.second, task_id=held.pk, number=number, answer=silent
            )
    parts = list(task.attempts.values_list("part_of_day", flat=True))
    assert parts == ["morning", "afternoon", "evening"]
    case.refresh_from_db()
    assert (task.state, task.outcome, case.is_ended) == (
        TaskState.DONE,
        Outcome.NOT_REACHED,
        True,
    )


@pytest.mark.parametrize("outcome", ["refused", "wrong_number"])
def test_who_refuses_or_is_not_there_is_not_called_again(town, pool, outcome):
    task = called(town, answered(town), services.Answer(outcome))
    task.case.refresh_from_db()
    assert (task.state, task.tries, task.case.is_ended) == (TaskState.DONE, 1, True)
    event = CaseEvent.objects.get(case=task.case, action="call_back")
    assert event.data["reached"] is False


def test_a_person_of_the_handling_unit_can_neither_claim_nor_be_given_nor_call(town, pool):
    case = answered(town)
    services.fill_pools()
    task = task_of(case)
    assert services.claim_next(town.double) is None
    with pytest.raises(Refused, match="属于承办单位"):
        services.reassign(town.lead, task_ids=[task.pk], agent_id=town.double.pk)
    CallbackTask.objects.filter(pk=task.pk).update(
        state="claimed", agent=town.double, claimed_until=ELEVEN + timedelta(hours=1)
    )
    with pytest.raises(NotAllowed, match="承办单位的人员不能回访"):
        services.record_attempt(town.double, task_id=task.pk, number=1, answer=GOOD)
    with pytest.raises(NotAllowed, match="承办单位的人员不能回访"):
        make.act(town.double, case, "call_back", make.CALL_BACK)


def test_the_database_itself_refuses_an_attempt_by_the_unit(town, pool):
    answered(town)
    services.fill_pools()
    task = CallbackTask.objects.get()
    with pytest.raises(IntegrityError, match="callback_not_by_the_unit"), transaction.atomic():
        Attempt.objects.create(
            task=task,
            number=1,
            way="voice",
            agent_name="郑双岗",
            agent_unit_id=town.east_works.pk,
            handling_unit_id=town.east_works.pk,
            at=ELEVEN,
            part_of_day="morning",
            outcome="reached",
        )
    assert not task.attempts.exists()


def test_the_neighbouring_district_and_other_trades_get_nothing(town, pool):
    answered(town)
    services.fill_pools()
    assert services.claim_next(town.callback_west) is None
    with pytest.raises(NotAllowed):
        services.claim_next(town.handler)
    with pytest.raises(NotAllowed):
        services.save_pool(
            town.callback, tenant=town.tenant, spec=services.PoolSpec("别的", "standard")
        )
    with pytest.raises(NotAllowed):
        services.reassign(town.callback, task_ids=[1], agent_id=None)


def test_one_in_hand_the_same_again_and_back_after_half_an_hour(town, pool):
    answered(town)
    answered(town, text="另一处路灯不亮，请派人维修。", title="路灯不亮")
    services.fill_pools()
    first = services.claim_next(town.callback)
    assert services.claim_next(town.callback) == first
    other = services.claim_next(town.second)
    assert other != first
    with pytest.raises(NotInHand):
        services.record_attempt(town.second, task_id=first.pk, number=1, answer=GOOD)
    with clock.at(ELEVEN + timedelta(minutes=31)):
        assert services.take_back_forgotten() == 2
        with pytest.raises(NotInHand):
            services.record_attempt(town.callback, task_id=first.pk, number=1, answer=GOOD)


def test_the_same_form_sent_twice_is_one_attempt(town, pool):
    task = called(town, answered(town), GOOD)
    again = services.record_attempt(town.callback, task_id=task.pk, number=1, answer=BAD)
    assert (again.solved, again.attempts.count()) == (True, 1)


def test_the_exchange_gets_the_number_and_nobody_else(town, pool):
    answered(town)
    services.fill_pools()
    task = services.claim_next(town.callback)
    order = services.order_dial(town.callback, task_id=task.pk)
    number = exchange().dial(agent="callback", line=order.line, phone=order.phone)
    services.note_call(town.callback, task_id=task.pk, exchange_id=number)
    done = services.record_attempt(town.callback, task_id=task.pk, number=1, answer=GOOD)
    attempt = done.attempts.get()
    assert Call.objects.get(exchange_id=attempt.exchange_id).phone == "13812345678"
    entry = AuditEntry.objects.get(action="callback.dialled")
    assert entry.data == {"line": "12345"}
    with pytest.raises(NotInHand):
        services.order_dial(town.second, task_id=task.pk)


def test_a_case_closed_elsewhere_takes_its_call_back_along(town, pool):
    case = answered(town)
    services.fill_pools()
    make.act(town.supervisor, case, "close", {"note": "已现场确认"})
    assert services.void_overtaken() == 1
    assert services.void_overtaken() == 0
    assert task_of(case).state == TaskState.VOID


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_get_two_different_ones(town, pool):
    from threading import Barrier, Thread

    answered(town)
    answered(town, text="另一处路灯不亮，请派人维修。", title="路灯不亮")
    services.fill_pools()
    gate, got = Barrier(2), []

    def claim(agent):
        with clock.at(ELEVEN):
            gate.wait(10)
            task = services.claim_next(agent)
            got.append(task.pk if task else None)
        connection.close()

    threads = [Thread(target=claim, args=(town.people[n],)) for n in ("callback", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert None not in got
    assert len(set(got)) == 2


@given(
    minutes=st.integers(0, 3 * 24 * 60),
    opens=st.integers(0, 20),
    hours=st.integers(1, 10),
    tried=st.sets(st.sampled_from(["morning", "afternoon", "evening"])),
)
def test_the_next_moment_lies_within_the_hours_and_never_behind(minutes, opens, hours, tried):
    start, end = time(opens), time(min(opens + hours, 23), 30)
    after = ELEVEN + timedelta(minutes=minutes)
    found = next_moment(after, opens=start, closes=end, tried=tried)
    assert found >= after
    assert start <= timezone.localtime(found).time() < end
    assert found - after <= timedelta(days=3)


def test_pools_and_scripts_name_the_field_that_is_wrong(town, pool):
    spec = services.PoolSpec("另一个", "standard")
    wrong = [
        (replace(spec, name="全部回访"), "name"),
        (replace(spec, script_code="none"), "script_code"),
        (replace(spec, from_time=time(21)), "to_time"),
        (replace(spec, earliest_h=80), "latest_h"),
    ]
    for one, field in wrong:
        with pytest.raises(InvalidInput) as refusal:
            services.save_pool(town.lead, tenant=town.tenant, spec=one)
        assert refusal.value.field == field
    with pytest.raises(NotFound):
        services.save_pool(town.lead, tenant=town.tenant, spec=spec, pool_id=pool.pk + 999)
    again = services.publish_script(town.lead, tenant=town.tenant, spec=SCRIPT)
    assert again.number == 1
    with pytest.raises(InvalidInput) as refusal:
        services.publish_script(
            town.lead,
            tenant=town.tenant,
            spec=replace(SCRIPT, body={"fields": [{"name": "x", "type": "files", "label": "件"}]}),
        )
    assert refusal.value.field == "body"
