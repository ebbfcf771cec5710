"""An officer who does not program makes a matter, has it approved, and a report travels it.

States of her own, a rule table, a split and a listener, each tried before somebody else puts it
in force; then a citizen reports a hole in the road, two units work on it at once, and it ends.
"""

from typing import Any

import pytest

from apps.matters.models import Case, Split
from tests.cast import Cast
from tests.flows.conftest import Town, work
from tests.flows.steps import choose, do
from tests.flows.test_citizen_journey import report
from tests.matters import factories as make
from tests.matters import joint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABLE, MATTER = "/rules/tables/sink-parts/versions/1/", "/matters/types/city.sink/1/"
ROWS = (
    "井盖问题\t子事项\t东区城市管理局\t1个工作日\t现场围挡\n"
    "井盖问题\t子事项\t东区城市管理局\t3个工作日\t抢修路面"
)
WORDS = "路口塌了一个大洞，井盖也不见了，很危险。"


@pytest.fixture(autouse=True)
def quick_hands(settings: Any) -> None:
    """The pages refuse whoever fills in a form faster than a person; a test does."""
    settings.CITIZEN_MIN_FILL_SECONDS = 0


def send(page: Any) -> None:
    page.locator("main form button[type=submit].btn-primary").first.click()
    page.wait_for_load_state()


def add(page: Any, section: str) -> None:
    """Opens the form of a new row of the definition."""
    page.goto(page.url.split("/matters/")[0] + MATTER)
    page.locator(f"main a[href$='/rows/{section}/new/']").click()
    page.wait_for_load_state()


def tick(page: Any, name: str, *values: str) -> None:
    for value in values:
        page.locator(f"[name={name}][value='{value}']").check()


def write_table(town: Town, page: Any) -> None:
    """A table that collects: a hole in the road is two jobs."""
    town.visit(page, "/rules/new/")
    page.fill("[name=name]", "路面塌陷分解")
    page.fill("[name=code]", "sink-parts")
    page.select_option("[name=vocabulary]", "matters.split")
    send(page)
    page.select_option("[name=hit_policy]", "collect")
    tick(page, "inputs", "class")
    tick(page, "outputs", "matter", "unit", "limit", "title")
    page.get_by_role("button", name="开始草稿").click()
    page.get_by_role("button", name="删除第1行").click()
    page.locator("tr[data-key]").wait_for(state="detached")
    page.get_by_role("link", name="粘贴多行").click()
    page.fill("[name=text]", ROWS)
    page.get_by_role("button", name="加到末尾").click()
    page.locator("tr[data-key]").nth(1).wait_for()
    page.wait_for_load_state()


def prove_table(page: Any) -> None:
    """Tries a case, keeps it as a test, and asks what last month's cases would have become."""
    page.select_option("#id_class", "road.manhole")
    page.locator("#trial").get_by_text("第2行").first.wait_for()
    page.locator("#test-name").fill("井盖缺损分两件")
    page.locator("#trial").get_by_role("button", name="保存").click()
    page.locator("#rule-tests").get_by_text("井盖缺损分两件").wait_for()
    page.wait_for_load_state()  # the page is new: its links are bound once it has loaded
    page.get_by_role("link", name="用近期决定回放").click()
    page.locator("#check").get_by_text("这张表还没有作过决定").wait_for()
    page.locator("#check").get_by_text("1 个会有结果").wait_for()


def write_matter(town: Town, page: Any) -> None:
    """From the pattern of its kind, with two states, two actions and a split of her own."""
    town.visit(page, "/matters/new/")
    page.fill("[name=name]", "路面塌陷处置")
    page.fill("[name=code]", "city.sink")
    page.select_option("[name=kind]", "operation")
    page.select_option("[name=domain]", label="协同")
    send(page)
    for label, code, category in (
        ("分头处置", "spread", "running"),
        ("待会勘", "survey", "checking"),
    ):
        add(page, "states")
        page.fill("[name=label]", label)
        page.fill("[name=code]", code)
        page.select_option("[name=category]", category)
        send(page)
    for action, label, source, to in (
        ("split", "分头处置", "accepted", "spread"),
        ("close", "会勘办结", "survey", "closed"),
    ):
        add(page, "actions")
        page.locator(f"main a[href$='?action={action}']").click()
        page.locator("[name=label]").wait_for()
        page.fill("[name=label]", label)
        tick(page, "sources", source)
        page.select_option("[name=to]", to)
        tick(page, "who", "dispatcher")
        send(page)
    add(page, "splits")
    page.fill("[name=label]", "塌陷分解")
    page.select_option("[name=table]", "sink-parts")
    tick(page, "sources", "accepted")
    page.select_option("[name=policy]", "all")
    page.select_option("main form [name=to]", "survey")
    send(page)


def try_matter(town: Town, page: Any) -> None:
    town.visit(page, MATTER)
    page.locator("svg text", has_text="待会勘").first.wait_for()
    town.visit(page, f"{MATTER}try/")
    page.locator("main").get_by_text("塌陷分解").first.wait_for()


def write_listener(town: Town, page: Any) -> None:
    """Whenever the hotline takes on a report of a manhole, the matter begins."""
    town.visit(page, "/cases/listeners/new/")
    page.fill("[name=name]", "井盖诉求转塌陷处置")
    tick(page, "matters", "hotline.demand")
    tick(page, "actions", "accept")
    page.get_by_role("button", name="加一个条件").click()
    page.select_option("#id_c0-fact", "text")
    page.locator("[name=c0-text]").fill("塌")
    tick(page, "effect", "open")
    page.select_option("[name=open_matter]", "city.sink")
    page.fill("[name=open_title]", "路面塌陷处置：{标题}")
    page.fill("[name=open_text]", "由民生诉求 {受理编号} 引出")
    page.locator("[name=open_keep_place]").check()
    page.locator("[name=open_keep_class]").check()
    page.get_by_role("button", name="保存并试跑").click()
    page.get_by_text("会触发").first.wait_for()


def submit(page: Any) -> None:
    page.get_by_role("button", name="提交复核").first.click()
    page.get_by_text("须由另一人").first.wait_for()


def approve(town: Town, page: Any, path: str, button: str) -> None:
    town.visit(page, path)
    page.get_by_role("button", name=button).first.click()
    page.wait_for_load_state()


def test_a_matter_of_her_own_from_the_first_word_to_the_closed_case(town: Town) -> None:
    cast = town.cast
    make.accepted(cast)  # last month's case
    joint.publish(joint.PART, joint.PART_BODY)
    author, publisher = town.enter(cast.author), town.enter(cast.publisher)

    write_table(town, author)
    prove_table(author)
    submit(author)
    approve(town, publisher, TABLE, "复核通过并发布")

    write_matter(town, author)
    try_matter(town, author)
    town.visit(author, MATTER)
    submit(author)
    approve(town, publisher, MATTER, "复核通过并发布")

    write_listener(town, author)
    submit(author)
    approve(town, publisher, author.url.removeprefix(town.url), "复核通过并启用")

    lon, lat = Cast.inside_east()
    place = {"longitude": lon, "latitude": lat}
    citizen = town.window(has_touch=True, geolocation=place, permissions=["geolocation"])
    demand = report(town, citizen, WORDS)
    make.act(cast.acceptor, demand, "accept", make.ACCEPT)
    work()
    case = Case.objects.get(matter_type__code="city.sink")
    assert case.title.startswith("路面塌陷处置：")
    make.act(cast.acceptor, case, "accept", make.ACCEPT)

    dispatcher = town.enter(cast.dispatcher)
    town.visit(dispatcher, f"/cases/{case.pk}/")
    choose(dispatcher, "分头处置")
    for words in ("现场围挡", "抢修路面"):
        dispatcher.locator("main").get_by_text(words).first.wait_for()
    do(dispatcher, "分头处置")
    work()
    found = Split.objects.get(parent=case)
    for number in (1, 2):
        joint.end(cast, joint.part(found, number))
    work()

    town.visit(dispatcher, f"/cases/{case.pk}/")
    dispatcher.get_by_text("待会勘").first.wait_for()
    choose(dispatcher, "会勘办结")
    dispatcher.fill("[name=note]", "会勘合格，路面恢复通行。")
    do(dispatcher, "会勘办结")
    case.refresh_from_db()
    assert (case.state, case.is_ended) == ("closed", True)
    town.visit(dispatcher, f"/cases/{case.pk}/graph/")
    for words in ("现场围挡", "抢修路面", demand.title):
        dispatcher.locator("main").get_by_text(words).first.wait_for()
