"""The alarm centre in a browser: live without reload, on a phone too."""

from typing import Any

import pytest

from apps.alarms.enums import Level
from apps.alarms.services import NewRule, add_dependency, save_rule
from apps.audit.services import SYSTEM
from tests.alarms.factories import asset, person, raised
from tests.flows.conftest import Town, elsewhere
from tests.flows.crawl import Crawl
from tests.flows.width import overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BODY = {
    "levels": [{"level": 3, "raise": "level_m >= 3.5", "clear": "level_m < 3.2"}],
    "tests": "涨: 0 level_m=4 => 0 橙",
}


def test_a_new_alarm_shows_by_itself(town: Town, settings: Any) -> None:
    settings.DEMO = False
    cabinet, camera = asset(town.cast, "街头机柜"), asset(town.cast, "一号摄像机")
    add_dependency(SYSTEM, child=camera, parent=cabinet, kind="power")
    first = raised(cabinet, kind="power_lost", title="")
    raised(camera, kind="offline", title="")
    new = NewRule("水位过高", "water-level", BODY)
    draft = save_rule(SYSTEM, unit=town.cast.center, new=new)
    page = town.enter(person("chief", "chief", town.cast.center))
    town.visit(page, "/alarms/")
    page.locator("tr", has_text="街头机柜").first.wait_for()
    page.wait_for_function("document.querySelector('[data-alarm-live]').dataset.refreshReady")
    elsewhere(lambda: raised(asset(town.cast, "二号泵站"), level=Level.RED))
    page.locator("#alarm-rows tr", has_text="二号泵站").wait_for(timeout=5000)
    page.get_by_role("button", name="声音提示").click()
    assert page.get_attribute("[data-alarm-sound]", "aria-pressed") == "true"
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == ""
    page.set_viewport_size({"width": 1440, "height": 900})
    crawl = Crawl(town)
    for path in ("/alarms/", f"/alarms/{first.pk}/", f"/alarms/rules/{draft.rule_id}/edit/"):
        crawl.walk(page, path, depth=0)
    assert "\n".join(crawl.faults) == ""
