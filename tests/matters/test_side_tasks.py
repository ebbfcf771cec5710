"""协办, 会签, 核查, 审核: tasks beside the main one, each with its own clock (MT-26)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clocks.services import fire_due
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters import selectors
from apps.matters.definition import parsing
from apps.matters.enums import SignState, TaskKind
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Countersigning, Task
from apps.matters.routing import read_proposal
from apps.matters.services import perform_many
from apps.rules import services as rules
from apps.rules.errors import NotReady
from apps.rules.models import RuleTable
from apps.rules.selectors.tables import get_published
from tests.cast import Cast, _organization, _person
from tests.matters import factories as make
from tests.matters.test_returns import ASKED

pytestmark = pytest.mark.django_db

GRANT = {"decision": "approve", "opinion": "同意"}


@pytest.fixture(autouse=True)
def parsed_anew() -> Any:
    yield
    parsing._parsed.clear()


def assisted(cast: Cast) -> Case:
    """Will give a case of the eastern works the western works are asked to help with."""
    data = {"units": [cast.west_works.pk], "instruction": "请提供管线图", "days": 2}
    return make.act(cast.dispatcher, make.handling(cast), "assist", data)


def rules_name_helpers(cast: Cast) -> None:
    """Will publish dispatch rules that have the western works help everywhere."""
    table = RuleTable.objects.get(code="hotline-dispatch")
    body = get_published(table.code).body
    for row in body["rows"]:
        row["outputs"]["co_units"] = [cast.west_works.code]
    body = body | {"outputs": ["unit", "limit", "co_units"]}
    draft = rules.save_draft(cast.author, table=table, body=body)
    expected = [body["rows"][0]["outputs"]]
    for example in table.test_cases.all():
        rules.remove_test_case(cast.author, table=table, case_id=example.pk)
    rules.add_test_case(
        cast.author,
        table=table,
        name="井盖，西区协办",
        facts={"class": "road.manhole", "area": cast.east.path},
        expected=expected,
    )
    rules.submit(cast.author, version=draft)
    rules.publish(cast.publisher, version=draft)


def helpers(case: Case) -> list[str]:
    return [task.unit.name for task in case.tasks.filter(kind=TaskKind.CO).order_by("id")]


def countersigned(cast: Cast, units: list[Any] | None = None, **changes: Any) -> Case:
    """Will give a case with a countersigning among the western works and the centre."""
    data = {
        "units": [u.pk for u in units or [cast.west_works, cast.center]],
        "question": "是否同意封路施工",
        "rule": "all",
        "days": 2,
    } | changes
    return make.act(cast.handler, make.handling(cast), "start_countersign", data)


@pytest.fixture
def third(cast: Cast) -> Any:
    """A third unit with one handler."""
    unit = _organization(cast.tenant, None, "city-gaj", "市公安局", "department", cast.city)
    return _person("handler_city", "马超", "handler", unit)


# --- 协办 ----------------------------------------------------------------------------


def test_a_co_unit_sees_the_case_signs_and_feeds_back(cast: Cast) -> None:
    case = make.handling(cast)
    assert case not in selectors.visible_cases(cast.handler_west)
    case = assisted(cast)
    assert case in selectors.visible_cases(cast.handler_west)
    queue = selectors.find_queue(cast.handler_west, "tasks")
    assert case in selectors.list_queue(cast.handler_west, queue, queue.tab("co"))
    assert {a.code for a in selectors.offered_actions(cast.handler_west, case)} == {
        "sign_co",
        "feed_back_co",
    }
    case = make.act(cast.handler_west, case, "sign_co", {})
    case = make.act(cast.handler_west, case, "feed_back_co", {"result": "已提供"})
    task = Task.objects.get(case=case, kind=TaskKind.CO)
    assert (task.state, task.result, task.person) == ("done", "已提供", cast.handler_west)
    assert task.due_at is not None
    assert case in selectors.visible_cases(cast.handler_west)
    assert case.state == "handling"


def test_the_main_unit_waits_for_its_co_units(cast: Cast) -> None:
    case = assisted(cast)
    with pytest.raises(ActionNotPossible, match="西区城市管理局的协办尚未完成"):
        make.act(cast.handler, case, "feed_back", make.feed_back_data())
    task = Task.objects.get(case=case, kind=TaskKind.CO)
    data = {"task": task.pk, "reason": "不再需要"}
    case = make.act(cast.dispatcher, case, "withdraw_task", data)
    assert make.act(cast.handler, case, "feed_back", make.feed_back_data()).state == "answered"


def test_where_nobody_waits_the_open_task_ends_with_the_case(cast: Cast) -> None:
    make.policies(wait_for_co=0)
    case = assisted(cast)
    case = make.act(cast.handler, case, "feed_back", make.feed_back_data())
    case = make.act(cast.callback, case, "call_back", make.CALL_BACK)
    assert Task.objects.get(case=case, kind=TaskKind.CO).state == "cancelled"
    with pytest.raises(NotAllowed):
        make.act(cast.handler_west, case, "feed_back_co", {"result": "来晚了"})


def test_the_main_unit_asks_and_the_dispatcher_grants(cast: Cast) -> None:
    data = {"units": [cast.west_works.pk], "reason": "需贵局配合", "days": 3}
    case = make.act(cast.handler, make.handling(cast), "request_assistance", data)
    assert case.pending_request == "assistance"
    case = make.act(cast.dispatcher, case, "rule_assistance", GRANT)
    assert Task.objects.get(case=case, kind=TaskKind.CO).unit == cast.west_works


def test_only_the_co_unit_answers_for_itself(cast: Cast) -> None:
    case = assisted(cast)
    for person in (cast.handler, cast.dispatcher, cast.outsider):
        with pytest.raises(NotAllowed):
            make.act(person, case, "feed_back_co", {"result": "x"})


def test_one_unit_is_not_asked_twice_nor_the_main_one(cast: Cast) -> None:
    case = assisted(cast)
    data = {"units": [cast.west_works.pk], "instruction": "再来", "days": 2}
    with pytest.raises(ActionNotPossible, match="已有未完成的协办"):
        make.act(cast.dispatcher, case, "assist", data)
    with pytest.raises(InvalidInput, match="单位"):
        make.act(cast.dispatcher, case, "assist", data | {"units": [cast.east_works.pk]})


def test_a_late_co_unit_is_named_in_the_history_once(cast: Cast) -> None:
    case = assisted(cast)
    with clock.at(clock.now() + timedelta(days=9)):
        fire_due(limit=100)
        fire_due(limit=100)
    event = case.events.get(action="task_late")
    assert event.note == "西区城市管理局的协办任务已超期"


# --- 会签 ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "verdicts", "result"),
    [
        ("all", ["agree"], "open"),
        ("all", ["agree", "agree"], "passed"),
        ("all", ["disagree"], "failed"),
        ("any", ["agree"], "passed"),
        ("any", ["disagree"], "open"),
        ("any", ["disagree", "disagree"], "failed"),
        ("ratio", ["agree"], "passed"),
        ("ratio", ["disagree", "agree"], "passed"),
        ("veto", ["disagree"], "failed"),
        ("veto", ["agree"], "open"),
    ],
)
def test_the_rule_decides(
    cast: Cast, third: Any, rule: str, verdicts: list[str], result: str
) -> None:
    units = [cast.west_works, third.appointments.get().post.organization]
    case = countersigned(cast, units, rule=rule, ratio=50)
    for person, verdict in zip([cast.handler_west, third], verdicts, strict=False):
        case = make.act(person, case, "countersign", {"verdict": verdict, "opinion": "理由"})
    asked = Countersigning.objects.get(case=case)
    assert asked.state == result
    is_open = Task.objects.filter(countersigning=asked, state="waiting").exists()
    assert is_open == (result == SignState.OPEN)


def test_in_order_the_second_waits_for_the_first(cast: Cast, third: Any) -> None:
    units = [cast.west_works, third.appointments.get().post.organization]
    case = countersigned(cast, units, is_ordered="on")
    first, second = Task.objects.filter(countersigning__isnull=False).order_by("position")
    assert (first.state, second.state, second.due_at) == ("waiting", "queued", None)
    late = third if first.unit == cast.west_works else cast.handler_west
    early = cast.handler_west if late == third else third
    with pytest.raises(NotAllowed):
        make.act(late, case, "countersign", {"verdict": "agree"})
    case = make.act(early, case, "countersign", {"verdict": "agree"})
    case = make.act(late, case, "countersign", {"verdict": "agree"})
    assert Countersigning.objects.get().state == "passed"


def test_silence_is_consent_under_a_veto(cast: Cast) -> None:
    case = countersigned(cast, [cast.west_works], rule="veto")
    with clock.at(clock.now() + timedelta(days=9)):
        fire_due(limit=100)
    assert Countersigning.objects.get().state == "passed"
    assert Task.objects.get(kind=TaskKind.COUNTERSIGN).was_late
    assert case.events.filter(action="task_late").exists()


def test_an_objection_needs_words_and_an_open_one_holds_the_answer(cast: Cast) -> None:
    case = countersigned(cast, [cast.west_works])
    with pytest.raises(InvalidInput, match="理由"):
        make.act(cast.handler_west, case, "countersign", {"verdict": "disagree"})
    with pytest.raises(ActionNotPossible, match="会签尚未完成"):
        make.act(cast.handler, case, "feed_back", make.feed_back_data())
    data = {"units": [cast.center.pk], "question": "再问", "rule": "all", "days": 2}
    with pytest.raises(ActionNotPossible, match="进行中的会签"):
        make.act(cast.handler, case, "start_countersign", data)


# --- 核查 ----------------------------------------------------------------------------


def checking(cast: Cast) -> Case:
    """Will give an answered case the grid worker is asked to look at."""
    data = {"person": cast.grid_worker.pk, "instruction": "请现场查看", "days": 2}
    return make.act(cast.callback, make.answered(cast), "order_check", data)


def test_a_failed_check_sends_the_case_back_to_the_unit(cast: Cast) -> None:
    case = checking(cast)
    queue = selectors.find_queue(cast.grid_worker, "check")
    assert case in selectors.list_queue(cast.grid_worker, queue, queue.tab("check"))
    case = make.act(cast.grid_worker, case, "check", {"verdict": "fail", "result": "仍松动"})
    assert case.state == "handling"
    assert case.due_at is not None
    main = Task.objects.get(case=case, kind=TaskKind.MAIN, state="running")
    assert main.person == cast.handler
    assert make.act(cast.handler, case, "feed_back", make.feed_back_data()).state == "answered"


def test_closing_waits_for_a_passed_check_where_the_matter_says_so(cast: Cast) -> None:
    make.policies(check_required=1)
    case = checking(cast)
    with pytest.raises(ActionNotPossible, match="现场核查通过"):
        make.act(cast.callback, case, "call_back", make.CALL_BACK)
    case = make.act(cast.grid_worker, case, "check", {"verdict": "pass", "result": "已修好"})
    assert make.act(cast.callback, case, "call_back", make.CALL_BACK).is_ended


def test_a_check_is_for_the_person_named(cast: Cast) -> None:
    case = checking(cast)
    for person in (cast.handler, cast.callback, cast.outsider):
        with pytest.raises(NotAllowed):
            make.act(person, case, "check", {"verdict": "pass", "result": "看过"})


def test_a_city_that_calls_back_every_case_does_not_close_without(cast: Cast) -> None:
    make.policies(callback_required=1)
    with pytest.raises(ActionNotPossible, match="须回访后办结"):
        make.act(cast.supervisor, make.answered(cast), "close", {"note": "无需回访"})


# --- 审核 ----------------------------------------------------------------------------


def test_the_head_reviews_the_answer_before_it_goes_out(cast: Cast) -> None:
    make.policies(review_required=1)
    case = make.act(cast.handler, make.handling(cast), "feed_back", make.feed_back_data())
    assert (case.state, case.due_at is not None) == ("reviewing", True)
    assert not case.events.get(action="feed_back").public_text
    with pytest.raises(NotAllowed):
        make.act(cast.handler, case, "review", {"decision": "approve"})
    reject = {"decision": "reject", "opinion": "请补充照片"}
    case = make.act(cast.head, case, "review", reject)
    assert case.state == "handling"
    case = make.act(cast.handler, case, "feed_back", make.feed_back_data())
    case = make.act(cast.head, case, "review", {"decision": "approve"})
    assert case.state == "answered"
    assert "已更换井盖" in case.events.filter(action="review").last().public_text
    assert Task.objects.get(case=case, kind=TaskKind.MAIN).state == "done"


class TestHelpersNamedByTheRules:
    """RU-01: a rule names who helps, beside who is responsible and by when."""

    def test_they_are_proposed_and_asked_when_the_dispatcher_agrees(self, cast: Cast) -> None:
        rules_name_helpers(cast)
        case = make.accepted(cast)
        proposal = read_proposal(case)
        assert proposal is not None
        assert proposal.co_units == (cast.west_works,)
        assert f"{cast.west_works.name}协办" in proposal.explanation
        data = make.dispatch_data(cast, co_units=[cast.west_works.pk], co_days=3)
        case = make.act(cast.dispatcher, case, "dispatch", data)
        assert helpers(case) == [cast.west_works.name]
        [task] = case.tasks.filter(kind=TaskKind.CO)
        assert task.due_at is not None
        assert task.instruction
        case = make.act(cast.people["handler_west"], case, "sign_co", {})
        assert case.tasks.get(kind=TaskKind.CO).signed_at is not None

    def test_the_dispatcher_may_leave_them_out(self, cast: Cast) -> None:
        rules_name_helpers(cast)
        assert helpers(make.dispatched(cast)) == []

    def test_the_form_offers_them_chosen(self, cast: Cast, client: Any) -> None:
        rules_name_helpers(cast)
        case = make.accepted(cast)
        client.force_login(cast.dispatcher)
        shown = client.get(f"/cases/{case.pk}/dispatch/")
        form = shown.context["form"]
        assert list(form["co_units"].value()) == [cast.west_works.pk]

    def test_all_at_once_asks_them_too(self, cast: Cast) -> None:
        rules_name_helpers(cast)
        case = make.accepted(cast)
        [outcome] = perform_many(cast.dispatcher, case_ids=[case.pk], action="dispatch", data={})
        assert outcome.error == ""
        assert helpers(case) == [cast.west_works.name]

    def test_who_is_responsible_cannot_help_itself(self, cast: Cast) -> None:
        data = make.dispatch_data(cast, co_units=[cast.east_works.pk])
        with pytest.raises(InvalidInput, match="承办单位不能同时协办") as caught:
            make.act(cast.dispatcher, make.accepted(cast), "dispatch", data)
        assert caught.value.field == "co_units"

    def test_who_helps_already_is_not_asked_again(self, cast: Cast) -> None:
        rules_name_helpers(cast)
        data = make.dispatch_data(cast, co_units=[cast.west_works.pk])
        case = make.act(cast.dispatcher, make.accepted(cast), "dispatch", data)
        case = make.act(cast.handler, case, "request_return", ASKED)
        case = make.act(cast.dispatcher, case, "rule_return", GRANT)
        case = make.act(cast.dispatcher, case, "dispatch", data)
        assert case.tasks.filter(kind=TaskKind.CO, state="waiting").count() == 1

    def test_a_unit_that_is_not_known_cannot_be_published(self, cast: Cast) -> None:
        table = RuleTable.objects.get(code="hotline-dispatch")
        body = get_published(table.code).body
        body["rows"][0]["outputs"]["co_units"] = ["no-such-unit"]
        body = body | {"outputs": ["unit", "limit", "co_units"]}
        draft = rules.save_draft(cast.author, table=table, body=body)
        with pytest.raises(NotReady, match="no-such-unit"):
            rules.submit(cast.author, version=draft)

    def test_an_author_writes_them_by_name(self, cast: Cast, client: Any) -> None:
        rules_name_helpers(cast)
        table = RuleTable.objects.get(code="hotline-dispatch")
        body = get_published(table.code).body
        draft = rules.save_draft(cast.author, table=table, body=body)
        address = (
            f"/rules/tables/{table.code}/versions/{draft.number}/rows/{body['rows'][0]['key']}/"
        )
        client.force_login(cast.author)
        shown = client.get(address).context["form"]
        assert shown["out__co_units"].value() == cast.west_works.name
        data = {name: shown[name].value() or "" for name in shown.fields}
        names = f"{cast.center.name}；{cast.west_works.name}"
        answer = client.post(address, data | {"revision": 1, "out__co_units": names})
        assert answer.status_code == 302, answer.context["form"].errors
        draft.refresh_from_db()
        written = draft.body["rows"][0]["outputs"]["co_units"]
        assert written == [cast.center.code, cast.west_works.code]
