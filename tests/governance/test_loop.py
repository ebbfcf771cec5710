"""From a reading to the street's score, nothing of it by hand but the repair (PF-01)."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.alarms.models import Alarm
from apps.alarms.services import NewRule, publish_rule, save_rule
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.memory import forget_all
from apps.governance.enums import Subject
from apps.governance.models import AppraisalFact, AppraisalLine
from apps.governance.services import appraisal
from apps.matters.models import Case
from apps.matters.services import ensure_shipped_matter
from apps.sensing.models import Device
from apps.sensing.services import rotate_key
from tests.alarms.factories import minutes, person
from tests.cast import Cast
from tests.matters.factories import act, feed_back_data
from tests.sensing.factories import device

pytestmark = pytest.mark.django_db
SHIPPED = Path(__file__).parents[2] / "fixtures" / "alarms" / "matter.json"
RULE: dict[str, Any] = {
    "levels": [{"level": 3, "raise": "level >= 3.5", "clear": "level < 3.2", "for_s": 60}],
    "matter": "alarm.disposal",
    "matter_level": 3,
}
FORMULA = {"indicators": [{"code": "cases_on_time", "weight": 100, "floor": 50, "ceiling": 100}]}


@pytest.fixture
def gauge(governed: Cast) -> tuple[Device, str]:
    """A gauge of the eastern works with a rule about it in force. Gives it and its key."""
    ensure_shipped_matter(SYSTEM, shipped=json.loads(SHIPPED.read_text("utf-8")))
    made = device("WL-1", profile="water_level", owner_unit=governed.east_works)
    new = NewRule(name="水位过高", profile="water_level", body=RULE)
    draft = save_rule(SYSTEM, unit=governed.center, new=new)
    publish_rule(SYSTEM, version_id=draft.pk, checker=None)
    forget_all()
    return made, f"Device-Key {rotate_key(SYSTEM, device_id=made.pk)}"


def says(key: str, minutes_ago: float, level: float) -> None:
    """The gauge pushes by itself; what follows from it is done."""
    at = (clock.now() - minutes(minutes_ago)).isoformat()
    body = json.dumps({"readings": [{"at": at, "values": {"level": level}}]})
    answer = Client().post(
        "/api/v1/sensing/readings/",
        body,
        content_type="application/json",
        headers={"Authorization": key},
    )
    assert answer.json()["stored"] == 1
    while outbox.drain():
        pass


def test_a_reading_becomes_a_case_is_repaired_and_counts(
    governed: Cast, gauge: tuple[Device, str]
) -> None:
    made, key = gauge
    for ago in (6, 5, 4):
        says(key, ago, 3.7)
    alarm = Alarm.objects.get()
    case = Case.objects.get(matter_type__code="alarm.disposal")
    assert (alarm.asset_id, alarm.case, alarm.facts) == (made.asset_id, case, {"level": 3.7})
    assert (case.state, case.unit) == ("sent", governed.east_works)

    act(governed.handler, case, "sign", {})
    act(governed.handler, case, "feed_back", feed_back_data())
    case.refresh_from_db()
    assert case.state == "answered"
    says(key, 1, 2.9)
    case.refresh_from_db()
    alarm.refresh_from_db()
    assert (alarm.state, case.state) == ("recovered", "closed")
    assert case.events.get(action="close").actor_id is None  # by no person

    month = clock.today().replace(day=1)
    draft = appraisal.draft_formula(
        governed.clerk, tenant=governed.tenant, subject=Subject.STREET, name="街道月度考核",
        basis="本市办法", body=FORMULA, effective_from=month,
    )  # fmt: skip
    appraisal.submit_formula(governed.clerk, formula_id=draft.pk)
    appraisal.decide_formula(governed.chief, formula_id=draft.pk, approve=True)
    run = appraisal.compute_month(
        governed.clerk, tenant=governed.tenant, subject=Subject.STREET, month=month
    )
    line = AppraisalLine.objects.get(run=run, score__isnull=False)
    assert case.area_path.startswith(line.area_path)
    assert line.score == 100
    assert AppraisalFact.objects.get(line=line).label == case.title


def test_the_watch_officer_ends_what_the_unit_has_done_while_the_alarm_goes_on(
    governed: Cast, gauge: tuple[Device, str], django_capture_on_commit_callbacks: Any
) -> None:
    _made, key = gauge
    officer = person("officer", "operator", governed.center)
    for ago in (6, 5, 4):
        says(key, ago, 3.7)
    case = Case.objects.get(matter_type__code="alarm.disposal")
    act(governed.handler, case, "sign", {})
    act(governed.handler, case, "feed_back", feed_back_data())
    with django_capture_on_commit_callbacks(execute=True):
        act(officer, case, "close", {"note": "现场已看过，水位由上游闸门引起"})
    case.refresh_from_db()
    assert case.state == "closed"
    assert Alarm.objects.get().events.filter(kind="case_ended").count() == 1


def test_an_answer_after_the_alarm_is_over_ends_the_case_too(
    governed: Cast, gauge: tuple[Device, str], django_capture_on_commit_callbacks: Any
) -> None:
    _made, key = gauge
    for ago in (6, 5, 4):
        says(key, ago, 3.7)
    case = Case.objects.get(matter_type__code="alarm.disposal")
    act(governed.handler, case, "sign", {})
    says(key, 2, 2.9)
    assert case.events.filter(action="remark").count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        act(governed.handler, case, "feed_back", feed_back_data())
    while outbox.drain():
        pass
    case.refresh_from_db()
    assert case.state == "closed"
    assert case.events.filter(action="remark").count() == 1
