"""From an alarm to a case and back. AL-06."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.alarms.errors import AlarmEnded
from apps.alarms.models import Alarm
from apps.alarms.services import (
    Handled,
    evaluate_batch,
    handle,
    open_case_for,
    recover_alarm,
    shelve,
    unshelve,
)
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.matters.models import Case
from apps.matters.services import ensure_shipped_matter, perform
from tests.alarms.factories import asset, minutes, raised
from tests.alarms.test_evaluation import BODY, in_force, said
from tests.cast import Cast

SHIPPED = Path(__file__).parents[2] / "fixtures" / "alarms" / "matter.json"
MATTER = "alarm.disposal"


@pytest.fixture
def town(watch: Cast) -> Cast:
    shipped = json.loads(SHIPPED.read_text("utf-8"))
    first = ensure_shipped_matter(SYSTEM, shipped=shipped)
    assert ensure_shipped_matter(SYSTEM, shipped=shipped) == first
    return watch


def recover(alarm: Alarm, **changes: Any) -> None:
    recover_alarm(
        source=alarm.source, kind=alarm.kind, asset=alarm.asset, at=clock.now(), sentence=""
    )
    outbox.drain()


def test_one_click_opens_one_case_with_the_unit(town: Cast, client: Client) -> None:
    alarm = raised(asset(town))
    case = open_case_for(town.operator_east, alarm_id=alarm.pk, matter=MATTER)
    assert open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER) == case
    case.refresh_from_db()
    assert (case.state, case.unit) == ("sent", town.east_works)
    assert Case.objects.filter(matter_type__code=MATTER).count() == 1
    client.force_login(town.operator)
    assert f"/cases/{case.pk}/" in client.get(f"/alarms/{alarm.pk}/").content.decode()
    client.force_login(town.handler)
    assert f"/alarms/{alarm.pk}/" not in client.get(f"/cases/{case.pk}/").content.decode()


def test_who_may_not_and_what_cannot(town: Cast) -> None:
    alarm = raised(asset(town))
    with pytest.raises(NotFound):
        open_case_for(town.operator_west, alarm_id=alarm.pk, matter=MATTER)
    with pytest.raises(NotAllowed):
        open_case_for(town.reader, alarm_id=alarm.pk, matter=MATTER)
    with pytest.raises(InvalidInput) as refused:
        open_case_for(town.operator, alarm_id=alarm.pk, matter="no.such")
    assert refused.value.field == "matter"
    recover(alarm)
    with pytest.raises(AlarmEnded):
        open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    assert not Case.objects.filter(matter_type__code=MATTER).exists()


def test_recovery_closes_what_nobody_has_begun(town: Cast) -> None:
    alarm = raised(asset(town))
    case = open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    recover(alarm)
    case.refresh_from_db()
    assert case.state == "closed"
    assert case.events.get(action="close").key == f"alarm-{alarm.pk}-ended"


def test_recovery_only_tells_whoever_is_at_work(town: Cast) -> None:
    alarm = raised(asset(town))
    case = open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    perform(town.handler, case_id=case.pk, action="sign", data={})
    recover(alarm)
    case.refresh_from_db()
    assert case.state == "handling"
    assert case.events.filter(action="remark").count() == 1


def test_closing_by_hand_follows_too(town: Cast) -> None:
    alarm = raised(asset(town))
    case = open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    handle(town.operator, alarm_id=alarm.pk, done=Handled("false", "误报", closes=True))
    outbox.drain()
    case.refresh_from_db()
    assert case.state == "closed"


def test_a_rule_opens_it_from_its_level_on(town: Cast) -> None:
    in_force(town, BODY | {"matter": MATTER, "matter_level": 4})
    thing, now = asset(town), clock.now()
    evaluate_batch([said(thing, now - minutes(m), 3.6) for m in (5, 4, 3)])
    outbox.drain()
    alarm = Alarm.objects.get()
    assert (alarm.level, alarm.case) == (3, None)
    evaluate_batch([said(thing, now - minutes(2), 4.6)])
    outbox.drain()
    outbox.drain()
    alarm.refresh_from_db()
    assert alarm.case is not None
    assert Case.objects.filter(matter_type__code=MATTER).count() == 1


def test_what_is_laid_aside_becomes_a_case_only_later(town: Cast) -> None:
    alarm = raised(asset(town), matter=MATTER)
    shelve(town.operator, alarm_id=alarm.pk, until=clock.now() + minutes(30), reason="待查")
    outbox.drain()
    alarm.refresh_from_db()
    assert alarm.case is None
    unshelve(town.operator, alarm_id=alarm.pk)
    outbox.drain()
    alarm.refresh_from_db()
    assert alarm.case is not None


def test_the_end_of_the_case_is_told(town: Cast, django_capture_on_commit_callbacks: Any) -> None:
    alarm = raised(asset(town))
    case = open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    with django_capture_on_commit_callbacks(execute=True):
        perform(SYSTEM, case_id=case.pk, action="close", data={"note": "现场已处理"})
    assert alarm.events.filter(kind="case_ended").count() == 1
