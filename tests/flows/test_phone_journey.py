"""A worker's morning on the phone: offline, online, the same thing once."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.grid.models import GridEvent
from apps.phone.models import Deed
from tests.flows.conftest import Town, elsewhere
from tests.flows.width import overflow
from tests.phone.factories import picture
from tests.phone.town import furnish, open_phone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = ("", "report/", "map/", "outbox/", "me/", "survey/", "file/", "note/", "patrol/")
CONTROLLED = """() => new Promise(done => navigator.serviceWorker.controller
  ? done() : navigator.serviceWorker.addEventListener("controllerchange", () => done()))"""
STATES = "[...document.querySelectorAll('[data-state]')].map(e => e.dataset.state)"


def test_reports_made_without_a_network_arrive_once(town: Town, tmp_path: Path) -> None:
    worker: Any = None

    def lay() -> None:
        nonlocal worker
        worker = furnish(town.cast)

    elsewhere(lay)
    page = open_phone(town.browser, town.url, worker)
    town.contexts.append(page.context)
    page.goto(f"{town.url}/m/")
    page.wait_for_selector("#who:text('冯军')")
    page.evaluate(CONTROLLED)
    page.wait_for_selector("#patrols a")
    page.context.set_offline(True)
    page.goto(f"{town.url}/m/report/")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture(size=2400))
    page.set_input_files("[data-photos] input", photo)
    page.wait_for_selector(".photo-list img")
    page.click("#classes button >> nth=0")
    page.click("#classes label >> nth=0")
    page.fill("#text", "人行道上堆放建筑垃圾，影响通行")
    page.click("[type=submit]")
    page.wait_for_url("**/outbox/**")
    page.wait_for_selector("[data-state=waiting]")
    assert not Deed.objects.exists()
    page.context.set_offline(False)
    page.click("#send")
    page.wait_for_selector("[data-state=done]")
    event = GridEvent.objects.get()
    assert (event.reporter, event.case.text) == (worker, "人行道上堆放建筑垃圾，影响通行")
    assert max(event.case.attachments.get().file.width_px, 0) == 1600
    assert page.evaluate(STATES) == ["done"]
    assert page.faults == []


def test_every_screen_fits_and_is_accessible(town: Town) -> None:
    worker: Any = None

    def lay() -> None:
        nonlocal worker
        worker = furnish(town.cast)

    elsewhere(lay)
    page = open_phone(town.browser, town.url, worker)
    town.contexts.append(page.context)
    faults = []
    for screen in SCREENS:
        page.goto(f"{town.url}/m/{screen}")
        page.evaluate("phone.ready")
        page.wait_for_timeout(200)
        faults += [f"{screen}: {overflow(page)}"] if overflow(page) else []
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        faults += [f"{screen}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in found]
    assert (faults, page.faults) == ([], [])
