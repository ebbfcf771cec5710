"""Gate cameras: what their servers tell, what is usual, what is wrong (VD-13)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.alarms.enums import AlarmState
from apps.alarms.models import Alarm
from apps.alarms.registry import all_watchers, only_watchers
from apps.alarms.services import watch_round
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.demo.stages.gates import tell_gates
from apps.gateway.services import issue_client
from apps.ops.faults_of_alarms import QUALITY_ALARMS
from apps.video.models import Gate, GateHour
from apps.video.selectors.gates import due_hour
from apps.video.services import HourSaid, save_gate, set_camera_active, take_gate_hours
from apps.video.usual import LEAST_HOURS, Counted, is_far, is_low, usual_of
from tests.cast import Cast
from tests.video.factories import camera, person, western

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 18, 4, 30, tzinfo=UTC)  # a Wednesday, half past twelve in the city
LAST = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)


# --- What is usual ------------------------------------------------------------------------


def weeks_of(passes: int, *, hour: datetime = LAST, days: int = 28) -> dict[datetime, Counted]:
    return {hour - timedelta(days=n): Counted(passes, passes) for n in range(1, days + 1)}


def test_the_usual_is_of_the_same_hour_on_the_same_kind_of_day() -> None:
    hours = weeks_of(100)
    for at in hours:
        if at.weekday() >= 5:
            hours[at] = Counted(10, 10)
    assert usual_of(hours, LAST) == 100
    assert usual_of(hours, LAST + timedelta(days=3)) == 10  # a Saturday
    assert usual_of(hours, LAST + HOUR) is None


def test_one_strange_day_changes_nothing() -> None:
    hours = weeks_of(100)
    hours[LAST - timedelta(days=1)] = Counted(9000, 0)
    assert usual_of(hours, LAST) == 100


def test_too_few_days_say_nothing() -> None:
    assert usual_of(weeks_of(100, days=LEAST_HOURS - 1), LAST) is None


@pytest.mark.parametrize(
    ("passes", "usual", "stands", "far"),
    [
        (49, 100, False, True), (50, 100, False, False), (201, 100, False, True),
        (200, 100, False, False), (69, 100, True, True), (70, 100, True, False),
        (151, 100, True, True), (0, 19, False, False), (0, None, False, False),
        (0, 100, False, True),
    ],
)  # fmt: skip
def test_what_is_far_begins_and_ends_at_limits_of_its_own(
    passes: int, usual: float | None, stands: bool, far: bool
) -> None:
    assert is_far(passes, usual, stands=stands) is far


def test_a_rate_over_few_vehicles_is_none() -> None:
    assert Counted(19, 0).rate is None
    assert is_low(Counted(19, 0).rate, 0.9, stands=False) is False
    assert is_low(0.91, 0.9, stands=True) is True
    assert is_low(0.92, 0.9, stands=True) is False
    assert is_low(1.0, 1.0, stands=True) is False


# --- What servers tell ----------------------------------------------------------------------


@pytest.fixture
def gate(cast: Cast) -> Gate:
    with clock.at(NOON):
        return save_gate(SYSTEM, camera_id=camera(1).pk)


def said(gate: Gate, hour: datetime = LAST, passes: int = 100, **more: Any) -> HourSaid:
    return HourSaid(gate.camera.gb_code, hour, passes, more.pop("read", passes), **more)


def key_of(cast: Cast, *scopes: str) -> str:
    _client, key = issue_client(
        SYSTEM, name="卡口服务器", tenant=cast.tenant, service_user=cast.handler, scopes=scopes
    )
    return str(key)


def post(key: str, body: Any) -> Any:
    return Client().post(
        "/api/v1/video/gates/hours/",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"} if key else {},
    )


def test_hours_are_written_over_and_strange_rows_named(cast: Cast, gate: Gate) -> None:
    code, key = gate.camera.gb_code, key_of(cast, "video.gates")
    row = {"camera": code, "hour": LAST.isoformat(), "passes": 100, "read": 95}
    strange = [
        row | {"camera": "0" * 20},
        row | {"hour": (LAST + timedelta(minutes=5)).isoformat()},
        row | {"hour": (LAST + timedelta(days=2)).isoformat()},
        row | {"hour": (LAST - timedelta(days=40)).isoformat()},
        row | {"read": 101},
        row | {"passes": 100_001},
    ]
    with clock.at(NOON):
        answer = post(key, {"hours": [row, *strange]})
        again = post(key, {"hours": [row | {"read": 97, "fault": "补光灯"}]})
    assert answer.json() == {
        "written": 1,
        "refused": [
            {"index": 1, "field": "camera", "reason": "no_gate"},
            {"index": 2, "field": "hour", "reason": "not_whole"},
            {"index": 3, "field": "hour", "reason": "out_of_range"},
            {"index": 4, "field": "hour", "reason": "out_of_range"},
            {"index": 5, "field": "read", "reason": "more_than_passed"},
            {"index": 6, "field": "passes", "reason": "out_of_range"},
        ],
    }
    assert again.status_code == 200
    assert GateHour.objects.get().read == 97
    gate.refresh_from_db()
    assert (gate.heard_at, gate.fault) == (NOON, "补光灯")


@pytest.mark.parametrize(
    "body",
    [{}, {"hours": []}, {"hours": "x"}, {"hours": [{"camera": "1"}]}, [], {"hours": [{}] * 1001}],
)
def test_what_nobody_can_read_is_refused(cast: Cast, body: Any) -> None:
    assert post(key_of(cast, "video.gates"), body).status_code == 400


def test_only_servers_of_gates_tell(cast: Cast, gate: Gate) -> None:
    body = {
        "hours": [{"camera": gate.camera.gb_code, "hour": LAST.isoformat(), "passes": 1, "read": 1}]
    }
    assert post("", body).status_code == 401
    assert post(key_of(cast, "video.media"), body).status_code == 403
    assert not GateHour.objects.exists()


def test_a_gate_out_of_use_is_told_nothing(gate: Gate) -> None:
    save_gate(SYSTEM, camera_id=gate.camera_id, is_active=False)
    with clock.at(NOON):
        written, refused = take_gate_hours([said(gate)])
    assert (written, [row.reason for row in refused]) == (0, ["no_gate"])


# --- What is wrong --------------------------------------------------------------------------


def looked(at: datetime) -> dict[str, Alarm]:
    """The alarms after the gates' watcher looked at a moment, by kind."""
    [watcher] = [one for one in all_watchers() if one.code == "video.gates"]
    with clock.at(at), only_watchers(watcher):
        watch_round()
    return {alarm.kind: alarm for alarm in Alarm.objects.all()}


def four_weeks(gate: Gate, passes: int = 100) -> None:
    with clock.at(NOON):
        take_gate_hours(
            [said(gate, at, counted.passes) for at, counted in weeks_of(passes).items()]
        )


def test_the_last_due_hour_leaves_servers_twenty_minutes() -> None:
    assert due_hour(NOON) == LAST
    assert due_hour(NOON - timedelta(minutes=15)) == LAST - HOUR


def test_silence_is_an_alarm_that_ends_when_the_hour_is_told(gate: Gate) -> None:
    alarm = looked(NOON)["gate_silent"]
    assert "没有上报" in alarm.sentence
    assert alarm.asset_id == gate.camera.asset_id
    with clock.at(NOON):
        take_gate_hours([said(gate)])
    assert looked(NOON + timedelta(minutes=11))["gate_silent"].state == AlarmState.RECOVERED


def test_a_count_far_from_the_usual_is_an_alarm_with_both(gate: Gate) -> None:
    four_weeks(gate)
    with clock.at(NOON):
        take_gate_hours([said(gate, passes=30)])
    alarm = looked(NOON)["gate_counts"]
    assert "过车 30 辆" in alarm.sentence
    assert "通常 100 辆" in alarm.sentence
    next_noon, next_hour = NOON + HOUR, LAST + HOUR
    with clock.at(next_noon):
        take_gate_hours([said(gate, next_hour, 100)])
    assert looked(next_noon)["gate_counts"].state == AlarmState.RECOVERED


def test_too_few_plates_are_an_alarm_and_a_silent_gate_leaves_it_unknown(gate: Gate) -> None:
    with clock.at(NOON):
        take_gate_hours([said(gate, passes=200, read=150)])
    assert "识别率 75.0%，标准 90%" in looked(NOON)["gate_plates"].sentence
    found = looked(NOON + HOUR)
    assert found["gate_plates"].state == AlarmState.UNKNOWN
    assert found["gate_silent"].state == AlarmState.ACTIVE


def test_what_the_server_says_is_broken_is_told_on(gate: Gate) -> None:
    with clock.at(NOON):
        take_gate_hours([said(gate, fault="硬盘满")])
    assert "硬盘满" in looked(NOON)["gate_fault"].sentence


def test_gates_and_cameras_out_of_use_trouble_nobody(gate: Gate) -> None:
    set_camera_active(SYSTEM, camera_id=gate.camera_id, is_active=False)
    assert looked(NOON) == {}


def test_deviations_become_work_orders_where_a_city_says_so() -> None:
    assert {"gate_silent", "gate_counts", "gate_plates"} <= QUALITY_ALARMS


# --- People -----------------------------------------------------------------------------------


def opened(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_keeper_makes_a_camera_a_gate_and_changes_it(cast: Cast) -> None:
    shot, keeper = camera(1), person("卡口管理员", "video_keeper", cast.east_works)
    url = f"/video/cameras/{shot.pk}/gate/"
    client = opened(keeper)
    assert client.get(url).status_code == 200
    assert client.post(url, {"plate_norm": "95", "is_active": "on"}).status_code == 302
    assert Gate.objects.get().plate_norm == pytest.approx(0.95)
    assert client.post(url, {"plate_norm": "80", "is_active": "on"}).status_code == 302
    entry = AuditEntry.objects.get(action="gate.changed")
    assert entry.data["before"]["plate_norm"] == pytest.approx(0.95)
    assert client.post(url, {"plate_norm": "0"}).status_code == 422
    assert client.post(url, {"plate_norm": "101"}).status_code == 422


@pytest.mark.parametrize("norm", [0, -1, 1.01, float("nan")])
def test_a_norm_that_cannot_be_is_refused(cast: Cast, norm: float) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_gate(SYSTEM, camera_id=camera(1).pk, plate_norm=norm)
    assert refused.value.field == "plate_norm"


def test_the_neighbours_gate_is_not_there(cast: Cast, gate: Gate) -> None:
    far = save_gate(SYSTEM, camera_id=western().pk)
    keeper = person("卡口管理员", "video_keeper", cast.east_works)
    with pytest.raises(NotAllowed):
        save_gate(keeper, camera_id=far.camera_id)
    with pytest.raises(NotFound):
        save_gate(keeper, camera_id=0)
    client = opened(keeper)
    assert client.get(f"/video/gates/{far.pk}/").status_code == 404
    assert client.get(f"/video/cameras/{far.camera_id}/gate/").status_code == 404
    html = client.get("/video/gates/").content.decode()
    assert gate.camera.gb_code in html
    assert far.camera.gb_code not in html
    assert opened(cast.handler).get("/video/gates/").status_code == 403


def test_readers_see_two_days_and_change_nothing(cast: Cast, gate: Gate) -> None:
    four_weeks(gate)
    client = opened(person("读者", "video_operator", cast.east_works))
    with clock.at(NOON):
        take_gate_hours([said(gate, passes=30, read=12)])
        page = client.get(f"/video/gates/{gate.pk}/")
        listed = client.get("/video/gates/", {"q": gate.camera.gb_code[:6]}).content.decode()
        sheet = client.get("/video/gates/export/")
        refused = client.post(f"/video/cameras/{gate.camera_id}/gate/", {"plate_norm": "1"})
    assert page.context["now"].is_far
    assert page.context["now"].is_low
    assert len(page.context["rows"]) == 48
    assert "过车数异常" in listed
    assert "识别率低" in listed
    assert sheet.status_code == 200
    assert refused.status_code == 403


def test_the_demos_server_tells_of_the_hours_since_it_was_heard(gate: Gate) -> None:
    with clock.at(NOON):
        assert tell_gates(since=NOON - 3 * HOUR) == 3
    with clock.at(NOON + 2 * HOUR):
        assert tell_gates() == 2
        assert tell_gates() == 0
    assert GateHour.objects.count() == 5
