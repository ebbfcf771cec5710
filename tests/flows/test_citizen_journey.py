"""A citizen with a telephone in the hand: report, complete, be answered, be unhappy."""

import re
from typing import Any

import pytest

from apps.matters.models import Case
from tests.cast import Cast
from tests.flows.conftest import PHONE, Town, work
from tests.flows.steps import choose, do, photo
from tests.hotline.citizen.conftest import close
from tests.hotline.factories import PHONE as CALLER
from tests.hotline.factories import article, editors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "小区门口的井盖松了，老人走过差点绊倒。"
ADDITION = "就在东区一社区三号楼南侧，门口左手边第二个井盖。"


@pytest.fixture(autouse=True)
def quick_hands(settings: Any) -> None:
    """The pages refuse whoever fills in a form faster than a person; a test does."""
    settings.CITIZEN_MIN_FILL_SECONDS = 0


@pytest.fixture
def citizen(town: Town) -> Any:
    """A citizen's telephone, which knows where it is."""
    lon, lat = Cast.inside_east()
    town.viewport = PHONE
    return town.window(
        has_touch=True,
        geolocation={"longitude": lon, "latitude": lat},
        permissions=["geolocation"],
    )


def report(town: Town, page: Any, words: str) -> Case:
    """Will report through the pages, with a photo and the telephone's own position."""
    town.visit(page, "/citizen/")
    page.get_by_role("link", name="我要反映").first.click()
    page.fill("[name=text]", words)
    page.set_input_files("[name=photos]", photo())
    page.locator("[data-map-position]").click()
    page.locator("[data-map-status]:has-text('网格')").wait_for()
    page.fill("[name=reporter_phone]", CALLER)
    page.fill("[name=reporter_name]", "张三丰")
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("heading", name="核对并提交").wait_for()
    page.wait_for_load_state()
    assert words in page.inner_text("main")
    page.get_by_role("button", name="提交", exact=True).click()
    page.locator("#receipt-number").wait_for()
    number = page.inner_text("#receipt-number")
    assert re.fullmatch(r"\d{8}-\d{7}", number)
    return Case.objects.get(number=number)


def test_an_unclear_report_is_completed_by_the_citizen(town: Town, citizen: Any) -> None:
    case = report(town, citizen, WORDS)
    assert case.area.path.startswith(town.cast.east.path)
    assert case.attachment_count == 1

    clerk = town.enter(town.cast.acceptor)
    town.visit(clerk, f"/cases/{case.pk}/")
    choose(clerk, "退回补正")
    clerk.fill("[name=question]", "请说明是哪一栋楼附近")
    do(clerk, "退回补正")

    town.visit(citizen, f"/citizen/track/{case.number}/")
    assert "请说明是哪一栋楼附近" in citizen.inner_text("main")
    citizen.fill("[name=addition]", ADDITION)
    citizen.get_by_role("button", name="提交补充").click()
    citizen.locator("[name=addition]").wait_for(state="detached")

    town.visit(clerk, f"/cases/{case.pk}/")
    assert ADDITION in clerk.inner_text("main")
    case.refresh_from_db()
    assert case.state == "registered"
    assert not case.clock_paused


def test_a_question_is_answered_at_the_desk_from_the_knowledge_base(town: Town) -> None:
    writer, approver = editors(town.cast)
    article(
        town.cast,
        writer,
        approver,
        title="社保关系怎么转移",
        body="带身份证到社区服务站办理，当场办结。",
        class_code="social.security",
    )
    page = town.visit(town.enter(town.cast.acceptor), "/hotline/desk/?new=1")
    page.locator("#class-choice").wait_for()
    page.fill("[name=reporter_phone]", CALLER)
    page.fill("[name=text]", "请问社保关系怎么转移到本市？")
    page.locator("#class-choice").fill("社保咨询")
    page.keyboard.press("Enter")
    found = page.locator("#desk-hints details", has_text="社保关系怎么转移").first
    found.locator("summary").click()
    found.locator("[data-article]").click()
    assert page.input_value("[name=answer]") == "带身份证到社区服务站办理，当场办结。"
    page.get_by_role("button", name="登记并答复").click()
    page.locator("#receipt-number").wait_for()

    case = Case.objects.get(number=page.inner_text("#receipt-number"))
    assert (case.state, case.unit) == ("replied", None)
    work()
    reader = town.visit(town.window(), f"/citizen/track/?number={case.number}")
    reader.fill("[name=secret]", CALLER)
    reader.get_by_role("button", name="查询").click()
    reader.locator("#progress").wait_for()
    assert "当场办结" in reader.inner_text("#progress")


def test_an_unhappy_citizen_gets_a_second_round(town: Town, citizen: Any) -> None:
    case = close(town.cast, report(town, citizen, WORDS))
    town.visit(citizen, f"/citizen/track/{case.number}/")
    citizen.locator("[name=solved][value=no]").check()
    citizen.locator("[name=result_score][value='1']").check()
    citizen.fill("[name=comment]", "修完第二天又松了")
    citizen.get_by_role("button", name="提交评价").click()
    citizen.get_by_role("button", name="提交评价").wait_for(state="detached")

    page = town.enter(town.cast.supervisor)
    town.visit(page, "/cases/queue/oversight/?tab=unhappy")
    page.locator("main table a", has_text=case.title).first.click()
    page.wait_for_url(f"**/cases/{case.pk}/")
    assert "修完第二天又松了" in page.inner_text("main")
    choose(page, "重办")
    page.fill("[name=reason]", "请彻底修复并复查")
    do(page, "重办")

    case.refresh_from_db()
    assert (case.round, case.state) == (2, "dispatched")
    town.visit(citizen, f"/citizen/track/{case.number}/")
    assert "已转办" in citizen.inner_text("#progress")
