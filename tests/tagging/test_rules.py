"""Passages raise alarms by rules: leaving, lost, unseen, silent. Source: IO-14, AL-03."""

from datetime import timedelta
from typing import Any

import pytest

from apps.alarms.models import Alarm
from apps.alarms.registry import all_watchers, only_watchers
from apps.alarms.services import watch_round
from apps.assets.models import AssetClass
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.sensing.models import Presence
from apps.sensing.services import set_device_active
from apps.tagging import services
from apps.tagging.models import ExitPass
from tests.cast import Cast
from tests.tagging.factories import gate, read, rule, tag, tagged

OUT, IN = {"antenna": 2}, {"antenna": 1}


def look(ahead: timedelta = timedelta()) -> None:
    """One round of the watcher, at a later moment where told."""
    [mine] = [one for one in all_watchers() if one.code == "tagging.silence"]
    with only_watchers(mine), clock.at(clock.now() + ahead):
        watch_round()


def test_leaving_without_a_pass_raises_and_coming_back_ends(cast: Cast) -> None:
    rule(cast, "exit", level=3)
    _tag, asset = tagged(cast)
    reader, at = gate(), clock.now() - timedelta(hours=2)
    read(reader, at, **IN)
    assert not Alarm.objects.exists()
    read(reader, at + timedelta(minutes=10), **OUT)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.asset_id, alarm.level) == ("tag_exit", asset.pk, 3)
    assert "没有出门许可" in alarm.sentence
    read(reader, at + timedelta(minutes=10, seconds=5), **OUT)
    assert Alarm.objects.count() == 1
    read(reader, at + timedelta(minutes=40), **IN)
    alarm.refresh_from_db()
    assert alarm.ended_at is not None


def test_told_late_after_it_came_back_raises_nothing(cast: Cast) -> None:
    rule(cast, "exit")
    tagged(cast)
    reader, at = gate(), clock.now() - timedelta(hours=2)
    read(reader, at + timedelta(minutes=30), **IN)
    read(reader, at, **OUT)
    assert not Alarm.objects.exists()


@pytest.mark.parametrize("by_this_gate", [True, False])
def test_a_pass_lets_out_by_its_gate_in_its_span(cast: Cast, by_this_gate: bool) -> None:
    rule(cast, "exit")
    _tag, asset = tagged(cast)
    reader, other, now = gate(), gate("GATE-2"), clock.now()
    services.give_pass(
        SYSTEM, asset=asset, reader=reader if by_this_gate else None, reason="送修",
        since=now - timedelta(hours=3), until=now + timedelta(hours=1),
    )  # fmt: skip
    read(reader, now - timedelta(hours=2), **OUT)
    assert not Alarm.objects.exists()
    read(other, now - timedelta(hours=1), **OUT)
    assert Alarm.objects.exists() is by_this_gate


def test_before_its_span_or_taken_back_it_lets_nobody_out(cast: Cast) -> None:
    rule(cast, "exit")
    _tag, asset = tagged(cast)
    reader, now = gate(), clock.now()
    span = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    given = services.give_pass(SYSTEM, asset=asset, reason="送修", **span)
    services.end_pass(SYSTEM, pass_id=given.pk)
    with pytest.raises(Refused):
        services.end_pass(SYSTEM, pass_id=given.pk)
    read(reader, now - timedelta(hours=2), **OUT)
    assert Alarm.objects.get().count == 1
    with clock.at(now + timedelta(minutes=10)):
        read(reader, now + timedelta(minutes=9), **OUT)
    assert Alarm.objects.get().count == 2


def test_rules_are_for_their_unit_gate_and_class(cast: Cast) -> None:
    tagged(cast)
    reader, other = gate(), gate("GATE-2")
    rule(cast, "exit", name="别区", unit=cast.west_works)
    rule(cast, "exit", name="别处", reader=other)
    rule(cast, "exit", name="停用", is_active=False)
    other_kind = AssetClass.objects.create(code="9901", name="别类", large_class="测试")
    rule(cast, "exit", name="别类", kind_of_thing=other_kind)
    read(reader, clock.now() - timedelta(hours=1), **OUT)
    assert not Alarm.objects.exists()
    read(other, clock.now() - timedelta(minutes=30), **OUT)
    assert Alarm.objects.get().facts["rule"] == "别处"


def test_a_lost_tag_is_seen_and_found_again(cast: Cast) -> None:
    rule(cast, "lost", level=4)
    made = tag(cast)
    reader, at = gate(), clock.now() - timedelta(minutes=20)
    read(reader, at)
    services.lose_tag(SYSTEM, tag_id=made.pk)
    assert not Alarm.objects.exists()
    read(reader, at + timedelta(minutes=10))
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.unit_id, alarm.level) == ("tag_lost", cast.east_works.pk, 4)
    assert made.epc in alarm.sentence
    services.find_tag(SYSTEM, tag_id=made.pk)
    alarm.refresh_from_db()
    assert alarm.ended_at is not None


def test_a_thing_unseen_for_days_and_seen_again(cast: Cast) -> None:
    rule(cast, "unseen", after_minutes=1440)
    _tag, asset = tagged(cast)
    look()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.asset_id) == ("tag_unseen", asset.pk)
    assert "从未读到" in alarm.sentence
    read(gate(), clock.now())
    look(timedelta(minutes=5))
    alarm.refresh_from_db()
    assert alarm.ended_at is not None


def test_where_the_last_reader_is_silent_nobody_can_say(cast: Cast) -> None:
    rule(cast, "unseen", after_minutes=1440)
    tagged(cast)
    reader = gate()
    read(reader, clock.now())
    look(timedelta(days=2))
    alarm = Alarm.objects.get()
    assert alarm.state == "active"
    Presence.objects.filter(device=reader.device).update(state="offline")
    look(timedelta(days=2, minutes=5))
    alarm.refresh_from_db()
    assert (alarm.state, alarm.ended_at) == ("unknown", None)


def test_unseen_at_a_silent_reader_raises_nothing_new(cast: Cast) -> None:
    rule(cast, "unseen", after_minutes=1440)
    tagged(cast)
    reader = gate()
    read(reader, clock.now())
    Presence.objects.filter(device=reader.device).update(state="offline")
    look(timedelta(days=2))
    assert not Alarm.objects.exists()


def test_a_silent_reader_is_unknown_once_stopped_and_over_once_heard(cast: Cast) -> None:
    rule(cast, "silent", after_minutes=30)
    reader = gate(owner_unit=cast.east_works)
    services.hear_readers(["GATE-1"])
    look()
    assert not Alarm.objects.exists()
    look(timedelta(hours=1))
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.asset_id) == ("tag_reader_silent", reader.device.asset_id)
    set_device_active(SYSTEM, device_id=reader.device_id, is_active=False)
    look(timedelta(hours=1, minutes=5))
    alarm.refresh_from_db()
    assert (alarm.state, alarm.ended_at) == ("unknown", None)
    set_device_active(SYSTEM, device_id=reader.device_id, is_active=True)
    with clock.at(clock.now() + timedelta(hours=1, minutes=8)):
        services.hear_readers(["GATE-1"])
    look(timedelta(hours=1, minutes=10))
    alarm.refresh_from_db()
    assert alarm.ended_at is not None


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("unseen", {}, "after_minutes"),
        ("silent", {"after_minutes": 0}, "after_minutes"),
        ("silent", {"after_minutes": 10**7}, "after_minutes"),
        ("exit", {"after_minutes": 10}, "after_minutes"),
        ("dance", {}, "kind"),
    ],
)
def test_a_wrong_rule_names_its_field(
    cast: Cast, kind: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        rule(cast, kind, **changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("since", "until", "reason", "field"),
    [(1, 1, "送修", "until"), (-3, -1, "送修", "until"), (0, 9000, "送修", "until"),
     (0, 1, " ", "reason")],
)  # fmt: skip
def test_a_wrong_pass_names_its_field(
    cast: Cast, since: int, until: int, reason: str, field: str
) -> None:
    _tag, asset = tagged(cast)
    now = clock.now()
    with pytest.raises(InvalidInput) as refused:
        services.give_pass(
            SYSTEM, asset=asset, reason=reason,
            since=now + timedelta(hours=since), until=now + timedelta(hours=until),
        )  # fmt: skip
    assert refused.value.field == field
    assert not ExitPass.objects.exists()
