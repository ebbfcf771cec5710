"""Two clerks have one case open; the slower one learns it without losing a word."""

from typing import Any

import pytest

from apps.matters.models import Case, CaseEvent
from tests.cast import _person
from tests.flows.conftest import Town
from tests.matters import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTION = "请说明井盖的准确位置，例如路名和门牌号。"


def test_the_slower_one_is_told_who_did_what_and_keeps_the_words(town: Town) -> None:
    case = make.registered(town.cast)
    quick, slow = open_both(town, case)

    slow.fill("[name=question]", QUESTION)
    quick.select_option("[name=class_code]", "road.manhole")
    quick.locator("main form button[type=submit]").click()
    quick.get_by_text("受理：已完成").first.wait_for()

    slow.locator("main form button[type=submit]").click()
    slow.get_by_text("案件已被他人处理").wait_for()
    words = slow.inner_text("main [role=alert]")
    assert "陈静" in words
    assert "受理" in words
    assert slow.input_value("[name=question]") == QUESTION
    slow.get_by_role("link", name="查看案件现状").click()
    assert "待分派" in slow.locator(".case-header").inner_text()

    case.refresh_from_db()
    assert case.state == "accepted"
    assert CaseEvent.objects.filter(case=case).count() == 2


def open_both(town: Town, case: Case) -> tuple[Any, Any]:
    second = _person("acceptor_two", "何倩", "acceptor", town.cast.center)
    quick = town.visit(town.enter(town.cast.acceptor), f"/cases/{case.pk}/accept/")
    slow = town.visit(town.enter(second), f"/cases/{case.pk}/ask_to_complete/")
    return quick, slow
