"""A demand from the call to the evaluation, and every way it can turn (HL-17)."""

import pytest

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters.enums import StateCategory, TaskState
from apps.matters.errors import ActionNotPossible, CaseMoved
from apps.matters.models import Case, CaseEvent, CaseFact, Evaluation, Request, Task
from apps.matters.services import open_case, perform
from apps.notices.models import Notice
from apps.rules.models import RuleTableVersion
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def test_a_demand_runs_from_the_call_to_the_evaluation(cast: Cast) -> None:
    case = make.closed(cast)
    case = make.act(make.reporter(case), case, "evaluate", {"result_score": "5", "solved": "yes"})

    assert case.category == StateCategory.ENDED
    assert case.closed_at is not None
    actions = list(case.events.order_by("seq").values_list("action", flat=True))
    assert actions == ["open", "accept", "dispatch", "sign", "feed_back", "call_back", "evaluate"]
    assert case.lock_version == len(actions)
    assert Evaluation.objects.filter(case=case).count() == 3


def test_a_report_lies_in_the_grid_cell_of_its_point(cast: Cast) -> None:
    case = make.registered(cast)
    assert case.area.level.is_cell
    assert case.area_path.startswith(cast.east.path)


def test_every_step_leaves_event_fact_log_and_notice(cast: Cast) -> None:
    case = make.dispatched(cast)
    event = case.events.get(action="dispatch")
    assert event.actor_name == "刘洋"
    assert event.actor_unit == "市民热线受理中心"
    assert event.data["unit"] == "东区城市管理局"
    assert {f.kind for f in event.facts.all()} == {"state", "unit"}
    assert AuditEntry.objects.filter(action="case.dispatch", object_id=str(case.pk)).exists()
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {
        "handler",
        "colleague",
        "head",
    }


def test_older_facts_are_kept_when_the_class_changes(cast: Cast) -> None:
    case = make.accepted(cast)
    data = {
        "class_code": "road.damage",
        "priority": "high",
        "address": case.address,
        "lon": case.point.x,
        "lat": case.point.y,
        "reason": "现场核实为路面破损",
    }
    case = make.act(cast.dispatcher, case, "correct", data)
    classes = CaseFact.objects.filter(case=case, kind="class").order_by("id")
    assert [f.label for f in classes] == ["井盖问题", "道路破损"]
    assert case.class_label == "道路破损"
    assert not CaseFact.objects.filter(case=case, kind="place", event__action="correct").exists()


def test_an_unclear_report_goes_back_and_its_clock_waits(cast: Cast) -> None:
    case = make.registered(cast)
    case = make.act(cast.acceptor, case, "ask_to_complete", {"question": "请说明具体路口"})
    assert case.category == StateCategory.PAUSED
    assert case.clock_paused
    case = make.act(make.reporter(case), case, "complete", {"addition": "在和平路东侧"})
    assert case.category == StateCategory.INTAKE
    assert not case.clock_paused


def test_a_question_is_answered_at_once_and_nobody_is_bothered(cast: Cast) -> None:
    case = make.registered(cast)
    data = {"class_code": "social.security", "answer": "请携带身份证到社区办理。"}
    case = make.act(cast.acceptor, case, "answer", data)
    assert case.is_ended
    assert not Task.objects.filter(case=case).exists()
    assert case.events.get(action="answer").public_text == data["answer"]


def test_returning_a_case_does_not_stop_the_clock_of_the_citizen(cast: Cast) -> None:
    case = make.handling(cast)
    due = case.due_at
    asked = {"reason_code": "not_ours", "reason": "该井盖属于通信公司"}
    case = make.act(cast.handler, case, "request_return", asked)
    assert case.pending_request == "return"
    assert case.due_at == due

    ruling = {"decision": "approve", "opinion": "同意"}
    case = make.act(cast.dispatcher, case, "rule_return", ruling)
    assert case.state == "accepted"
    assert case.unit is None
    assert Task.objects.get(case=case).state == TaskState.RETURNED

    data = make.dispatch_data(cast, unit=cast.west_works.pk, override_reason="职责清单")
    case = make.act(cast.dispatcher, case, "dispatch", data)
    assert case.due_at == due


def test_a_refused_return_leaves_the_case_with_the_unit(cast: Cast) -> None:
    case = make.handling(cast)
    make.act(
        cast.handler, case, "request_return", {"reason_code": "not_ours", "reason": "不属我局"}
    )
    ruling = {"decision": "reject", "opinion": "属贵局职责"}
    case = make.act(cast.dispatcher, case, "rule_return", ruling)
    assert case.state == "handling"
    assert case.unit == cast.east_works
    assert case.pending_request == ""


def test_a_unit_returns_a_case_only_so_often(cast: Cast) -> None:
    case = make.handling(cast)
    for _turn in range(2):
        asked = {"reason_code": "not_ours", "reason": "不属我局"}
        make.act(cast.handler, case, "request_return", asked)
        make.act(cast.dispatcher, case, "rule_return", {"decision": "reject", "opinion": "属"})
    with pytest.raises(ActionNotPossible, match="已退单2次"):
        make.act(cast.handler, case, "request_return", asked)


def test_an_approved_extension_moves_the_deadline_and_says_why(cast: Cast) -> None:
    case = make.handling(cast)
    due = case.due_at
    make.act(cast.handler, case, "request_extension", {"days": 5, "reason": "需采购配件"})
    case = make.act(
        cast.dispatcher, case, "rule_extension", {"decision": "approve", "opinion": "同意延期"}
    )
    assert case.due_at > due
    assert Task.objects.get(case=case).due_at == case.due_at
    with pytest.raises(ActionNotPossible, match="已延期1次"):
        make.act(cast.handler, case, "request_extension", {"days": 1, "reason": "再延"})


def test_an_extension_has_a_longest_length(cast: Cast) -> None:
    case = make.handling(cast)
    with pytest.raises(InvalidInput) as refused:
        make.act(cast.handler, case, "request_extension", {"days": 11, "reason": "x"})
    assert refused.value.field == "days"


def test_feedback_waits_for_the_ruling(cast: Cast) -> None:
    case = make.handling(cast)
    make.act(cast.handler, case, "request_extension", {"days": 5, "reason": "需采购配件"})
    with pytest.raises(ActionNotPossible, match="待审批"):
        make.act(cast.handler, case, "feed_back", make.feed_back_data())


def test_an_unsolved_case_goes_round_again_and_both_rounds_are_kept(cast: Cast) -> None:
    case = make.answered(cast)
    answer = make.CALL_BACK | {"solved": "no", "result_score": "1", "next_step": "redo"}
    case = make.act(cast.callback, case, "call_back", answer)
    assert (case.round, case.state) == (2, "dispatched")
    assert case.closed_at is None
    assert [t.round for t in Task.objects.filter(case=case).order_by("id")] == [1, 2]

    make.act(cast.handler, case, "sign", {})
    make.act(cast.handler, case, "feed_back", make.feed_back_data())
    case = make.act(cast.callback, case, "call_back", make.CALL_BACK)
    scores = Evaluation.objects.filter(case=case, target="result").order_by("round")
    assert [e.score for e in scores] == [1, 5]


def test_nobody_answering_closes_only_after_three_calls(cast: Cast) -> None:
    case = make.answered(cast)
    missed = {"reached": "no", "next_step": "retry", "comment": "无人接听"}
    for _turn in range(2):
        case = make.act(cast.callback, case, "call_back", missed)
        assert case.state == "answered"
    case = make.act(cast.callback, case, "call_back", missed | {"next_step": "close"})
    assert case.state == "closed"
    assert not Evaluation.objects.filter(case=case).exists()


def test_closing_without_enough_calls_is_refused(cast: Cast) -> None:
    case = make.answered(cast)
    missed = {"reached": "no", "next_step": "close", "comment": "无人接听"}
    with pytest.raises(ActionNotPossible, match="满3次"):
        make.act(cast.callback, case, "call_back", missed)


def test_a_low_score_asks_for_a_redo_that_the_supervisor_rules_on(cast: Cast) -> None:
    case = make.closed(cast)
    unhappy = {"result_score": "1", "solved": "no", "comment": "又坏了"}
    case = make.act(make.reporter(case), case, "evaluate", unhappy)
    assert case.pending_request == "reopening"
    case = make.act(cast.supervisor, case, "redo", {"reason": "请彻底修复"})
    assert (case.round, case.state, case.pending_request) == (2, "dispatched", "")
    assert Request.objects.get(case=case, kind="reopening").state == "approved"


def test_a_score_is_given_once(cast: Cast) -> None:
    case = make.closed(cast)
    make.act(make.reporter(case), case, "evaluate", {"result_score": "5"})
    with pytest.raises(ActionNotPossible, match="已评价"):
        make.act(make.reporter(case), case, "evaluate", {"result_score": "1"})


def test_a_reporter_cannot_score_somebody_elses_case(cast: Cast) -> None:
    mine, other = make.closed(cast), make.closed(cast)
    with pytest.raises(NotAllowed):
        make.act(make.reporter(mine), other, "evaluate", {"result_score": "1"})


def test_another_unit_than_the_rules_propose_needs_a_reason(cast: Cast) -> None:
    case = make.accepted(cast)
    data = make.dispatch_data(cast, unit=cast.west_works.pk)
    with pytest.raises(InvalidInput) as refused:
        make.act(cast.dispatcher, case, "dispatch", data)
    assert refused.value.field == "override_reason"


def test_the_proposal_says_which_rule_and_why(cast: Cast) -> None:
    case = make.accepted(cast)
    assert case.proposal.outputs[0]["unit"] == "east-cgj"
    assert "井盖问题" in case.proposal.explanation


def test_a_report_of_a_known_class_is_proposed_a_unit_at_once(cast: Cast) -> None:
    case = make.registered(cast, class_code="road.manhole")
    assert case.proposal is not None
    assert case.proposal.outputs[0]["unit"] == "east-cgj"


def test_trouble_with_the_rules_keeps_no_citizen_out(cast: Cast) -> None:
    RuleTableVersion.objects.all().update(state="retired", effective_until=clock.now())
    case = make.registered(cast, class_code="road.manhole")
    assert case.proposal is None
    assert "proposal_error" in case.events.get().data


@pytest.mark.parametrize(
    ("who", "action", "data"),
    [
        ("handler", "accept", make.ACCEPT),
        ("acceptor", "dispatch", {}),
        ("outsider", "accept", make.ACCEPT),
        ("dispatcher_west", "accept", make.ACCEPT),
        ("acceptor", "nonsense", {}),
    ],
)
def test_the_wrong_person_is_refused(cast: Cast, who: str, action: str, data: dict) -> None:
    case = make.registered(cast)
    with pytest.raises(NotAllowed):
        perform(cast.people[who], case_id=case.pk, action=action, data=data)
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_the_neighbouring_units_people_cannot_sign(cast: Cast) -> None:
    case = make.dispatched(cast)
    with pytest.raises(NotAllowed):
        make.act(cast.handler_west, case, "sign", {})


def test_the_neighbouring_districts_dispatcher_cannot_dispatch(cast: Cast) -> None:
    case = make.accepted(cast)
    with pytest.raises(NotAllowed):
        make.act(cast.dispatcher_west, case, "dispatch", make.dispatch_data(cast))


def test_an_action_of_another_state_is_refused(cast: Cast) -> None:
    case = make.closed(cast)
    with pytest.raises(ActionNotPossible, match="已办结"):
        make.act(cast.acceptor, case, "accept", make.ACCEPT)


def test_a_stale_page_is_told_who_was_faster(cast: Cast) -> None:
    case = make.registered(cast)
    seen = case.lock_version
    make.act(cast.acceptor, case, "accept", make.ACCEPT)
    with pytest.raises(CaseMoved) as stale:
        make.act(cast.acceptor, case, "ask_to_complete", {"question": "?"}, expected_version=seen)
    assert stale.value.data["actor"] == "陈静"
    assert "受理" in str(stale.value)


def test_the_same_key_does_it_once(cast: Cast) -> None:
    case = make.registered(cast)
    first = perform(cast.acceptor, case_id=case.pk, action="accept", data=make.ACCEPT, key="form-1")
    again = perform(cast.acceptor, case_id=case.pk, action="accept", data=make.ACCEPT, key="form-1")
    assert again.repeated
    assert again.event == first.event
    assert CaseEvent.objects.filter(case=case, action="accept").count() == 1


def test_the_same_report_twice_is_one_case(cast: Cast) -> None:
    report = make.new_case(source_key="web:1")
    first = open_case(cast.acceptor, tenant=cast.tenant, report=report)
    again = open_case(cast.acceptor, tenant=cast.tenant, report=report)
    assert again.repeated
    assert again.case == first.case
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"text": ""}, "text"),
        ({"text": "字" * 4001}, "text"),
        ({"lon": 121.5, "lat": 37.5}, "point"),
        ({"lon": float("nan"), "lat": 36.0}, "point"),
        ({"lon": 999.0, "lat": 36.0}, "point"),
        ({"class_code": "no.such"}, "class_code"),
        ({"matter_type": "no.such"}, "matter_type"),
        ({"address": "路" * 201}, "address"),
    ],
)
def test_bad_input_names_its_field_and_writes_nothing(
    cast: Cast, changes: dict, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.registered(cast, **changes)
    assert refused.value.field == field
    assert not Case.objects.exists()


def test_a_wrong_choice_in_a_form_names_its_field(cast: Cast) -> None:
    case = make.registered(cast)
    with pytest.raises(InvalidInput) as refused:
        make.act(cast.acceptor, case, "accept", {"class_code": "x", "priority": "normal"})
    assert refused.value.field == "class_code"
    case.refresh_from_db()
    assert case.state == "registered"


def test_a_void_case_withdraws_what_hangs_on_it(cast: Cast) -> None:
    case = make.accepted(cast)
    case = make.act(cast.supervisor, case, "void", {"reason": "误录"})
    assert case.is_ended
    assert case.due_at is None
