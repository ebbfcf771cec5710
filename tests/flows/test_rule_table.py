"""An author at the table page: keyboard, mouse, a trial as she types, two windows, a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.rules import services as rules
from apps.rules.models import RuleTableVersion
from tests.flows.conftest import PHONE, Town
from tests.flows.width import overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABLE = "/rules/tables/night/versions/1/"
CHANNELS = ["phone", "web", "app"]


@pytest.fixture
def draft(town: Town) -> RuleTableVersion:
    author = town.cast.author
    table = rules.create_table(
        author, code="night", name="夜间派单", vocabulary="matters.dispatch", tenant=None
    )
    rows = [
        {
            "key": channel,
            "cells": {"channel": {"op": "in", "values": [channel]}},
            "outputs": {"unit": "east-cgj", "limit": f"{number}个工作日"},
        }
        for number, channel in enumerate(CHANNELS, start=1)
    ]
    body = {
        "hit_policy": "first",
        "inputs": ["channel", "round"],
        "outputs": ["unit", "limit"],
        "rows": rows,
    }
    return rules.save_draft(author, table=table, body=body)


def until_keys(page: Any, wanted: list[str]) -> None:
    page.locator(" + ".join(f"tr[data-key={key}]" for key in wanted)).wait_for()


def test_rows_move_by_keyboard_and_mouse_and_back_again(
    town: Town, draft: RuleTableVersion
) -> None:
    page = town.visit(town.enter(draft.author), TABLE)
    page.locator("tr[data-key=phone] a").focus()
    page.keyboard.press("Alt+ArrowDown")
    until_keys(page, ["web", "phone", "app"])
    assert page.evaluate("document.activeElement.closest('tr').dataset.key") == "phone"
    page.keyboard.press("Alt+ArrowDown")
    until_keys(page, ["web", "app", "phone"])

    target = page.locator("tr[data-key=web] td").first
    page.locator("tr[data-key=phone] .row-drag").drag_to(target, target_position={"x": 5, "y": 3})
    until_keys(page, ["phone", "web", "app"])

    page.get_by_role("button", name="撤销上一步").click()
    until_keys(page, ["web", "app", "phone"])
    draft.refresh_from_db()
    assert [row["key"] for row in draft.body["rows"]] == ["web", "app", "phone"]


def test_trial_answers_while_typing_and_marks_the_row(town: Town, draft: RuleTableVersion) -> None:
    page = town.visit(town.enter(draft.author), TABLE)
    page.select_option("#id_channel", "web")
    page.locator("#trial").get_by_text("第2行").first.wait_for()
    assert page.locator("tr.row-hit").get_attribute("data-key") == "web"
    page.select_option("#id_channel", "letter")
    page.get_by_text("没有一行符合").wait_for()
    page.locator("tr.row-hit").wait_for(state="detached")


def test_two_windows_of_one_draft_lose_no_words(town: Town, draft: RuleTableVersion) -> None:
    slow = town.visit(town.enter(draft.author), f"{TABLE}rows/web/")
    slow.get_by_label("备注").fill("网上来的")
    quick = town.visit(town.enter(draft.author), f"{TABLE}rows/web/")
    quick.get_by_label("备注").fill("快一步")
    quick.get_by_role("button", name="保存这一行").click()
    quick.get_by_text("快一步").first.wait_for()

    slow.get_by_role("button", name="保存这一行").click()
    slow.get_by_text("已在别处改动").wait_for()
    assert slow.get_by_label("备注").input_value() == "网上来的"
    slow.get_by_role("button", name="以我填的为准，保存").click()
    slow.get_by_text("网上来的").first.wait_for()


@pytest.mark.parametrize(
    "path", [TABLE, f"{TABLE}?cover=500", f"{TABLE}rows/web/", f"{TABLE}paste/"]
)
def test_pages_fit_a_phone_and_pass_axe(town: Town, draft: RuleTableVersion, path: str) -> None:
    page = town.visit(town.enter(draft.author, viewport=PHONE), path)
    assert overflow(page) == ""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
