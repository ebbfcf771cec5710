"""A whole call with the keyboard alone, in a real browser."""

from typing import Any

import pytest

from apps.hotline.models import DeskDraft, Line
from apps.matters.models import Case
from tests.cast import PASSWORD, build_cast
from tests.hotline.factories import PHONE, TEXT, demand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_call_is_registered_by_keyboard_alone(live_server: Any, page: Any) -> None:
    cast = build_cast()
    Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
    demand(cast, text=TEXT)
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", cast.acceptor.username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{live_server.url}/hotline/desk/")
    page.focus("[data-simulate]")
    page.keyboard.press("Enter")

    page.wait_for_selector("[data-take-call]")
    page.keyboard.press("F2")
    page.wait_for_selector("[name=reporter_phone][value='138 1234 5678']")
    assert page.evaluate("document.activeElement.name") == "text"
    page.keyboard.insert_text("和平路路口的井盖松动，车辆经过时声音很大。晚上睡不着。")
    page.wait_for_selector("#desk-hints a[href^='/cases/']")
    assert page.input_value("[name=title]") == "和平路路口的井盖松动，车辆经过时声音很大"
    page.keyboard.press("F4")
    page.keyboard.type("jgwt")
    page.keyboard.press("Enter")
    assert page.input_value("#id_class_code") == "road.manhole"
    page.keyboard.press("F8")
    page.keyboard.insert_text("和平路路口")
    page.wait_for_selector("[data-draft-status]:has-text('已自动保存')")
    page.wait_for_timeout(2500)  # the last word is saved a second and a half after it
    assert DeskDraft.objects.get().data["address"] == "和平路路口"
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("#receipt-number")
    case = Case.objects.order_by("-id")[0]
    assert page.inner_text("#receipt-number") == case.number
    assert (case.state, case.class_code, case.demand.call.phone) == (
        "accepted",
        "road.manhole",
        PHONE,
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-desk-form]")
    assert not DeskDraft.objects.exists()
