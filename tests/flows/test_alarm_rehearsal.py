"""A rule is rehearsed while its form stays open; the card of a thing on a phone. RU-06, IO-02."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.alarms import services
from apps.alarms.models import RuleRehearsal
from apps.alarms.registry import HistoryQuery, temporarily
from apps.alarms.rules import Reading
from apps.assets.models import Asset
from tests.alarms.factories import asset, person
from tests.cast import ROLES, _person
from tests.flows.conftest import Town, elsewhere
from tests.flows.width import overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def complaints(page: Any, width: int) -> list[object]:
    """Will give what sticks out of the window, and what axe has to say."""
    page.set_viewport_size({"width": width, "height": 900})
    found = Axe().run(page, options={"preload": False}).response["violations"]
    said = [(each["id"], each["nodes"][0]["html"][:120]) for each in found]
    return [*said, *filter(None, [overflow(page)])]


def past(query: HistoryQuery) -> Iterator[Reading]:
    for thing in Asset.objects.order_by("pk"):
        for day in range(20, 0, -1):
            for minute, level in ((0, 3.0), (2, 3.4 + day % 4 / 5), (4, 3.9), (6, 3.0)):
                at = query.until - timedelta(days=day, minutes=-minute)
                yield Reading(thing.pk, query.profile, at, {"level_m": level}, "valid")


def test_a_rehearsal_arrives_in_the_open_form(town: Town) -> None:
    cast = town.cast
    chief = person("chief", "chief", cast.center)
    for number in range(3):
        asset(cast, f"东区{number}号水位计")
    page = town.visit(town.enter(chief), "/alarms/rules/new/")
    page.get_by_label("名称").first.fill("水位过高")
    page.locator("#id_unit").select_option(str(cast.center.pk))
    page.get_by_label("设备型谱").fill("water-level")
    page.locator("#id_raise_3").fill("level_m >= 3.5")
    page.locator("#id_clear_3").fill("level_m < 3.2")
    page.get_by_role("button", name="用近30天读数试算").click()
    page.locator("#rehearsal").get_by_text("正在等待后台处理").wait_for()
    with temporarily(history=past):
        elsewhere(services.rehearse_due)
    page.locator("#rehearsal").get_by_text("会产生60条告警").wait_for()
    page.locator("#rehearsal .chart-canvas svg").wait_for()
    assert page.locator("#id_raise_3").input_value() == "level_m >= 3.5"
    run = RuleRehearsal.objects.get()
    for width in (390, 1440):
        page = town.visit(page, f"/alarms/rehearsals/{run.pk}/")
        assert complaints(page, width) == []


def test_watchers_and_cards_fit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = town.cast
    monkeypatch.setitem(ROLES, "card_keeper", ["assets.register_asset", "alarms.view_alarms"])
    keeper = _person("cards", "卡片员", "card_keeper", cast.east_works)
    thing = asset(cast)
    Asset.objects.filter(pk=thing.pk).update(maker="光明仪表厂", vendor="城东维保公司")
    services.watch_round()
    page = town.enter(keeper)
    for path in (
        "/alarms/sources/", "/assets/rates/", "/assets/labels/", f"/assets/{thing.pk}/",
        f"/assets/{thing.pk}/edit/",
    ):  # fmt: skip
        for width in (390, 1440):
            assert complaints(town.visit(page, path), width) == []
