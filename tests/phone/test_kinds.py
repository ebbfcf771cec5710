"""Every kind of deed reaches the app that owns it, and says what came of it."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.assets.models import AssetSurvey
from apps.common import clock, outbox
from apps.fieldwork.models import CellDuty, CheckIn, DutySession, Patrol, Position
from apps.grid.models import GridEvent, Look
from apps.phone.deeds import KINDS
from apps.phone.words import words
from apps.registry.models import Edit, RegistryFile, Visit
from tests.cast import Cast
from tests.grid import factories as grid
from tests.phone.factories import Phone, deed, picture, place
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
REPORT = {"kind": "event", "class_code": grid.LITTER, "title": "暴露垃圾", "text": "几袋垃圾"}


@pytest.fixture
def phone(on_foot: User) -> Phone:
    return Phone(on_foot)


def one(phone: Phone, kind: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    (receipt,) = phone.send(deed(kind, values=values, **more))
    return receipt


def test_duty_and_the_way_walked(phone: Phone) -> None:
    assert one(phone, "duty_end", {})["state"] == "done"
    assert one(phone, "duty_start", {"consent": True})["state"] == "done"
    fix = {"at": clock.now().isoformat(), "lon": 120.012, "lat": 36.012, "accuracy_m": 8}
    assert one(phone, "positions", {"fixes": [fix]})["message"] == "已记录 1 个位置"
    assert Position.objects.count() == 1
    assert DutySession.objects.filter(ended_at__isnull=True).count() == 1


@pytest.mark.parametrize("fixes", ["x", [7], [{"lon": 1}], [{"lon": 1, "lat": 2, "accuracy_m": 3}]])
def test_fixes_that_are_none_are_refused(phone: Phone, fixes: Any) -> None:
    receipt = one(phone, "positions", {"fixes": fixes})
    assert (receipt["state"], receipt["errors"][0]["field"]) == ("refused", "fixes")


def test_checking_in_at_a_point(phone: Phone) -> None:
    patrol = Patrol.objects.get()
    stop = patrol.stops.order_by("position")[0]
    where = place(lon=stop.point.x, lat=stop.point.y)
    ids = {"patrol_id": patrol.pk, "point_id": stop.pk}
    assert one(phone, "patrol_check_in", ids, place=where)["message"] == "已签到"
    far = one(phone, "patrol_check_in", ids | {"point_id": patrol.stops.last().pk})
    assert far["state"] == "done"
    assert CheckIn.objects.count() == 2


def test_a_report_becomes_a_case_once(phone: Phone) -> None:
    sent = deed("event_report", values=REPORT, files=[phone.upload(picture())])
    first, second = phone.send(sent, sent)
    event = GridEvent.objects.get()
    assert (first["state"], second["state"]) == ("done", "repeated")
    assert first["number"] == event.case.number
    assert event.case.attachments.count() == 1


def test_a_report_without_a_place_is_given_back(phone: Phone) -> None:
    receipt = one(phone, "event_report", REPORT, place=None)
    assert receipt["errors"] == [{"field": "place", "message": "没有位置，请在地图上选取"}]


def test_a_cell_lost_while_offline_costs_nothing_typed(phone: Phone) -> None:
    CellDuty.objects.all().update(is_cancelled=True)
    receipt = one(phone, "event_report", REPORT)
    assert receipt["state"] == "done"
    assert receipt["marks"] == ["不在本人当日网格内"]


def test_a_new_thing_of_the_street(phone: Phone) -> None:
    receipt = one(phone, "asset_survey", {"finding": "new", "kind_code": "0101", "note": "新装"})
    assert receipt["state"] in {"done", "refused"}
    assert AssetSurvey.objects.count() == (receipt["state"] == "done")


def test_a_file_is_made_and_a_parallel_change_is_a_conflict(cast: Cast, phone: Phone) -> None:
    registry.lay_on(cast)
    values = {"kind": "person", "file_id": None, "data": registry.person_values()}
    assert one(phone, "file_edit", values)["state"] == "done"
    file = RegistryFile.objects.get()
    base = file.version
    registry.edit(cast.collector, "person", {"phone": "13900000002"}, file=file)
    change = {"kind": "person", "file_id": file.pk, "data": {"phone": "13900000003"}}
    receipt = one(phone, "file_edit", change, base_version=base)
    assert (receipt["state"], receipt["who"]) == ("conflict", "采集管理员")
    assert Edit.objects.filter(state="conflict").count() == 1


def test_a_visit_with_forty_pictures(cast: Cast, phone: Phone) -> None:
    registry.lay_on(cast)
    file = registry.person(cast)
    digests = [phone.upload(picture(shade=6 * n)) for n in range(40)]
    receipt = one(phone, "visit", {"file_id": file.pk, "findings": "一切安好"}, files=digests)
    assert receipt["state"] == "done"
    assert Visit.objects.get().pictures.count() == 40
    more = one(phone, "visit", {"file_id": file.pk}, files=[*digests, "0" * 64])
    assert more["errors"][0]["message"] == "一次最多 40 张照片"


def test_looking_again_answers_the_task(cast: Cast, phone: Phone) -> None:
    grid.reported(cast, accuracy_m=500.0, lon=120.012)
    outbox.drain()
    look = Look.objects.get(worker=phone.user)
    answer = {"task_id": look.task_id, "verdict": "pass", "result": "情况属实"}
    assert phone.pack()["sections"]["tasks"]["data"][0]["id"] == look.task_id
    assert one(phone, "look_answer", answer)["state"] == "done"
    again = one(phone, "look_answer", answer)
    assert again["state"] == "kept"
    assert "已留存交网格长" in again["message"]


def test_every_kind_has_a_word_on_the_phone() -> None:
    assert {f"kind_{kind.code}" for kind in KINDS} <= set(words())


def test_a_deed_of_an_hour_ago_is_of_an_hour_ago(phone: Phone) -> None:
    at = clock.now() - timedelta(hours=1)
    one(phone, "event_report", REPORT, at=at.isoformat())
    assert abs((GridEvent.objects.get().found_at - at).total_seconds()) < 5
