"""The play page in a real browser: the head taken, turned by keyboard, given back. VD-03."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.video import services
from apps.video.enums import Purpose
from apps.video.models import HeadHold
from tests.cast import build_cast
from tests.video.factories import camera, person, source, street

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "Steering-2026-pass"


def test_a_head_is_turned_by_keyboard_and_stops_when_the_key_is_let_go(
    live_server: Any, page: Any, settings: Any
) -> None:
    cast = build_cast()
    settings.VIDEO_MEDIA_KEY = "m" * 32
    steerer = person("steerer", "video_steerer", cast.east_works)
    steerer.set_password(PASSWORD)
    steerer.save()
    made = camera(has_ptz=True)
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", steerer.username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    with street() as (stand, address):
        settings.VIDEO_MEDIA_URL = f"{address}/media"
        source(made, "onvif", url=f"{address}/c/7/onvif")
        look = services.play(steerer, camera_id=made.pk, purpose=Purpose.DUTY).play
        page.goto(f"{live_server.url}/video/plays/{look.pk}/", wait_until="domcontentloaded")
        assert page.get_by_label("向右").is_disabled()
        page.get_by_text("接管云台").click()
        page.wait_for_selector("#head [data-pan='1']:not([disabled])")
        page.focus("[data-pan='1']")
        with page.expect_response("**/head/"):
            page.keyboard.down("Enter")
        assert stand.heads[7].speed == (pytest.approx(0.1), 0.0)
        with page.expect_response("**/head/"):
            page.keyboard.up("Enter")
        assert stand.heads[7].speed == (0.0, 0.0)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 1200})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            _kept(page, f"play-{width}")
        with page.expect_response("**/head/"):
            page.get_by_text("交回云台").click()
    assert HeadHold.objects.count() == 0


def _kept(page: Any, name: str) -> None:
    """Where somebody wants to look at the pages, they are kept."""
    folder = os.environ.get("CITYBRAIN_TEST_PICTURES", "")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), animations="disabled")
