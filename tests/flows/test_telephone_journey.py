"""A call from its ringing to the citizen's verdict, each role in its own browser."""

import re
from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.clocks.models import Clock
from apps.hotline.telephony import exchange
from apps.matters.models import Case
from apps.notices.models import Delivery, Notice
from apps.places.geometry import point
from apps.places.services import EntrySpec, register_entries
from tests.cast import Cast
from tests.flows.conftest import DESKTOP, PHONE, Town, elsewhere, work
from tests.flows.steps import choose, do, photo
from tests.hotline.factories import PHONE as CALLER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "和平路路口的井盖松动，车辆经过时声音很大。晚上睡不着。"
RESULT = "已更换井盖并加固，路面已恢复。"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_call_becomes_a_repair_and_is_judged(town: Town, viewport: tuple[int, int]) -> None:
    town.viewport = viewport
    place = point(*Cast.inside_east())
    register_entries(SYSTEM, entries=[EntrySpec("poi", "和平路路口", place)])
    case = take_the_call(town)
    dispatch(town, case)
    handle(town, case)
    call_back(town, case)
    oversee(town, case)
    judge(town, case)
    check_the_rows(case)


def take_the_call(town: Town) -> Case:
    page = town.window()
    town.sign_in(page, town.cast.acceptor)
    with page.expect_websocket():
        town.visit(page, "/hotline/desk/")
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "document.addEventListener('citybrain:page',"
        " event => { document.body.dataset.heard = event.detail.topic })"
    )
    elsewhere(lambda: exchange().ring(line="12345", phone=CALLER, agent="acceptor"))
    page.locator("body[data-heard=call]").wait_for()  # pushed; nobody reloaded the page
    page.locator("[data-take-call]").wait_for()
    assert "138 1234 5678" in page.inner_text("#desk-call")
    page.keyboard.press("F2")
    page.wait_for_selector("[name=reporter_phone][value='138 1234 5678']")
    page.locator("#class-choice").wait_for()  # the desk's keys are there
    page.fill("[name=reporter_name]", "张三丰")
    page.focus("[name=text]")
    page.keyboard.insert_text(WORDS)
    page.keyboard.press("F4")
    page.keyboard.type("jgwt")
    page.keyboard.press("Enter")
    page.keyboard.press("F8")
    page.keyboard.insert_text("和平路路口")
    page.locator("[data-place]").first.click()
    page.locator("[data-map-status]:has-text('网格')").wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#receipt-number")
    assert "规则建议" in page.inner_text("main")
    number = page.inner_text("#receipt-number")
    assert re.fullmatch(r"\d{8}-\d{7}", number)
    return Case.objects.get(number=number)


def open_from(page: Any, town: Town, queue: str, case: Case) -> None:
    """Will walk to the case as a clerk does: the queue, the pile, the row."""
    town.visit(page, f"/cases/queue/{queue}")
    page.locator("main table a", has_text=case.title).first.click()
    page.wait_for_url(f"**/cases/{case.pk}/")


def dispatch(town: Town, case: Case) -> None:
    page = town.enter(town.cast.dispatcher)
    town.visit(page, "/cases/queue/routing/")
    assert "建议 东区城市管理局" in page.inner_text("main table")
    open_from(page, town, "routing/", case)
    assert "井盖问题" in page.inner_text("section:has(#why-title)")
    choose(page, "派单")
    assert "规则建议" in page.inner_text("main form [role=note]")
    assert page.locator("[name=unit] option:checked").inner_text() == "东区城市管理局"
    assert page.input_value("[name=limit_amount]") == "1"
    do(page, "派单")
    assert "待签收" in page.inner_text(".case-header")


def handle(town: Town, case: Case) -> None:
    page = town.enter(town.cast.handler)
    work()
    assert "新派单" in town.visit(page, "/notices/").inner_text("main")
    open_from(page, town, "unit/", case)
    choose(page, "签收")
    do(page, "签收")
    choose(page, "申请延期")
    page.fill("[name=days]", "3")
    page.fill("[name=reason]", "需采购同型号井盖")
    do(page, "申请延期")
    assert "延期待审批" in page.inner_text(".case-header")

    approve(town, case)

    town.visit(page, f"/cases/{case.pk}/")
    assert "需采购同型号井盖" in page.inner_text("main")
    choose(page, "反馈结果")
    page.fill("[name=result]", RESULT)
    page.check("[name=contacted]")
    page.set_input_files("[name=files]", photo())
    do(page, "反馈结果")
    assert "修复后.jpg" in page.inner_html("main")
    assert page.locator("main img[src*=thumbnail]").first.evaluate("i => i.decode().then(() => 1)")


def approve(town: Town, case: Case) -> None:
    page = town.enter(town.cast.dispatcher)
    open_from(page, town, "routing/?tab=extensions", case)
    due = Case.objects.get(pk=case.pk).due_at
    choose(page, "延期审批")
    page.locator("[name=decision][value=approve]").check()
    page.fill("[name=opinion]", "同意，请抓紧")
    do(page, "延期审批")
    assert Case.objects.get(pk=case.pk).due_at > due


def call_back(town: Town, case: Case) -> None:
    page = town.enter(town.cast.callback)
    open_from(page, town, "callback/", case)
    assert RESULT in page.inner_text("main")
    assert "138****5678" in page.inner_text("main")
    choose(page, "登记回访")
    for name, value in (("reached", "yes"), ("solved", "yes"), ("result_score", "5")):
        page.locator(f"[name={name}][value='{value}']").check()
    page.select_option("[name=next_step]", "close")
    page.fill("[name=comment]", "市民表示满意")
    do(page, "登记回访")
    assert "已办结" in page.inner_text(".case-header")


def oversee(town: Town, case: Case) -> None:
    page = town.enter(town.cast.supervisor)
    open_from(page, town, "all/?tab=ended", case)
    assert "已办结" in page.inner_text(".case-header")
    history = page.inner_text("section:has(#timeline-title)")
    for deed in ("受理", "派单", "签收", "申请延期", "延期审批", "反馈结果", "登记回访"):
        assert deed in history


def judge(town: Town, case: Case) -> None:
    page = town.visit(town.window(), "/citizen/")
    page.get_by_role("link", name="查询进度").first.click()
    page.fill("[name=number]", case.number)
    page.fill("[name=secret]", CALLER)
    page.locator("main button[type=submit]").first.click()
    page.locator("#progress").wait_for()
    progress = page.inner_text("main")
    assert RESULT in progress
    assert "同意，请抓紧" not in progress  # words within the hall stay there
    assert "王强" not in progress
    page.locator("[name=solved][value=yes]").check()
    page.locator("[name=result_score][value='4']").check()
    page.locator("button:has-text('提交评价')").click()
    page.locator("button:has-text('提交评价')").wait_for(state="detached")


def check_the_rows(case: Case) -> None:
    work()
    events = list(case.events.order_by("seq").values_list("action", flat=True))
    assert events == [
        "open",
        "accept",
        "dispatch",
        "sign",
        "request_extension",
        "rule_extension",
        "feed_back",
        "call_back",
        "evaluate",
    ]
    clocks = Clock.objects.filter(subject_id=str(case.pk))
    assert {c.name for c in clocks} == {"accept", "dispatch", "sign", "handle", "callback"}
    assert {c.state for c in clocks} == {"stopped"}
    assert not clocks.filter(breached_at__isnull=False).exists()
    told = set(Notice.objects.values_list("recipient__username", "kind"))
    assert {("handler", "task"), ("dispatcher", "request"), ("handler", "ruling")} <= told
    messages = Delivery.objects.filter(to=CALLER).order_by("id")
    assert all(case.number in m.text for m in messages)
    assert any(RESULT in m.text for m in messages)
    assert {m.state for m in messages} == {"sent"}
    logged = AuditEntry.objects.filter(object_type="case", object_id=str(case.pk))
    assert {f"case.{action}" for action in events} <= set(logged.values_list("action", flat=True))
