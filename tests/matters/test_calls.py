"""Another matter as a step of this one, its result coming back (MT-22, MT-06)."""

from typing import Any

import pytest

from apps.matters.enums import MatterKind
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Split
from apps.matters.services import open_case
from tests.cast import Cast
from tests.matters import factories as make
from tests.matters import joint

pytestmark = pytest.mark.django_db

OFFICE_BODY: dict[str, Any] = {
    "title": "用章审批",
    "states": [
        {"code": "asked", "label": "待审批", "category": "routing"},
        {"code": "granted", "label": "已同意", "category": "ended"},
        {"code": "refused", "label": "不同意", "category": "ended"},
    ],
    "actors": {"approver": {"permission": "matters.dispatch_case", "reach": "tenant"}},
    "actions": [
        {"code": "close", "from": ["asked"], "to": "granted", "who": ["approver"]},
        {"code": "void", "from": ["asked"], "to": "refused", "who": ["approver"]},
    ],
    "form": {
        "fields": [
            {"name": "subject", "label": "事由", "type": "text", "required": True},
            {"name": "serial", "label": "文号", "type": "text"},
        ]
    },
}


def caller_body() -> dict[str, Any]:
    body = joint.parent_body()
    del body["splits"]
    body["states"].insert(1, {"code": "pending", "label": "等待审批", "category": "paused"})
    body["actions"] = [
        {"code": "call_matter", "from": ["routing"], "to": "pending", "who": ["dispatcher"]},
        {"code": "close", "from": ["joined"], "to": "closed", "who": ["dispatcher"]},
    ]
    body["states"] = [s for s in body["states"] if s["code"] != "split_up"]
    body["calls"] = [
        {
            "code": "approval",
            "label": "用章审批",
            "matter": joint.OFFICE,
            "from": ["routing"],
            "title": "申请用章",
            "join": {"to": "joined", "returned_to": "routing"},
            "mapping": [
                {"to": "form.subject", "from": "title"},
                {"to": "form.serial", "value": "2026-1"},
            ],
            "back": [{"to": "form.approval_no", "from": "form.serial"}],
        }
    ]
    return body


@pytest.fixture
def case(cast: Cast) -> Case:
    joint.publish(joint.OFFICE, OFFICE_BODY, MatterKind.OFFICE)
    joint.publish(joint.PARENT, caller_body())
    report = make.new_case(matter_type=joint.PARENT)
    return open_case(cast.acceptor, tenant=cast.tenant, report=report).case


def call(cast: Cast, case: Case) -> Case:
    make.act(cast.dispatcher, case, "call_matter", {"call": "approval"})
    joint.drain()
    return Case.objects.get(as_part__split__parent=case)


def test_the_caller_waits_with_its_clock_and_the_fields_go_over(cast: Cast, case: Case) -> None:
    called = call(cast, case)
    assert joint.state_of(case) == "pending"
    assert called.matter_type.code == joint.OFFICE
    assert called.form_data == {"subject": case.title, "serial": "2026-1"}


def test_the_result_comes_back_and_the_caller_goes_on(cast: Cast, case: Case) -> None:
    called = call(cast, case)
    make.act(cast.dispatcher, called, "close", {"note": "同意用章"})
    joint.drain()
    case.refresh_from_db()
    assert case.state == "joined"
    assert case.form_data == {"approval_no": "2026-1"}
    assert case.events.get(action="joined").data["form"] == {"approval_no": "2026-1"}


def test_a_refused_call_returns_the_caller_with_the_reason(cast: Cast, case: Case) -> None:
    called = call(cast, case)
    make.act(cast.dispatcher, called, "void", {"reason": "材料不齐"})
    joint.drain()
    assert joint.state_of(case) == "routing"
    assert "材料不齐" in case.events.get(action="part_returned").note
    call_again = {"call": "approval"}
    make.act(cast.dispatcher, case, "call_matter", call_again)
    assert Split.objects.filter(parent=case).count() == 2


def test_a_called_matter_that_is_not_in_force_is_refused(cast: Cast) -> None:
    joint.publish(joint.PARENT, caller_body())
    report = make.new_case(matter_type=joint.PARENT)
    caller = open_case(cast.acceptor, tenant=cast.tenant, report=report).case
    with pytest.raises(ActionNotPossible, match=joint.OFFICE):
        make.act(cast.dispatcher, caller, "call_matter", {"call": "approval"})
