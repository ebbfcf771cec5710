"""A clerk drags a seal over a letter, by mouse and by keys; on a desk, on a phone. ES-01, ES-02."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection

from apps.seals import services
from apps.seals.crypto import workshop
from apps.seals.models import SealUse
from tests.flows.conftest import PHONE, Town
from tests.flows.width import overflow
from tests.seals.factories import A4, LETTER, files, hall, in_use, upload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(town: Town, settings: Any, tmp_path: Any) -> tuple[Any, SealUse]:
    settings.SEALS_DIR, settings.MEDIA_ROOT = tmp_path / "seals", tmp_path / "media"
    people = hall(town.cast)
    seal = in_use(town.cast, people)
    stored = files.store(upload(LETTER), allow=frozenset({"document"}))
    new = services.NewUse(
        title="关于井盖修复的答复", document=services.Taken(stored, [A4]), reason="对外行文",
        wanted=[services.Wanted(seal, page=1, x_mm=20, y_mm=200)],
    )  # fmt: skip
    return people, services.ask_use(people.clerk, new=new)


def test_a_seal_is_placed_approved_and_verified(town: Town, draft: tuple[Any, SealUse]) -> None:
    people, use = draft
    path = f"/seals/uses/{use.pk}/"
    page = town.visit(town.enter(people.clerk), path)
    mark = page.locator(".seal-mark")
    box = mark.bounding_box()
    with page.expect_response(lambda answer: answer.url.endswith("/place/")):
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 120, box["y"] - 60, steps=4)
        page.mouse.up()
    dragged = use.placements.get()
    assert dragged.x_mm > 30
    assert dragged.y_mm < 195
    mark.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/place/")):
        page.keyboard.press("ArrowRight")
    assert use.placements.get().x_mm == pytest.approx(dragged.x_mm + 1, abs=0.01)
    assert _offences(page) == []
    _keep(page, "place")
    page.get_by_role("button", name="提交审批").click()
    page = town.visit(town.enter(people.approver), path)
    page.get_by_role("button", name="批准用印", exact=True).click()
    assert _worked() == 1
    phone = town.visit(town.enter(people.clerk, viewport=PHONE), path)
    assert overflow(phone) == ""
    assert _offences(phone) == []
    _keep(phone, "sealed-phone")
    use.refresh_from_db()
    public = town.visit(town.enter(people.clerk), f"/verify/{use.code}/")
    assert "使用中" in public.content()
    assert _offences(public) == []
    _keep(public, "verify")
    for name, address in (
        ("list", "/seals/"), ("seal", f"/seals/{use.placements.get().seal_id}/"),
        ("media", "/seals/media/"), ("log", "/seals/log/"), ("new", "/seals/uses/new/"),
    ):  # fmt: skip
        person = people.clerk if name == "new" else people.keeper
        shown = town.visit(town.enter(person, viewport=PHONE), address)
        assert overflow(shown) == "", name
        assert _offences(shown) == [], name
        _keep(shown, name)


def _worked() -> int:
    """A worker's round, in a thread of its own: the browser holds the loop of this one."""

    def work() -> int:
        try:
            with workshop.opened():
                return services.seal_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _offences(page: Any) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


def _keep(page: Any, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
