"""The tools of the one map in the browser: heat, compare, replay, print, what was shared."""

from typing import Any

import pytest

from apps.onemap.models import SharedMap
from tests.flows.conftest import Town, until
from tests.matters.factories import dispatched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READY = "[data-onemap][data-ready=yes][data-engine=gl]"
CENTRE = "#15.00/36.01200/120.01200"  # where the case of the factory lies
ENGINE = "document.querySelector('[data-onemap]').onemap.engine"
SMALL = (1000, 620)  # the software draws as many pixels as it must


def drawn(page: Any, part: str) -> bool:
    return bool(page.evaluate(f"Boolean({ENGINE}.map.getLayer('{part}'))"))


def compare(page: Any) -> None:
    """The right side shows another span, follows the map, and goes away again."""
    page.click("[data-tool=compare]")
    page.fill("[data-part=compare] [name=from]", "2001-01-01")
    page.fill("[data-part=compare] [name=to]", "2001-01-31")
    with page.expect_request(lambda r: "/cases/" in r.url and "from=2001-01-01" in r.url):
        page.click("[data-part=compare] [data-start]")
    page.wait_for_selector("[data-compare-canvas] canvas")
    page.evaluate(f"{ENGINE}.map.jumpTo({{center: [120.02, 36.013]}})")
    twin = "document.querySelector('[data-onemap]').onemap.tools.find((t) => t.twin).twin"
    assert page.evaluate(f"{twin}.map.getCenter().lng") == pytest.approx(120.02)
    slider = page.locator("[data-compare-slider]")
    slider.focus()
    page.keyboard.press("Home")
    assert "--at: 0%" in page.locator("[data-compare]").get_attribute("style")
    page.click("[data-part=compare] [data-clear]")
    assert page.locator("[data-compare]").is_hidden()
    assert page.locator("[data-compare-canvas] canvas").count() == 0


def replay(page: Any) -> None:
    """Every step shows other days; playing starts and stops; all days come back."""
    with page.expect_request(lambda r: "/tiles/cases/" in r.url and "&to=" in r.url):
        page.click("[data-tool=time]")
    said = page.inner_text("[data-part=time] [data-out]")
    page.focus("[data-part=time] [name=day]")
    with page.expect_request(lambda r: "/tiles/cases/" in r.url and "&to=" in r.url):
        page.keyboard.press("ArrowLeft")
    assert page.inner_text("[data-part=time] [data-out]") != said
    page.click("[data-play]")
    assert page.get_attribute("[data-play]", "aria-pressed") == "true"
    page.click("[data-play]")
    assert page.get_attribute("[data-play]", "aria-pressed") == "false"
    page.click("[data-part=time] [data-clear]")
    assert page.inner_text("[data-part=time] [data-out]") == "全部日期"


def print_sheet(page: Any) -> None:
    """The sheet holds the map drawn anew to scale, its bar and its legend."""
    page.evaluate("() => { window.print = () => { document.body.dataset.printed = 'yes'; }; }")
    page.click("[data-tool=print]")
    page.fill("[data-part=print] [name=title]", "东区案件")
    page.select_option("[data-part=print] [name=scale]", "10000")
    page.click("[data-part=print] [type=submit]")
    page.wait_for_selector("body[data-printed]")
    sheet = page.locator("[data-sheet]")
    assert sheet.locator("[data-sheet-title]").text_content() == "东区案件"
    assert sheet.locator("[data-sheet-scale]").text_content() == "比例尺 1:10,000"
    assert sheet.locator("[data-sheet-bar]").evaluate("e => e.style.width") == "50mm"
    assert "案件" in str(sheet.locator("[data-sheet-legend]").text_content())
    wide = sheet.locator("[data-sheet-map] img").evaluate("e => e.naturalWidth")
    assert wide == pytest.approx(277 / 25.4 * 96, abs=2)  # A4 without its margins


def test_the_tools_of_the_map(town: Town) -> None:
    dispatched(town.cast)
    page = town.enter(town.cast.handler, viewport=SMALL)
    town.visit(page, f"/map/{CENTRE}")
    page.wait_for_selector(READY)
    assert drawn(page, "cases/point")
    page.locator("[data-layer=cases] [data-layer-heat]").evaluate("e => e.click()")
    assert until(lambda: drawn(page, "cases/heat"))
    assert not drawn(page, "cases/point")
    page.locator("[data-layer=cases] [data-layer-heat]").evaluate("e => e.click()")
    assert until(lambda: drawn(page, "cases/point"))
    compare(page)
    replay(page)
    print_sheet(page)
    page.click("[data-tool=share]")
    page.fill("[data-part=share] [name=title]", "积水点")
    page.click("[data-part=share] [type=submit]")
    page.wait_for_selector("[data-made]:not([hidden])")
    page.click("[data-part=share] a[href='/map/shared/']")
    page.wait_for_url("**/map/shared/")  # whole: a button before its script does nothing
    page.click("main button[data-dialog]")
    page.click("dialog[open] [type=submit]")
    page.wait_for_selector("text=还没有分享过地图")
    assert not SharedMap.objects.exists()
