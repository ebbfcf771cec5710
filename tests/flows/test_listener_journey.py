"""A listener from the first word to its first delivery: two persons, a report, a notice."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.matters.enums import EffectKind
from apps.matters.models import Listener, ListenerDelivery
from tests.flows.conftest import DESKTOP, PHONE, Town, work
from tests.flows.width import overflow
from tests.matters import ears
from tests.matters import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOME = "/cases/listeners/"


def write(page: Any) -> None:
    """Fills in the editor: two lines of condition, a notice to whoever supervises."""
    page.get_by_role("link", name="新建监听").first.click()
    page.get_by_label("名称", exact=True).fill("电话井盖提醒")
    page.get_by_label("民生诉求", exact=True).check()
    page.locator("[name=actions][value=open]").check()
    page.get_by_role("button", name="加一个条件").click()
    page.select_option("#id_c0-fact", "text")
    page.locator("[name=c0-text]").fill("井盖；塌陷")
    page.get_by_role("button", name="加一组条件").click()
    page.get_by_role("button", name="组内加条件").click()
    page.select_option("#id_c2-fact", "channel")
    page.locator("[name=c2-values][value=phone]").check()
    assert page.locator("[name=c0-text]").input_value() == "井盖；塌陷"
    page.select_option("[name=notify_to]", "permission")
    page.select_option("[name=notify_permission]", "matters.supervise_case")
    page.get_by_label("通知标题").fill("请关注：{标题}")


def test_from_the_first_word_to_the_first_delivery(town: Town) -> None:
    cast = town.cast
    make.registered(cast)
    author = town.visit(town.enter(cast.author), HOME)
    write(author)
    author.get_by_role("button", name="保存并试跑").click()
    author.get_by_text("会触发 1 次").wait_for()
    author.get_by_role("button", name="提交复核").click()
    author.get_by_text("须由另一人启用").wait_for()

    publisher = town.visit(town.enter(cast.publisher), HOME)
    publisher.get_by_role("link", name="电话井盖提醒").click()
    publisher.get_by_text("会触发 1 次").wait_for()
    publisher.get_by_role("button", name="复核通过并启用").click()
    publisher.get_by_text("已启用，之后发生的变化都会被监听").wait_for()
    assert Listener.objects.get().approver == cast.publisher

    case = make.registered(cast)
    work()
    assert ListenerDelivery.objects.get().case == case
    supervisor = town.visit(town.enter(cast.supervisor, viewport=PHONE), f"{HOME}deliveries/")
    supervisor.get_by_text("已通知1人").wait_for()
    supervisor.get_by_role("link", name=case.title).wait_for()
    assert overflow(supervisor) == ""
    town.visit(supervisor, "/notices/")
    supervisor.get_by_text(f"请关注：{case.title}").first.wait_for()


def test_the_editor_works_without_script(town: Town) -> None:
    page = town.enter(town.cast.author, java_script_enabled=False)
    town.visit(page, f"{HOME}new/")
    page.get_by_label("名称", exact=True).fill("没有脚本")
    page.get_by_role("button", name="加一个条件").click()
    page.select_option("#id_c0-fact", "round")
    page.get_by_role("button", name="换成所选内容").click()
    page.locator("[name=c0-lo]").fill("2")
    page.locator("[name=effect][value=act]").check()
    page.get_by_role("button", name="按所选动作显示填写项").click()
    page.select_option("[name=act_link]", "self")
    page.get_by_role("button", name="保存并试跑").click()
    page.get_by_text("且办理轮次不小于2时").first.wait_for()
    assert Listener.objects.get().effect_data["link"] == "self"


def test_every_page_fits_and_passes_axe(town: Town) -> None:
    """With rows, a nested condition, a failed delivery and a draft in sight."""
    cast = town.cast
    nested = {
        "all": [
            {"fact": "channel", "op": "in", "values": ["phone"]},
            {"not": {"any": [{"fact": "round", "op": "between", "lo": 2, "hi": None}]}},
        ]
    }
    effect = ears.acts("parent", "archive")
    ears.active(cast, name="会失败的", effect=EffectKind.ACT, effect_data=effect)
    draft = ears.written(cast, name="有条件的", condition=nested)
    make.registered(cast)
    work()
    faults = []
    for viewport in (DESKTOP, PHONE):
        page = town.enter(cast.author, viewport=viewport)
        for path in ("", "deliveries/", "graph/", f"{draft.pk}/", f"{draft.pk}/edit/"):
            town.visit(page, f"{HOME}{path}")
            if too_wide := overflow(page):
                faults.append((path, too_wide))
            found = Axe().run(page, options={"preload": False}).response["violations"]
            faults += [(path, v["id"], v["nodes"][0]["html"][:120]) for v in found]
    assert faults == []
