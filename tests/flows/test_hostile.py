"""What goes wrong in a browser: hostile words, big files, impatience, the back button, time."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from apps.matters.models import Case, CaseEvent
from tests.cast import PASSWORD
from tests.flows.conftest import Town, work
from tests.flows.steps import do
from tests.hotline.factories import PHONE as CALLER
from tests.hotline.factories import demand
from tests.matters import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

XSS = "<img src=x onerror=\"document.title='HACKED'\"><script>document.title='HACKED'</script>"
LONG = "井" * 4001


def shown_as_text(page: Any, words: str = "<img src=x") -> None:
    """Will fail where the hostile words are missing, or are more than words."""
    page.wait_for_load_state()
    assert page.locator("main, body").first.inner_text().count(words) >= 1
    assert page.locator("img[src='x']").count() == 0
    assert "HACKED" not in page.title() or "<script" in page.title()
    assert page.evaluate("document.title") != "HACKED"


def test_hostile_words_stay_words_wherever_they_are_shown(town: Town) -> None:
    case = hostile_case(town)
    clerk = town.enter(town.cast.supervisor)
    for path in (
        "/cases/queue/oversight/?tab=open",
        f"/cases/{case.pk}/",
        f"/cases/{case.pk}/print/",
        f"/cases/{case.pk}/remark/",
        "/search/?q=onerror",
    ):
        shown_as_text(town.visit(clerk, path))
    agent = town.enter(town.cast.acceptor)
    town.visit(agent, "/hotline/desk/?new=1").locator("#class-choice").wait_for()
    agent.fill("[name=reporter_phone]", CALLER)
    agent.locator("#desk-caller:has-text('<img src=x')").wait_for()
    shown_as_text(agent)
    citizen = town.visit(town.window(), f"/citizen/track/?number={case.number}")
    citizen.fill("[name=secret]", CALLER)
    citizen.get_by_role("button", name="查询").click()
    citizen.locator("#progress").wait_for()
    shown_as_text(citizen)


def hostile_case(town: Town) -> Case:
    case = demand(town.cast, title=XSS, text=XSS * 2, address=XSS[:60], reporter_name=XSS[:20])
    case = make.act(town.cast.acceptor, case, "accept", make.ACCEPT | {"note": XSS})
    return make.act(
        town.cast.dispatcher, case, "dispatch", make.dispatch_data(town.cast, instruction=XSS)
    )


def test_a_notice_is_pushed_and_shows_hostile_words_as_words(town: Town) -> None:
    page = town.enter(town.cast.handler)
    town.visit(page, "/notices/").wait_for_load_state("networkidle")
    hostile_case(town)
    work()
    toast = page.locator("#notice-toasts .toast")
    toast.first.wait_for()
    assert "<img src=x" in toast.first.inner_text()
    assert page.locator("#notice-count").inner_text() == "1"
    assert page.evaluate("document.title") != "HACKED"


def test_a_file_too_big_is_refused_and_the_words_stay(town: Town, tmp_path: Path) -> None:
    case = make.handling(town.cast)
    page = town.visit(town.enter(town.cast.handler), f"/cases/{case.pk}/feed_back/")
    page.fill("[name=result]", "已更换井盖")
    big = tmp_path / "大.jpg"
    big.write_bytes(b"\xff\xd8" * (15 * 1024 * 1024))
    page.set_input_files("[name=files]", big)
    page.locator("main form button[type=submit]").click()
    page.get_by_text("20 MB").first.wait_for()
    assert page.locator("main [role=alert]").is_visible()
    assert page.input_value("[name=result]") == "已更换井盖"
    assert not CaseEvent.objects.filter(case=case, action="feed_back").exists()


def test_too_many_characters_are_refused_and_kept(town: Town) -> None:
    case = make.handling(town.cast)
    page = town.visit(town.enter(town.cast.handler), f"/cases/{case.pk}/feed_back/")
    page.evaluate("document.querySelector('[name=result]').removeAttribute('maxlength')")
    page.fill("[name=result]", LONG)
    page.locator("main form button[type=submit]").click()
    page.locator("[data-error-summary]").wait_for()
    assert page.input_value("[name=result]") == LONG


def test_the_impatient_and_the_returning_make_one_case(town: Town) -> None:
    page = town.visit(town.enter(town.cast.acceptor), "/hotline/desk/?new=1")
    page.locator("#class-choice").wait_for()
    page.fill("[name=text]", "和平路路口的井盖松动。")
    page.locator("button[value=register]").dblclick(no_wait_after=True)
    page.locator("#receipt-number").wait_for()
    page.go_back()
    page.locator("button[value=register]").click()
    # An empty form is refused; a page the browser kept whole gives the same case.
    page.locator("#receipt-number, [data-error-summary]").first.wait_for()
    assert Case.objects.count() == 1


def test_a_session_that_ends_while_typing_costs_no_word(town: Town) -> None:
    case = make.registered(town.cast)
    page = town.enter(town.cast.acceptor)
    page.on("dialog", lambda dialog: dialog.accept())
    path = f"/cases/{case.pk}/ask_to_complete/"
    town.visit(page, path).wait_for_load_state("networkidle")
    page.locator("[name=question]").press_sequentially("请说明路名")
    page.wait_for_timeout(500)
    Session.objects.all().delete()
    page.locator("main form button[type=submit]").click()
    page.locator("[name=password]").wait_for()
    page.fill("[name=login]", town.cast.acceptor.username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    page.locator(".draft-banner .btn-primary").click()
    assert page.input_value("[name=question]") == "请说明路名"
    do(page, "退回补正")


def test_the_language_changes_in_the_middle(town: Town) -> None:
    case = make.registered(town.cast)
    page = town.visit(town.enter(town.cast.acceptor), f"/cases/{case.pk}/")
    page.locator("header form[action*=setlang] button, [name=language]").first.wait_for(
        state="attached"
    )
    page.evaluate(
        "document.querySelector('form[action*=setlang] [name=language][value=en]').click()"
    )
    page.wait_for_load_state()
    page.locator("html[lang=en]").wait_for()
    assert page.url.endswith(f"/cases/{case.pk}/")
    page.goto(f"{town.url}/cases/{case.pk}/accept/")
    page.select_option("[name=class_code]", "road.manhole")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/cases/{case.pk}/")
    case.refresh_from_db()
    assert case.state == "accepted"
