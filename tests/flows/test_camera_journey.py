"""A camera from its registration to a look through it, in a browser. Source: VD-03, VD-04."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.common import clock
from apps.video import services
from apps.video.models import Camera, Play
from tests.flows.conftest import Town
from tests.flows.width import overflow
from tests.video.factories import camera_spec, code_of, person, recorder, source, street

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def complaints(page: Any) -> list[str]:
    found = Axe().run(page, options={"preload": False}).response["violations"]
    said = [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
    return [*said, *filter(None, [overflow(page)])]


def keep_shot(page: Any, name: str) -> None:
    """Lays a picture of the page down where BROWSER_SHOTS says."""
    if folder := os.environ.get("BROWSER_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_camera_is_registered_looked_through_and_closed(town: Town, settings: Any) -> None:
    cast = town.cast
    keeper = person("keeper", "video_keeper", cast.east_works)
    operator = person("operator", "video_operator", cast.east_works)
    approver = person("approver", "video_approver", cast.east_works)
    camera_spec()
    box = recorder(cast)
    page = town.visit(town.enter(keeper), "/video/new/")
    for name, value in {
        "name": "东区超市门口", "gb_code": code_of(1), "lon": "120.012", "lat": "36.012",
        "consent_owner": "东区超市", "consent_on": "2026-01-05", "labels": "学校周边",
        "maker": "甲视科技",
    }.items():  # fmt: skip
        page.fill(f"#id_{name}", value)
    page.select_option("#id_recorder", label=box.name)
    page.fill("#id_channel", "1")
    page.click("main form.card button[type=submit]")
    page.wait_for_url("**/video/cameras/*/")
    made = Camera.objects.get()
    found: dict[str, list[str]] = {"file": complaints(page)}
    keep_shot(page, "file")
    with street() as (_stand, address):
        settings.VIDEO_MEDIA_URL, settings.VIDEO_MEDIA_KEY = f"{address}/media", "m" * 32
        policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {
            "DIRECTIVES": policy | {"img-src": [*policy["img-src"], address]}
        }
        source(made, url=f"{address}/c/1/picture.jpg")
        picture = services.propose_live_picture(keeper, camera_id=made.pk, light="day")
        services.decide_picture(approver, picture_id=picture.pk, is_agreed=True)
        services.record_presence(
            made.pk, on=clock.today(), seconds=[3600] * 5 + [900, 0] + [None] * 17
        )
        for width, tab in ((1440, "sources"), (390, "pictures"), (390, "recording")):
            page.set_viewport_size({"width": width, "height": 900})
            page = town.visit(page, f"/video/cameras/{made.pk}/?tab={tab}")
            found[tab] = complaints(page)
            keep_shot(page, tab)
        for width, name in ((390, ""), (390, "recorders/"), (1440, "statistics/")):
            page.set_viewport_size({"width": width, "height": 900})
            page = town.visit(page, f"/video/{name}")
            found[name] = complaints(page)
            keep_shot(page, f"page-{name.strip('/') or 'list'}")
        page = town.visit(town.enter(operator), f"/video/cameras/{made.pk}/play/")
        page.click("main form.card button[type=submit]")
        page.wait_for_url("**/video/plays/*/")
        page.wait_for_function("document.getElementById('picture').naturalWidth > 0")
        found["play"] = complaints(page)
        keep_shot(page, "play")
        marks = page.locator(".video-marks span").all_inner_texts()
        # The media server is the one outside address a page of ours asks.
        town.complaints[:] = [one for one in town.complaints if f"{address}/media" not in one]
        page.click("#close")
        page.wait_for_url(f"**/video/cameras/{made.pk}/")
        page.wait_for_timeout(300)
    look = Play.objects.get()
    assert {name: told for name, told in found.items() if told} == {}
    assert all("测operator" in mark for mark in marks)
    assert look.ended_at is not None
