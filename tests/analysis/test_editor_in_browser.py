"""The drawing editor in a real browser: by keyboard and by numbers, wrong shapes shown at once."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.algorithms.services import ensure_builtins
from apps.analysis.models import AnalysisJob
from tests.analysis.factories import LANE, job, person
from tests.cast import build_cast
from tests.video.factories import camera

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "Analysis-2026-pass"


def test_a_zone_is_drawn_by_keyboard(live_server: Any, page: Any) -> None:
    cast = build_cast()
    ensure_builtins()
    keeper = person("keeper", "keeper", cast.east_works)
    keeper.set_password(PASSWORD)
    keeper.save()
    one = job(camera(), cast.east_works, code="occupation", drawing=LANE, name="消防通道占用")
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", keeper.username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{live_server.url}/video/analysis/{one.pk}/edit/")
    page.focus("[data-handle='0-0']")
    page.keyboard.press("ArrowRight")
    drawn = json.loads(page.input_value("[name=drawing]"))
    assert drawn["zones"][0]["points"][0] == [0.31, 0.5]
    page.get_by_label("点 3 x %").fill("30")
    page.get_by_label("点 4 x %").fill("70")
    assert page.locator(".shape.wrong").count() == 1
    page.get_by_label("点 3 x %").fill("70")
    page.get_by_label("点 4 x %").fill("30")
    assert page.locator(".shape.wrong").count() == 0
    _kept(page, "edit")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.click("#job-form button[type=submit]")
    page.wait_for_url(f"**/video/analysis/{one.pk}/")
    assert AnalysisJob.objects.get().drawing["zones"][0]["points"][0] == [0.31, 0.5]
    for name in ("", "findings/", "lanes/", f"{one.pk}/"):
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(f"{live_server.url}/video/analysis/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        _kept(page, f"narrow-{name.strip('/') or 'list'}")


def _kept(page: Any, name: str) -> None:
    """Where somebody wants to look at the pages, they are kept."""
    folder = os.environ.get("CITYBRAIN_TEST_PICTURES", "")
    if folder:
        page.screenshot(path=str(Path(folder) / f"analysis-{name}.png"), full_page=True)
