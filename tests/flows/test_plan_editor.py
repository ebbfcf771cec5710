"""An officer who does not program builds a tree and a joint plan; another person publishes both."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.guides.enums import PublicState
from apps.guides.models import JointBusiness, QuestionTree
from tests.flows.conftest import PHONE, Town
from tests.flows.width import overflow
from tests.guides.factories import lay_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TREES, JOINTS = "/guides/office/plans/questions/", "/guides/office/plans/joint/"


def choose_matter(page: Any, matter: str) -> None:
    """Chooses, and waits until the form asks what this matter needs."""
    page.wait_for_load_state()
    page.select_option("[name=matter]", matter)
    page.locator(f"[name=shown][value='{matter}']").wait_for(state="attached")


def save(page: Any) -> None:
    """Sends the form of a part and waits for the editor."""
    page.get_by_role("button", name="保存到草稿").click()
    page.wait_for_url("**/edit/#*")
    page.locator("#questions, #items").first.wait_for()


def answers(page: Any, question: str, *labels: str) -> None:
    page.get_by_label("问题", exact=True).fill(question)
    for number, label in enumerate(labels):
        if not page.locator(f"[name=a{number}-label]").count():
            page.wait_for_load_state()
            page.get_by_role("button", name="加一个答案").click()
            page.locator(f"[name=a{number}-label]").wait_for()
        page.fill(f"[name=a{number}-label]", label)
    save(page)


def build_tree(page: Any) -> None:
    """Two questions, three conclusions; a third answer is added by script and taken out again."""
    page.get_by_role("link", name="新建", exact=True).click()
    page.get_by_label("名称", exact=True).fill("孩子的保障")
    page.get_by_role("button", name="建立草稿").click()
    page.get_by_role("link", name="添加问题").click()
    answers(page, "孩子上户口了吗？", "已经上了", "还没有", "不清楚")
    page.get_by_role("link", name="修改孩子上户口了吗？").click()
    page.get_by_role("button", name="删除第3个答案").click()
    page.locator("[name=a2-label]").wait_for(state="detached")
    assert page.locator("[name=a1-label]").input_value() == "还没有"
    save(page)
    page.get_by_role("link", name="“还没有”：接着问一个新问题").click()
    answers(page, "父母登记结婚了吗？", "登记了", "没有登记")
    conclude(page, "已经上了", "service.infant_insurance")
    conclude(page, "登记了", "onething.birth", insured=True)
    conclude(page, "没有登记", "service.household_birth")


def conclude(page: Any, answer: str, matter: str, *, insured: bool = False) -> None:
    """A conclusion behind an answer; the matter chosen decides what else is asked."""
    page.get_by_role("link", name=f"“{answer}”：得出一个新结论").click()
    choose_matter(page, matter)
    if insured:
        page.get_by_label("只要下面选的材料").check()
        page.get_by_label("户口簿", exact=True).check()
        page.select_option("[name=preset-wants_insurance]", "yes")
    save(page)


def walk_tree(page: Any) -> None:
    """Clicks through as an applicant would, and keeps the way as an example."""
    walk = page.locator("#walk")
    walk.get_by_role("link", name="还没有").click()
    walk.get_by_text("父母登记结婚了吗？").first.wait_for()
    walk.get_by_role("link", name="登记了", exact=True).click()
    walk.get_by_text("您要办的是：出生一件事").wait_for()
    assert "户口簿" in walk.inner_text()
    walk.get_by_role("button", name="记为样例").click()
    page.locator("#examples").get_by_text("还没有 → 登记了").wait_for()
    page.get_by_text("检查通过", exact=True).wait_for()


def build_joint(page: Any) -> None:
    """Two items, the second behind the first; what the same fields are called is proposed."""
    page.get_by_role("link", name="新建", exact=True).click()
    page.get_by_label("名称", exact=True).fill("出生两件事")
    page.get_by_label("联办事项").select_option("onething.birth")
    page.get_by_role("button", name="建立草稿").click()
    add_item(page, "service.birth_certificate")
    page.get_by_role("link", name="添加分项").click()
    choose_matter(page, "service.household_birth")
    assert page.locator("[name=from-field_baby_name]").input_value() == "shared:baby_name"
    assert not page.locator("[name=fixed-household_with]").is_visible()
    page.select_option("[name=from-field_household_with]", "fixed")
    page.select_option("[name=fixed-household_with]", "mother")
    page.get_by_label("出生医学证明签发", exact=True).check()
    page.select_option("[name=from-paper_household_book]", "")
    save(page)
    page.get_by_text("必需材料“户口簿”没有来源").wait_for()
    page.get_by_role("link", name="修改新生儿户口登记").click()
    page.select_option("[name=from-paper_household_book]", "household_book")
    save(page)
    page.get_by_text("检查通过", exact=True).wait_for()


def add_item(page: Any, matter: str) -> None:
    page.get_by_role("link", name="添加分项").click()
    choose_matter(page, matter)
    save(page)


def is_sound(page: Any) -> None:
    """No fault of reach or contrast, and no wider than a telephone."""
    size = page.viewport_size
    assert Axe().run(page).response["violations"] == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert overflow(page) == ""
    assert Axe().run(page).response["violations"] == []
    page.set_viewport_size(size)


def publish(town: Town, path: str, words: str) -> None:
    """The second person sees the picture, walks or reads, and publishes."""
    page = town.visit(town.enter(town.cast.issuer), path)
    page.locator("svg.drawing").wait_for()
    page.get_by_text(words).first.wait_for()
    page.get_by_role("button", name="审核并发布").click()
    page.get_by_text("已发布").first.wait_for()


def test_a_question_tree_from_nothing(town: Town) -> None:
    lay_on(town.cast)
    page = town.visit(town.enter(town.cast.editor), TREES)
    build_tree(page)
    walk_tree(page)
    is_sound(page)
    for name in ("修改孩子上户口了吗？", "修改出生一件事"):
        page.get_by_role("link", name=name).click()
        page.locator("#plan-form").wait_for()
        is_sound(page)
        page.go_back()
    publish(town, f"{TREES}hai_zi_de_bao_zhang/", "与样例一致")
    tree = QuestionTree.objects.get(code="hai_zi_de_bao_zhang")
    assert tree.state == PublicState.PUBLISHED
    citizen = town.visit(town.window(viewport=PHONE), f"/guides/ask/{tree.code}/")
    citizen.get_by_role("link", name="还没有").click()
    citizen.get_by_role("link", name="没有登记").click()
    citizen.get_by_text("新生儿户口登记").first.wait_for()


def test_a_joint_plan_from_nothing(town: Town) -> None:
    lay_on(town.cast)
    page = town.visit(town.enter(town.cast.editor), JOINTS)
    build_joint(page)
    is_sound(page)
    page.get_by_role("link", name="修改新生儿户口登记").click()
    page.locator("#plan-form").wait_for()
    is_sound(page)
    publish(town, f"{JOINTS}chu_sheng_liang_jian_shi/", "一次填交，谁来用")
    plan = JointBusiness.objects.get(code="chu_sheng_liang_jian_shi")
    assert plan.state == PublicState.PUBLISHED
    assert plan.body["items"][1]["after"] == ["p1"]
    assert plan.body["items"][1]["fixed"] == {"household_with": "mother"}
