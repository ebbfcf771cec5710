"""A citizen with a telephone: from the start page to the progress, in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from apps.matters.models import Case
from tests.cast import Cast, build_cast
from tests.hotline.citizen.conftest import PHONE, picture

TOO_SMALL = """() => [...document.querySelectorAll(
    "main button.btn:not(.btn-sm):not([hidden]), main .form-control, .choice-tile")]
    .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 47)
    .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture
def town(transactional_db: None) -> Cast:
    """The town, where the browser's requests can see it."""
    return build_cast()


@pytest.mark.browser
def test_report_and_follow_on_a_phone(
    town: Cast, live_server: Any, page: Any, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture().read())
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/citizen/")
    page.get_by_role("link", name="我要反映").first.click()
    page.get_by_label("什么问题").fill("和平路十二号门前的井盖松动，汽车经过声音很大。")
    page.locator("#id_photos").set_input_files(str(photo))
    page.locator("[data-photo-preview] img").wait_for()
    page.get_by_label("联系电话").fill(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing may stick out at the side"
    assert page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name="下一步").click()
    page.get_by_text("核对并提交").first.wait_for()
    page.get_by_role("button", name="提交", exact=True).click()
    number = page.locator("#receipt-number").inner_text()
    assert Case.objects.get(number=number).attachments.count() == 1
    page.get_by_role("link", name="查看进度").click()
    page.get_by_text("已收到").first.wait_for()


@pytest.mark.browser
def test_a_picture_chosen_before_the_script_came_is_shown(
    town: Cast, live_server: Any, page: Any, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture().read())
    held: list[Any] = []
    page.route("**/citizen/js/photos*.js", lambda route: held.append(route))
    page.goto(f"{live_server.url}/citizen/report/", wait_until="commit")
    page.locator("#id_photos").set_input_files(str(photo))
    assert len(held) == 1, "the script was asked for and waits"
    assert page.locator("[data-photo-preview] img").count() == 0
    held[0].continue_()
    page.locator("[data-photo-preview] img").wait_for()
    assert page.locator("[data-photo-preview] img").get_attribute("alt") == "photo.jpg"
