"""A mother with a telephone declares a birth once; three departments decide; one hand gives out."""

import re
from typing import Any

import pytest

from apps.guides.models import Application
from tests.cast import Cast
from tests.flows.conftest import PHONE, Town, work
from tests.flows.steps import choose, do, photo
from tests.guides.factories import MOTHER, lay_on
from tests.guides.factories import PHONE as CALLER
from tests.matters.test_forms import publish_form

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def declare(town: Town, page: Any) -> Application:
    """Will walk the questions to the form, fill it in and send it."""
    town.visit(page, "/guides/")
    page.get_by_role("link", name="家里添了孩子").click()
    page.get_by_role("link", name="还没有").click()
    page.get_by_role("link", name="没有", exact=True).click()
    page.get_by_role("link", name="去办理").click()
    page.fill("[name=who-name]", "林晓雨")
    page.fill("[name=who-id_number]", MOTHER)
    page.fill("[name=who-phone]", CALLER)
    page.fill("[name=form-baby_name]", "林小满")
    page.select_option("[name=form-baby_sex]", "f")
    page.fill("[name=form-born_on]", "2026-11-01")
    page.fill("[name=form-birth_hospital]", "测试市妇幼保健院")
    page.fill("[name=form-mother_name]", "林晓雨")
    page.fill("[name=form-mother_id]", MOTHER)
    father = page.locator("[name=form-father_name]")
    assert not father.is_visible()
    page.locator("[name=form-has_father]").check()
    assert father.is_visible()
    page.locator("[name=form-has_father]").uncheck()
    page.fill("[name=form-address]", "解放路8号")
    page.locator("[data-map-position]").click()
    page.locator("[data-map-status]:has-text('网格')").wait_for()
    page.set_input_files("[name=paper-mother_id_card]", photo())
    page.get_by_role("button", name="提交申请").click()
    # The household book was forgotten; what was sent is kept.
    page.get_by_text("请上传“户口簿”").first.wait_for()
    page.set_input_files("[name=paper-household_book]", photo())
    page.get_by_role("button", name="提交申请").click()
    page.locator("#receipt-number").wait_for()
    number = page.inner_text("#receipt-number")
    assert re.fullmatch(r"\d{8}-\d{7}", number)
    return Application.objects.get(case__number=number)


def approve(town: Town, name: str, code: str, application: Application) -> None:
    """A department signs and approves its part."""
    case = application.parts.get(code=code).case
    assert case is not None
    page = town.enter(getattr(town.cast, name), viewport=(1440, 900))
    town.visit(page, "/cases/queue/unit/")
    page.locator("main table a", has_text=case.title).first.click()
    page.wait_for_url(f"**/cases/{case.pk}/")
    choose(page, "签收")
    do(page, "签收")
    choose(page, "审批")
    page.locator("[name=decision][value=approve]").check()
    page.fill("[name=opinion]", "材料齐全，符合条件")
    page.fill("[name=document_number]", f"NO-{code}")
    do(page, "审批")
    page.context.close()
    work()


def test_one_declaration_three_departments_one_result(town: Town) -> None:
    lay_on(town.cast)
    lon, lat = Cast.inside_east()
    citizen = town.window(
        viewport=PHONE,
        has_touch=True,
        geolocation={"longitude": lon, "latitude": lat},
        permissions=["geolocation"],
    )
    application = declare(town, citizen)
    approve(town, "wjj", "certificate", application)
    approve(town, "gaj", "household", application)
    approve(town, "ybj", "insurance", application)

    citizen.reload()
    assert citizen.locator(".part-approved").count() == 3
    assert "可以领取结果" in citizen.inner_text("main")
    assert "NO-household" in citizen.inner_text("main")

    clerk = town.enter(town.cast.clerk)
    town.visit(clerk, f"/cases/{application.case_id}/")
    choose(clerk, "统一发证")
    clerk.select_option("[name=way]", "window")
    clerk.fill("[name=receiver]", "林晓雨")
    do(clerk, "统一发证")
    citizen.reload()
    assert "已办结" in citizen.inner_text("main")


CASCADE = {
    "fields": [
        {
            "name": "side",
            "label": "方位",
            "type": "choice",
            "choices": [["east", "东区"], ["west", "西区"]],
        },
        {
            "name": "street",
            "label": "街道",
            "type": "choice",
            "parent": "side",
            "choices": [["e1", "东一街道", "east"], ["w1", "西一街道", "west"]],
        },
    ]
}


def test_a_choice_offers_only_what_lies_under_the_one_before(town: Town) -> None:
    publish_form("hotline.demand", CASCADE)
    page = town.window(viewport=PHONE)
    town.visit(page, "/citizen/report/")
    street = page.locator("[name=form-street]")
    offered = "e => [...e.options].filter(o => !o.disabled).map(o => o.value)"
    assert street.evaluate(offered) == [""]
    page.select_option("[name=form-side]", "west")
    assert street.evaluate(offered) == ["", "w1"]
    page.select_option("[name=form-street]", "w1")
    page.select_option("[name=form-side]", "east")
    assert street.input_value() == ""
