"""Every verb of the hotline has a page, a call, a right and an entry in the history.

Source: the verbs Chinese users expect of a work order; HL-08, HL-10 to HL-14, MT-26.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.matters.definition import parsing
from apps.matters.models import Case
from tests.cast import Cast, _person
from tests.gateway.factories import client_with_key
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

GRANT, REFUSE = (
    {"decision": "approve", "opinion": "同意"},
    {"decision": "reject", "opinion": "不同意"},
)
CLASSED = {"class_code": "road.manhole"}
SAID = {"reason": "现场核实"}
NOT_OURS = {"reason_code": "not_ours", "reason": "该井盖属于通信公司"}
MORE_TIME = {"days": 5, "reason": "需采购配件"}


def _day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def _pause(_cast: Cast) -> dict[str, Any]:
    return {"reason_code": "season", "reason": "冬季无法施工", "wake_on": _day(10)}


def _parking(_cast: Cast) -> dict[str, Any]:
    plan = {"plan": "列入明年改造计划", "review_on": _day(90)}
    return {"reason_code": "funds", "reason": "管网老化"} | plan


def _help(cast: Cast) -> dict[str, Any]:
    return {"units": [cast.west_works.pk], "days": 2, "reason": "管线图", "instruction": "管线图"}


def _asked(action: str, data: Any) -> Callable[[Cast], Case]:
    """A case of the eastern works that has asked for something."""

    def before(cast: Cast) -> Case:
        return make.act(cast.handler, make.handling(cast), action, _given(data, cast))

    return before


def _reviewing(cast: Cast) -> Case:
    make.policies(review_required=1)
    return make.answered(cast)


def _completing(cast: Cast) -> Case:
    question = {"question": "请说明具体路口"}
    return make.act(cast.acceptor, make.registered(cast), "ask_to_complete", question)


def _suspended(cast: Cast) -> Case:
    return make.act(
        cast.dispatcher, _asked("request_suspension", _pause)(cast), "rule_suspension", GRANT
    )


def _parked(cast: Cast) -> Case:
    return make.act(
        cast.supervisor, _asked("request_parking", _parking)(cast), "rule_parking", GRANT
    )


def _ordered(cast: Cast) -> Case:
    return make.act(cast.supervisor, make.handling(cast), "supervise", {"text": "请回复"})


def _returned(cast: Cast) -> Case:
    return make.act(cast.dispatcher, _asked("request_return", NOT_OURS)(cast), "rule_return", GRANT)


def _elsewhere(cast: Cast) -> dict[str, Any]:
    return make.dispatch_data(cast, unit=cast.west_works.pk, override_reason="职责清单")


@dataclass(frozen=True)
class Verb:
    """name: what people say; before: gives a case that may be moved so. who: of the town."""

    name: str
    action: str
    who: str
    before: Callable[[Cast], Case]
    data: Any
    days_later: int = 0
    shown_as: str = ""  # on the case's page, where the unit shall not learn who it was


VERBS = [
    Verb("受理", "accept", "acceptor", make.registered, make.ACCEPT),
    Verb("不予受理", "reject", "acceptor", make.registered, SAID | {"reason_code": "court"}),
    Verb("要求补正", "ask_to_complete", "acceptor", make.registered, {"question": "哪个路口"}),
    Verb("补正", "complete", "acceptor", _completing, {"addition": "和平路东侧"}),
    Verb("直接答复", "answer", "acceptor", make.registered, CLASSED | {"answer": "请到社区办理"}),
    Verb("派单", "dispatch", "dispatcher", make.accepted, make.dispatch_data),
    Verb("签收", "sign", "handler", make.dispatched, {}),
    Verb("退单", "request_return", "handler", make.handling, NOT_OURS),
    Verb("同意退单", "rule_return", "dispatcher", _asked("request_return", NOT_OURS), GRANT),
    Verb("驳回退单", "rule_return", "dispatcher", _asked("request_return", NOT_OURS), REFUSE),
    Verb("退单后重派", "dispatch", "dispatcher", _returned, _elsewhere),
    Verb("申请延期", "request_extension", "handler", make.handling, MORE_TIME),
    Verb("延期审批", "rule_extension", "dispatcher", _asked("request_extension", MORE_TIME), GRANT),
    Verb("申请挂起", "request_suspension", "handler", make.handling, _pause),
    Verb("挂起审批", "rule_suspension", "dispatcher", _asked("request_suspension", _pause), GRANT),
    Verb("恢复", "resume", "handler", _suspended, SAID),
    Verb("申请协办", "request_assistance", "handler", make.handling, _help),
    Verb("协办审批", "rule_assistance", "dispatcher", _asked("request_assistance", _help), GRANT),
    Verb("指定协办", "assist", "dispatcher", make.handling, _help),
    Verb("催办", "urge", "supervisor", make.handling, {"text": "请尽快"}),
    Verb("督办", "supervise", "supervisor", make.handling, {"text": "请今日反馈"}),
    Verb("批示", "instruct", "leader", make.handling, {"text": "请妥善处理"}),
    Verb("回复督办", "reply_order", "handler", _ordered, {"reply": "今日完成"}),
    Verb("加急", "hurry", "dispatcher", make.handling, SAID),
    Verb("反馈", "feed_back", "handler", make.handling, make.feed_back_data()),
    Verb("审核", "review", "head", _reviewing, GRANT),
    Verb("回访", "call_back", "callback", make.answered, make.CALL_BACK, shown_as="回访中心"),
    Verb("重办", "redo", "callback", make.closed, SAID, shown_as="回访中心"),
    Verb("办结", "close", "supervisor", make.answered, {"note": "已电话确认"}),
    Verb("归档", "archive", "supervisor", make.closed, {}, days_later=91),
    Verb("申请挂账", "request_parking", "handler", make.handling, _parking),
    Verb("挂账审批", "rule_parking", "supervisor", _asked("request_parking", _parking), GRANT),
    Verb("销账", "unpark", "supervisor", _parked, SAID),
]


def _given(data: Any, cast: Cast) -> dict[str, Any]:
    return dict(data(cast) if callable(data) else data)


def browser(user: User) -> Client:
    """Will give the browser of somebody signed in."""
    client = Client()
    client.force_login(user)
    return client


def program(cast: Cast, user: User) -> Client:
    """Will give a program that acts as somebody."""
    key = f"verb{user.pk:06d}.a-secret-of-a-program"
    client_with_key(
        key, name=user.full_name, tenant=cast.tenant, service_user=user, rate="100000/min",
        scopes=["cases.read", "cases.move"],
    )  # fmt: skip
    return Client(headers={"Authorization": f"Api-Key {key}"})


@pytest.fixture(autouse=True)
def parsed_anew() -> Any:
    yield
    parsing._parsed.clear()


@pytest.mark.parametrize("verb", VERBS, ids=[verb.action + verb.name for verb in VERBS])
def test_a_verb_has_page_call_right_and_history(cast: Cast, verb: Verb) -> None:
    leader = cast.people["leader"] = _person("leader", "王市长", "leader", cast.center)
    actor = cast.people[verb.who]
    looks_on = cast.supervisor if actor is leader else leader
    seen, called = verb.before(cast), verb.before(cast)
    before = _done(seen)
    with clock.at(clock.now() + timedelta(days=verb.days_later)):
        data = _given(verb.data, cast)
        form = f"/cases/{seen.pk}/{verb.action}/"
        calls = f"/api/v1/cases/{called.number}/actions/"
        sent = {"data": data}, "application/json"
        for person, page_says, call_says in ((looks_on, 302, 403), (cast.handler_west, 404, 404)):
            assert browser(person).get(form).status_code == page_says
            answer = program(cast, person).post(f"{calls}{verb.action}/", *sent)
            assert answer.status_code == call_says
        assert _done(seen) == _done(called) == before

        page = browser(actor)
        assert page.get(form).status_code == 200
        told = page.post(form, data, follow=True)
        assert told.redirect_chain[0][0] == f"/cases/{seen.pk}/"
        assert _done(seen) == [*before, verb.action]
        event = seen.events.get(seq=len(before) + 1)
        assert event.actor_name == (verb.shown_as or actor.full_name)
        if told.status_code == 200:  # a unit that gave a case back no longer sees it
            assert event.label in told.content.decode()
        entries = AuditEntry.objects.filter(action=f"case.{verb.action}", object_id=str(seen.pk))
        assert entries.latest("id").actor_name == actor.full_name

        line = program(cast, actor)
        assert verb.action in {offered["code"] for offered in line.get(calls).json()}
        assert line.post(f"{calls}{verb.action}/", *sent).status_code == 200
        assert _done(called) == [*before, verb.action]


def _done(case: Case) -> list[str]:
    return list(
        Case.objects.get(pk=case.pk).events.order_by("seq").values_list("action", flat=True)
    )
