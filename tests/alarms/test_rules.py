"""Rules are written by one, rehearsed, tried, and put in force by another. AL-02, RU-06."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange
from apps.alarms import acts
from apps.alarms.models import AlarmRule, AlarmRuleVersion
from apps.alarms.services import NewRule, save_rule
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, Refused
from tests.cast import Cast

LEVELS = [{"level": 3, "raise": "level_m >= 3.5", "clear": "level_m < 3.2", "for_s": 60}]
TESTS = "缓涨: 0 level_m=3.6; 60 level_m=3.6; 90 level_m=3 => 60 橙; 90 恢复"
NEW = NewRule("水位过高", "water-level", {"levels": LEVELS, "tests": TESTS})


def posted(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "name": "水位过高", "unit": cast.center.pk, "profile": "water-level",
        "raise_3": "level_m ≥ 3.5", "clear_3": "level_m < 3.2", "for_3": 60,
        "days": "any", "no_data_level": 2, "fade_to": 0, "matter_level": 3, "tests": TESTS,
    } | changes  # fmt: skip


def test_a_second_person_puts_it_in_force(watch: Cast) -> None:
    draft = save_rule(watch.chief, unit=watch.center, new=NEW)
    held = approvals.file_change(watch.chief, proposal=acts.publication(draft), reason="汛期启用")
    with pytest.raises(NotAllowed):
        approvals.approve_change(watch.chief, change_id=held.pk, digest=held.digest)
    approvals.approve_change(watch.rule_publisher, change_id=held.pk, digest=held.digest)
    rule = AlarmRule.objects.get()
    assert rule.current == draft
    assert rule.current is not None
    assert (rule.current.state, rule.current.publisher) == ("in_force", watch.rule_publisher)
    again = save_rule(watch.chief, unit=watch.center, new=NEW, rule_id=rule.pk)
    assert (again.number, rule.versions.count()) == (2, 2)
    with pytest.raises(DatabaseError, match="append-only"):
        AlarmRuleVersion.objects.filter(pk=draft.pk).update(body={})


def test_a_failing_test_case_keeps_it_out(watch: Cast) -> None:
    body = {"levels": LEVELS, "tests": "错的: 0 level_m=9 => 0 橙"}
    draft = save_rule(watch.chief, unit=watch.center, new=NewRule("甲", "water-level", body))
    with pytest.raises(Refused) as refused:
        approvals.file_change(watch.chief, proposal=acts.publication(draft), reason="试一试看")
    assert "错的" in str(refused.value)
    assert not HeldChange.objects.exists()


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewRule("", "water-level", {"levels": LEVELS}), "name"),
        (NewRule("甲", "水位", {"levels": LEVELS}), "profile"),
        (NewRule("甲", "water-level", {}), "levels"),
        (NewRule("甲", "water-level", {"levels": LEVELS, "tests": "乱写"}), "tests"),
        (NewRule("甲", "water-level", {"levels": [{"level": 1, "raise": "x"}]}), "raise_1"),
    ],
)
def test_what_cannot_be_followed_is_refused(watch: Cast, new: NewRule, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_rule(watch.chief, unit=watch.center, new=new)
    assert refused.value.field == field
    assert not AlarmRule.objects.exists()


def test_only_editors_of_the_unit_write(watch: Cast) -> None:
    for person in (watch.operator, watch.rule_publisher, watch.outsider):
        with pytest.raises(NotAllowed):
            save_rule(person, unit=watch.center, new=NEW)
    assert save_rule(SYSTEM, unit=watch.center, new=NEW).author is None


def test_pages_of_a_rule(watch: Cast, client: Client) -> None:
    client.force_login(watch.chief)
    assert client.get("/alarms/rules/new/").status_code == 200
    refused = client.post("/alarms/rules/new/", posted(watch, raise_3="level_m >"))
    assert refused.status_code == 422
    assert "看不懂的条件" in refused.content.decode()
    made = client.post("/alarms/rules/new/", posted(watch, no_data_s=1800))
    rule = AlarmRule.objects.get()
    assert made["Location"] == f"/alarms/rules/{rule.pk}/"
    page = client.get(made["Location"]).content.decode()
    assert "通过" in page
    assert "level_m ≥ 3.5" in page
    edit = client.get(f"/alarms/rules/{rule.pk}/edit/").content.decode()
    assert 'value="1800"' in edit
    publish = f"/alarms/rules/{rule.pk}/publish/"
    assert client.post(publish, {"reason": ""}).status_code == 422
    assert client.post(publish, {"reason": "汛期启用"}).status_code == 302
    assert HeldChange.objects.get().act == acts.PUBLISH
    client.post(f"/alarms/rules/{rule.pk}/switch/", {"is_on": "0"})
    rule.refresh_from_db()
    assert not rule.is_on
    assert "已停用" in client.get("/alarms/rules/").content.decode()
    client.force_login(watch.operator)
    assert client.get(f"/alarms/rules/{rule.pk}/edit/").status_code == 403
