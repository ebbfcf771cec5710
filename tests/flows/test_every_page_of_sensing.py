"""Every page two clicks away of those who keep devices and answer alarms."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.alarms import services
from apps.alarms.enums import Level
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.matters.services import ensure_shipped_matter
from apps.sensing.services.intake import take_readings
from tests.alarms import factories as alarms
from tests.cast import ROLES, Cast, _person
from tests.flows.conftest import Town
from tests.flows.crawl import Crawl, kind_of
from tests.sensing import factories as sensing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIXTURES = Path(__file__).parents[2] / "fixtures"
WATCHER = [
    "matters.view_tenant_cases",
    "sensing.view_devices",
    "sensing.keep_devices",
    "sensing.keep_profiles",
    "alarms.view_alarms",
    "alarms.handle_alarms",
    "alarms.arrange_alarms",
    "alarms.edit_alarm_rules",
]


def furnish(cast: Cast) -> None:
    """Will put something on every list of devices and alarms."""
    device = sensing.device("WL-1", profile="water_level", owner_unit=cast.center)
    now = clock.now()
    past = [now - timedelta(minutes=10 * step) for step in range(5)]
    take_readings(
        [sensing.told("WL-1", at, level=2.0) for at in past] + [sensing.told("X-9", now, level=1)],
        sender=device,
    )
    thing = alarms.asset(cast)
    alarms.raised(thing)
    shipped = json.loads((FIXTURES / "alarms" / "matter.json").read_text(encoding="utf-8"))
    ensure_shipped_matter(SYSTEM, shipped=shipped)
    found = alarms.raised(device.asset, matter=shipped["code"], facts={"level": 2.0})
    services.open_ordered_case(found.pk)
    arrange(cast, thing)


def arrange(cast: Cast, thing: Asset) -> None:
    """A quiet time, a step of escalation, a level, what hangs on what, a rule."""
    now = clock.now()
    quiet = services.NewSilence(
        "maintenance", "例行检修", now, now + timedelta(hours=3), asset=thing
    )
    services.add_silence(SYSTEM, tenant=cast.tenant, new=quiet)
    post = cast.supervisor.appointments.get().post
    services.add_step(
        SYSTEM, tenant=cast.tenant, level_from=Level.RED, after_minutes=15, post=post, by_sms=False
    )
    services.set_warning_level(
        SYSTEM, tenant=cast.tenant, level=Level.RED, audience="街道", action="到场", lift="恢复"
    )
    parent = alarms.asset(cast, "东区配电箱")
    services.add_dependency(SYSTEM, child=thing, parent=parent, kind="power")
    levels = [{"level": 3, "raise": "level >= 3.5", "clear": "level < 3.2"}]
    rule = services.NewRule("水位过高", "water_level", {"levels": levels})
    services.save_rule(SYSTEM, unit=cast.center, new=rule)


def test_the_pages_of_devices_and_alarms(town: Town, settings: Any) -> None:
    settings.DEMO = False
    furnish(town.cast)
    ROLES.setdefault("watcher", WATCHER)
    crawl = Crawl(town)
    page = town.enter(_person("watcher", "值班员", "watcher", town.cast.center))
    for door in ("/alarms/", "/devices/", "/alarms/rules/"):
        if kind_of(door) not in crawl.seen:
            crawl.walk(page, door, depth=1)
    assert "\n".join(crawl.faults) == ""
    assert len(crawl.seen) > 12
