"""The one map in the browser: layers, a click, the list in words, the table, the keyboard."""

import pytest

from tests.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.flows.conftest import PHONE, Town
from tests.flows.width import overflow
from tests.matters.factories import dispatched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READY = "[data-onemap][data-ready=yes]"
CENTRE = "#16.00/36.01200/120.01200"  # where the case of the factory lies


def test_a_clerk_looks_at_the_map(town: Town) -> None:
    case = dispatched(town.cast)
    page = town.enter(town.cast.handler)
    town.visit(page, f"/map/{CENTRE}")
    page.wait_for_selector(READY)
    # A layer is found by its name, switched off and on, and stays so.
    page.fill("[data-layer-search]", "案件")
    page.wait_for_selector("[data-layer=area-district]", state="hidden")
    page.fill("[data-layer-search]", "")
    with page.expect_response("**/map/choice/"):
        page.uncheck("[data-layer=tasks] [data-layer-on]")
    # Enter asks what lies under the cross.
    page.focus("[data-canvas] canvas, [data-canvas].leaflet-container")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-detail] >> text={case.title}")
    assert page.locator(f"[data-detail] a[href='/cases/{case.pk}/']").count() == 1
    page.keyboard.press("Escape")
    # The list in words follows the centre.
    page.click("[data-tool=near]")
    page.wait_for_selector(f"[data-near] >> text={case.title}")
    page.keyboard.press("Escape")
    assert page.locator("[data-side]").is_hidden()
    # The shape is measured by the keyboard alone.
    page.click("[data-tool=around]")
    page.click("[data-part=around] [data-draw=Point]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-part=around] [data-found] >> text=1")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert overflow(page) == ""
    page.click("[data-table-link]")
    page.wait_for_selector(f"td >> text={case.title}")
    town.visit(page, "/map/")
    page.wait_for_selector(READY)
    assert not page.locator("[data-layer=tasks] [data-layer-on]").is_checked()


def test_without_webgl_leaflet_draws_the_same_layers(town: Town) -> None:
    case = dispatched(town.cast)
    town.browser = town.browser.browser_type.launch(
        executable_path=str(CHROMIUM), args=[*CHROMIUM_ARGUMENTS, "--disable-3d-apis"]
    )
    try:
        page = town.enter(town.cast.handler)
        town.visit(page, f"/map/{CENTRE}")
        page.wait_for_selector(f"{READY}[data-engine=flat]")
        assert "WebGL" in page.inner_text("[data-note]")
        page.wait_for_selector("[data-canvas] svg path.leaflet-interactive, [data-canvas] svg path")
        box = page.locator("[data-canvas]").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_selector(f"[data-detail] >> text={case.title}")
    finally:
        for context in town.contexts:
            context.close()
        town.contexts.clear()
        town.browser.close()
