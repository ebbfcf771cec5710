"""Rules the system comes with: whole, with sources and test cases. AL-02, IO-12, IO-16."""

import json
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from apps.alarms.models import Alarm, AlarmRule
from apps.alarms.rules import read_rule
from apps.alarms.services import adopt_rules, publish_rule, read_body, shipped_rules
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.sensing.services import take_readings
from tests.cast import Cast, build_cast
from tests.sensing.factories import device, told

ALL = len(shipped_rules())


def profiles() -> dict[str, dict[str, Any]]:
    path = Path(django_settings.BASE_DIR) / "fixtures" / "sensing" / "profiles.json"
    told = json.loads(path.read_text("utf-8"))
    return {one["code"]: {field["code"]: field for field in one["fields"]} for one in told}


def test_every_shipped_rule_holds_its_test_cases_and_names_its_source(cast: Cast) -> None:
    known = profiles()
    wrong = []
    for one in shipped_rules():
        tried = read_body(cast.center, None, one.body)
        strange = read_rule(one.body).measured - known[one.profile].keys()
        if not tried or not all(case.is_right for case in tried) or strange:
            wrong.append(one.code)
        if not 10 <= len(one.source) <= 200:
            wrong.append(f"{one.code}: source")
    assert wrong == []
    assert len({one.code for one in shipped_rules()}) == ALL
    # Every kind of device that is shipped has rules of its own; "open" has no fields.
    assert {one.profile for one in shipped_rules()} == known.keys() - {"open"}


def test_categories_are_compared_with_what_devices_say() -> None:
    known = profiles()
    strange = [
        (one.code, part.value)
        for one in shipped_rules()
        for level in read_rule(one.body).levels
        for condition in (level.raises, level.clears)
        if condition is not None
        for group in condition.groups
        for part in group
        if isinstance(part.value, str)
        and part.value not in known[one.profile][part.field]["choices"]
    ]
    assert strange == []


def test_they_become_drafts_once_and_raise_what_they_say(watch: Cast) -> None:
    drafts = adopt_rules(watch.chief, unit=watch.center, codes={"lift-trapped", "gas-methane"})
    assert {draft.rule.shipped for draft in drafts} == {"lift-trapped", "gas-methane"}
    assert AlarmRule.objects.filter(current__isnull=False).count() == 0
    trapped = next(draft for draft in drafts if draft.rule.shipped == "lift-trapped")
    assert trapped.note.startswith("GB/T 24476-2017")
    publish_rule(SYSTEM, version_id=trapped.pk, checker=watch.rule_publisher)
    lift = device("LIFT-1", profile="lift")
    begin = clock.now()
    for minutes in (0, 5):
        stuck = told(
            "LIFT-1", begin + timedelta(minutes=minutes), person=True, direction="stop",
            door_open=False,
        )  # fmt: skip
        with clock.at(begin + timedelta(minutes=minutes)):
            take_readings([stuck], sender=lift)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.level, alarm.asset_id) == ("lift-trapped", 4, lift.asset_id)
    [another] = adopt_rules(watch.chief, unit=watch.center, codes={"gas-methane", "edge-disk"})
    assert another.rule.shipped == "edge-disk"


def test_whoever_may_not_write_rules_takes_none_over(watch: Cast, client: Client) -> None:
    with pytest.raises(NotAllowed):
        adopt_rules(watch.operator_east, unit=watch.center)
    with pytest.raises(NotAllowed):
        adopt_rules(watch.rule_publisher, unit=watch.east_works)
    client.force_login(watch.operator_east)
    page = client.get("/alarms/rules/shipped/")
    assert (page.status_code, "建立草稿</button>" in page.content.decode()) == (200, False)
    refused = client.post("/alarms/rules/shipped/", {"unit": watch.center.pk, "code": ""})
    assert (refused.status_code, AlarmRule.objects.count()) == (422, 0)
    client.force_login(watch.outsider)
    assert client.get("/alarms/rules/shipped/").status_code == 403


def test_the_page_names_sources_and_takes_one_over(watch: Cast, client: Client) -> None:
    client.force_login(watch.chief)
    page = client.get("/alarms/rules/shipped/").content.decode()
    assert "GB 50974-2014 第7.2.8条" in page
    assert "消火栓水压监测" in page
    sent = {"unit": watch.center.pk, "code": "hydrant-pressure"}
    for made in (1, 1):
        assert client.post("/alarms/rules/shipped/", sent).status_code == 302
        assert AlarmRule.objects.count() == made
    rule = AlarmRule.objects.get()
    assert f"/alarms/rules/{rule.pk}/" in client.get("/alarms/rules/shipped/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_who_take_over_at_once_make_each_draft_once() -> None:
    cast = build_cast()
    together = Barrier(2)
    made: list[int] = []

    def take_over() -> None:
        together.wait(10)
        made.append(len(adopt_rules(SYSTEM, unit=cast.center, codes={"edge-disk", "edge-heat"})))
        connection.close()

    both = [Thread(target=take_over) for _turn in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert sorted(made) == [0, 2]
    assert AlarmRule.objects.count() == 2
