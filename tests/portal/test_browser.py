"""The shell in a real browser: reachable by everyone, by keyboard, and nothing typed is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.cast import Cast
from tests.flows.width import overflow
from tests.portal.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STAFF_PAGES = ["/", "/styleguide/", "/search/?q=没有", "/preferences/"]
SCRIPT_LIMIT_BYTES = 150_000

Open = Callable[[str], Any]


@pytest.fixture
def open_page(page: Any, live_server: Any) -> Open:
    def visit(path: str) -> Any:
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        return page

    return visit


def complaints(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", STAFF_PAGES)
def test_staff_pages_are_accessible(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast, path: str, theme: str
) -> None:
    sign_in(cast.supervisor)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    assert complaints(open_page(path)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_landing_is_accessible(open_page: Open, page: Any, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    assert complaints(open_page("/")) == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_no_page_scrolls_sideways(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert overflow(open_page("/")) == ""
    sign_in(cast.supervisor)
    for path in STAFF_PAGES:
        assert overflow(open_page(path)) == "", path


def test_slash_goes_to_the_search(open_page: Open, sign_in: SignIn, page: Any, cast: Cast) -> None:
    sign_in(cast.handler)
    open_page("/").keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "global-search"
    page.keyboard.type("j?/")
    assert page.input_value("#global-search") == "j?/"


def test_question_mark_explains_the_keys(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    open_page("/").keyboard.press("?")
    assert page.locator("dialog#shortcuts").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog#shortcuts").is_visible()


def test_a_list_is_walked_and_opened_by_keyboard(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    open_page("/styleguide/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert page.locator("tr.at").get_attribute("data-href") == "#row-2"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#row-2"


def test_choosing_rows_shows_what_can_be_done_with_them(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    open_page("/styleguide/")
    bar = page.locator("[data-bulk-bar]")
    assert not bar.is_visible()
    page.check("#sample-choose [data-check-all]")
    assert "已选 5 件" in bar.inner_text()
    page.click("[data-bulk-clear]")
    assert not bar.is_visible()


def test_what_was_typed_is_offered_again(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    page.on("dialog", lambda dialog: dialog.accept())
    open_page("/styleguide/")
    page.locator("#id_text").press_sequentially("路灯不亮")
    page.wait_for_timeout(400)
    open_page("/")
    open_page("/styleguide/")
    assert page.input_value("#id_text") == ""
    page.click(".draft-banner .btn-primary")
    assert page.input_value("#id_text") == "路灯不亮"


def test_a_refused_draft_does_not_come_back(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    page.on("dialog", lambda dialog: dialog.accept())
    open_page("/styleguide/")
    page.locator("#id_title").press_sequentially("井盖")
    page.wait_for_timeout(400)
    open_page("/styleguide/")
    page.locator(".draft-banner .btn").last.click()
    open_page("/styleguide/")
    assert page.locator(".draft-banner").count() == 0


def test_a_part_of_a_form_appears_with_its_reason(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    open_page("/styleguide/")
    assert not page.locator("#id_callback_phone").is_visible()
    page.select_option("#id_channel", "phone")
    assert page.locator("#id_callback_phone").is_visible()


def test_errors_are_met_first(open_page: Open, sign_in: SignIn, page: Any, cast: Cast) -> None:
    sign_in(cast.handler)
    open_page("/styleguide/")
    page.click("form[data-draft] button[type=submit]")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("document.activeElement.id || location.hash") in {"id_title", "#id_title"}


def test_the_theme_is_remembered(open_page: Open, sign_in: SignIn, page: Any, cast: Cast) -> None:
    sign_in(cast.handler)
    open_page("/").click("[data-theme-switch]")
    chosen = page.evaluate("document.documentElement.dataset.bsTheme")
    open_page("/preferences/")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == chosen == "dark"


def test_the_menu_is_a_drawer_on_a_phone(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    page.set_viewport_size({"width": 390, "height": 800})
    open_page("/")
    assert not page.locator("#menu").is_visible()
    page.click("[data-drawer-open]")
    page.locator("#menu").wait_for(state="visible")
    assert page.evaluate("document.activeElement.closest('#menu') !== null")
    page.keyboard.press("Escape")
    page.locator("#menu").wait_for(state="hidden")


def test_density_changes_at_once_and_stays(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast
) -> None:
    sign_in(cast.handler)
    open_page("/styleguide/")
    with page.expect_response("**/preferences/styleguide/"):
        page.click("button[value=compact]")
    assert page.locator("table[data-view=styleguide]").get_attribute("data-density") == "compact"
    open_page("/styleguide/")
    assert page.locator("table[data-view=styleguide]").get_attribute("data-density") == "compact"


def test_an_ordinary_page_is_light_and_asks_nobody_outside(
    open_page: Open, sign_in: SignIn, page: Any, cast: Cast, live_server: Any
) -> None:
    sign_in(cast.handler)
    addresses: list[str] = []
    sizes: list[int] = []

    def note(response: Any) -> None:
        addresses.append(response.url)
        if response.url.endswith(".js"):
            sizes.append(len(response.body()))

    page.on("response", note)
    open_page("/")
    assert sum(sizes) < SCRIPT_LIMIT_BYTES
    assert all(address.startswith(live_server.url) for address in addresses)
