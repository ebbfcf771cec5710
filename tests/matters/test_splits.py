"""One case becomes several and comes together again (RU-02, MT-10)."""

from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.clocks.models import Clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters.actions import known_actions
from apps.matters.definition import check
from apps.matters.enums import PartState, SplitState, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseLink, Split, SplitPart
from apps.notices.models import Notice
from apps.rules.models import Decision
from tests.cast import Cast
from tests.matters import factories as make
from tests.matters import joint

pytestmark = pytest.mark.django_db


def test_a_split_opens_a_case_per_row_with_link_unit_and_clock(cast: Cast) -> None:
    case = joint.parent_case(cast, {"role": "main"}, {})
    found = joint.split(cast, case)
    first = joint.part(found, 1)
    assert first.case is not None
    assert [p.state for p in found.parts.all()] == [PartState.OPEN, PartState.OPEN]
    assert first.case.unit == cast.east_works
    assert first.case.tasks.get().unit == cast.east_works
    assert first.case.text == case.text
    assert CaseLink.objects.filter(target=case, kind="parent").count() == 2
    assert joint.state_of(case) == "split_up"
    assert found.decision == Decision.objects.get(table_code=joint.TABLE)
    assert "第1行" in first.reason
    assert Clock.objects.filter(subject_id=first.case.pk, name="handle").exists()
    assert AuditEntry.objects.filter(action="case.split", object_id=str(case.pk)).exists()


def test_what_is_shown_before_names_matter_unit_limit_and_reason(cast: Cast) -> None:
    case = joint.parent_case(cast, {"title": "抽排积水"}, {"unit": "west-cgj"})
    form = _form(cast, case)
    shown = str(form["parts"])
    for words in ("抽排积水", "东区城市管理局", "西区城市管理局", "1个工作日", "第1行"):
        assert words in shown
    assert not Decision.objects.filter(table_code=joint.TABLE).exists()


def _form(cast: Cast, case: Case) -> Any:
    from apps.matters.actions import get_action
    from apps.matters.definition import definition_of

    definition = definition_of(case.version_id, case.version.body)
    return get_action("split").form_class(
        None, case=case, actor=cast.dispatcher, definition=definition
    )


def test_a_row_says_whom_the_main_matter_waits_for(cast: Cast) -> None:
    """RU-02: the table's "any" goes before the definition's "all", and the rest is called off."""
    case = joint.parent_case(cast, {"join": "any"}, {"join": "any"})
    found = joint.split(cast, case)
    assert found.policy == "any"
    joint.end(cast, joint.part(found, 2))
    joint.drain()
    assert joint.state_of(case) == "joined"
    assert joint.part(found, 1).state == PartState.CANCELLED


def test_rows_that_wait_differently_are_refused(cast: Cast) -> None:
    case = joint.parent_case(cast, {"join": "any"}, {"join": "all"})
    with pytest.raises(InvalidInput, match="请改规则表"):
        make.act(cast.dispatcher, case, "split", {})
    assert not Split.objects.exists()


def test_leaving_a_part_out_needs_a_reason(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {})
    with pytest.raises(InvalidInput, match="请说明理由"):
        make.act(cast.dispatcher, case, "split", {"parts": ["parts:2"]})
    joint.split(cast, case, parts=["parts:2"], left_out_reason="第1项已自行解决")
    assert list(SplitPart.objects.values_list("title", flat=True)) == ["第2项"]


def test_only_who_dispatches_may_split(cast: Cast) -> None:
    case = joint.parent_case(cast, {})
    for stranger in (cast.handler, cast.dispatcher_west, cast.outsider):
        with pytest.raises(NotAllowed):
            make.act(stranger, case, "split", {})


def test_rules_that_changed_since_they_were_shown_are_refused(cast: Cast) -> None:
    case = joint.parent_case(cast, {})
    with pytest.raises(InvalidInput, match="有变化"):
        make.act(cast.dispatcher, case, "split", {"seen": "something-older"})


def test_the_same_key_splits_once(cast: Cast) -> None:
    case = joint.parent_case(cast, {})
    for _time in range(2):
        make.act(cast.dispatcher, case, "split", {}, key="k-split")
    joint.drain()
    assert Split.objects.count() == 1
    assert SplitPart.objects.count() == 1


def test_all_parts_done_move_the_parent_on_once(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {})
    found = joint.split(cast, case)
    joint.end(cast, joint.part(found, 1))
    joint.drain()
    assert joint.state_of(case) == "split_up"
    joint.end(cast, joint.part(found, 2))
    joint.drain()
    assert joint.state_of(case) == "joined"
    event = case.events.get(action="joined")
    assert "第1项" in event.note
    assert "第2项" in event.note
    found.refresh_from_db()
    assert found.state == SplitState.JOINED


def test_the_first_done_of_any_cancels_the_others_and_their_tasks(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {}, {}, join={"policy": "any", "to": "joined"})
    found = joint.split(cast, case)
    joint.end(cast, joint.part(found, 2))
    joint.drain()
    assert joint.state_of(case) == "joined"
    assert [joint.part(found, n).state for n in (1, 3)] == [PartState.CANCELLED] * 2
    child = joint.part(found, 1).case
    assert child is not None
    assert child.state == "undone"
    assert child.tasks.get().state == TaskState.CANCELLED


def test_the_main_part_decides_and_the_others_go_on(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {"role": "main"}, join={"policy": "main", "to": "joined"})
    found = joint.split(cast, case)
    joint.end(cast, joint.part(found, 2))
    joint.drain()
    assert joint.state_of(case) == "joined"
    assert joint.part(found, 1).state == PartState.OPEN


def test_main_decides_needs_a_main_part(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, join={"policy": "main", "to": "joined"})
    with pytest.raises(InvalidInput, match="没有主责"):
        make.act(cast.dispatcher, case, "split", {})


def test_parts_in_order_are_opened_one_after_the_other(cast: Cast) -> None:
    case = joint.parent_case(cast, {"order": 2}, {"order": 1})
    found = joint.split(cast, case)
    assert [joint.part(found, n).state for n in (1, 2)] == [PartState.PLANNED, PartState.OPEN]
    joint.end(cast, joint.part(found, 2))
    joint.drain()
    assert joint.part(found, 1).state == PartState.OPEN


def test_a_part_not_done_returns_the_parent_with_its_reason(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {})
    found = joint.split(cast, case)
    Notice.objects.all().delete()
    joint.end(cast, joint.part(found, 1), "void")
    joint.drain()
    assert joint.state_of(case) == "routing"
    assert "现场无此情况" in case.events.get(action="part_returned").note
    assert "dispatcher" in Notice.objects.values_list("recipient__username", flat=True)
    found.refresh_from_db()
    assert found.state == SplitState.FAILED
    # The other goes on, and ends without harm.
    joint.end(cast, joint.part(found, 2))
    joint.drain()
    assert joint.state_of(case) == "routing"


def test_a_part_sent_back_by_its_unit_returns_the_parent_and_may_still_succeed(
    cast: Cast,
) -> None:
    case = joint.parent_case(cast, {})
    found = joint.split(cast, case)
    child = joint.part(found, 1).case
    assert child is not None
    asked = {"reason_code": "not_ours", "reason": "不属本单位职责"}
    make.act(cast.handler, child, "request_return", asked)
    make.act(cast.dispatcher, child, "rule_return", {"decision": "approve", "opinion": "同意"})
    joint.drain()
    assert joint.part(found, 1).state == PartState.RETURNED
    assert joint.state_of(case) == "routing"
    assert "不属本单位职责" in case.events.get(action="part_returned").note
    make.act(cast.dispatcher, child, "dispatch", make.dispatch_data(cast, limit_amount=1))
    joint.drain()
    assert joint.part(found, 1).state == PartState.OPEN
    joint.end(cast, joint.part(found, 1))
    joint.drain()
    assert joint.state_of(case) == "joined"


def test_a_parent_with_open_parts_may_not_close_unless_its_definition_says_so(
    cast: Cast,
) -> None:
    case = joint.parent_case(cast, {})
    joint.split(cast, case)
    with pytest.raises(ActionNotPossible, match="1件子事项"):
        make.act(cast.dispatcher, case, "close", {"note": "算了"})


def test_closing_the_parent_cancels_its_parts_where_the_definition_says_so(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, close="cancel")
    found = joint.split(cast, case)
    make.act(cast.dispatcher, case, "close", {"note": "已自行消退"})
    joint.drain()
    assert joint.part(found, 1).state == PartState.CANCELLED
    found.refresh_from_db()
    assert found.state == SplitState.ENDED


def test_a_part_closed_after_its_parent_is_noted_and_nothing_breaks(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, close="leave")
    found = joint.split(cast, case)
    make.act(cast.dispatcher, case, "close", {"note": "先行办结"})
    joint.drain()
    joint.end(cast, joint.part(found, 1))
    joint.drain()
    assert joint.part(found, 1).state == PartState.DONE
    assert joint.state_of(case) == "closed"
    assert case.events.filter(action="part_ended_late").count() == 1


def test_a_part_is_due_no_later_than_its_parent(cast: Cast) -> None:
    case = joint.parent_case(cast, {"limit": "9个工作日"}, {"limit": "1个工作日"})
    found = joint.split(cast, case)
    long, short = joint.part(found, 1).case, joint.part(found, 2).case
    assert long is not None
    assert short is not None
    assert case.due_at is not None
    assert long.due_at is not None
    assert short.due_at is not None
    assert long.due_at <= case.due_at
    assert short.due_at < case.due_at


def test_a_part_may_be_due_later_where_the_definition_says_so(cast: Cast) -> None:
    case = joint.parent_case(cast, {"limit": "9个工作日"}, later_than_parent=True)
    child = joint.part(joint.split(cast, case), 1).case
    assert child is not None
    assert child.due_at is not None
    assert case.due_at is not None
    assert child.due_at > case.due_at


def test_parts_of_parts_to_the_fifth_level_and_no_further(cast: Cast) -> None:
    case = joint.parent_case(cast, {"matter": joint.PARENT, "unit": None})
    for _level in range(5):
        case = joint.part(joint.split(cast, case), 1).case  # type: ignore[assignment]
    with pytest.raises(ActionNotPossible, match="第5层"):
        make.act(cast.dispatcher, case, "split", {})


def test_cancelling_reaches_the_parts_of_parts(cast: Cast) -> None:
    case = joint.parent_case(cast, {"matter": joint.PARENT, "unit": None}, close="cancel")
    middle = joint.part(joint.split(cast, case), 1).case
    assert middle is not None
    lowest = joint.part(joint.split(cast, middle), 1).case
    assert lowest is not None
    make.act(cast.dispatcher, case, "close", {"note": "撤销"})
    joint.drain()
    assert Case.objects.get(pk=lowest.pk).is_ended


def test_a_split_after_an_action_is_made_by_itself(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, after=["remark"])
    make.act(cast.dispatcher, case, "remark", {"note": "已核实"})
    joint.drain()
    assert joint.state_of(case) == "split_up"
    assert case.events.get(action="split").actor_name == "系统"
    assert SplitPart.objects.get().state == PartState.OPEN


def test_a_part_that_cannot_be_opened_returns_the_parent(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, mapping=[{"to": "class_code", "value": "no.such"}])
    found = joint.split(cast, case)
    assert joint.part(found, 1).state == PartState.FAILED
    assert joint.state_of(case) == "routing"
    assert "no.such" in case.events.get(action="part_returned").note


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"from": ["nowhere"]}, "未定义的状态"),
        ({"after": ["nothing"]}, "未定义的动作"),
        ({"join": {"policy": "quorum"}}, "所需数量"),
        ({"join": {"policy": "all", "quorum": 2}}, "所需数量"),
    ],
)
def test_a_definition_with_a_broken_split_is_refused(change: dict[str, Any], words: str) -> None:
    problems = check(joint.parent_body(**change), known_actions=known_actions())
    assert any(words in problem for problem in problems)
