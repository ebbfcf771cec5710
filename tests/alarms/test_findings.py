"""What devices and cameras find becomes a case with evidence, a type and a place. MT-21."""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.alarms.models import Alarm, Discovery
from apps.alarms.services import (
    NewRule,
    judge_discovery,
    open_case_for,
    open_ordered_case,
    publish_rule,
    save_rule,
)
from apps.analysis import snapshots
from apps.analysis.models import AnalysisJob
from apps.analysis.services.settling import Seen, settle
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.memory import forget_all
from apps.matters.models import Case, MatterType
from apps.matters.services import ensure_shipped_matter, perform
from apps.rules import services as rules
from apps.sensing.services.intake import take_readings
from tests.alarms.factories import asset, minutes, raised
from tests.analysis.factories import LANE, job
from tests.cast import Cast, allowed
from tests.sensing.factories import device, told
from tests.video.factories import camera

SHIPPED = Path(__file__).parents[2] / "fixtures" / "alarms"
MATTER = "alarm.disposal"
RISING = {"levels": [{"level": 3, "raise": "level >= 3.5"}], "matter": MATTER}


@pytest.fixture
def town(watch: Cast, settings: Any, tmp_path: Path) -> Cast:
    settings.MEDIA_ROOT = str(tmp_path)
    ensure_shipped_matter(SYSTEM, shipped=json.loads((SHIPPED / "matter.json").read_text("utf-8")))
    table = rules.create_table(
        watch.author, code="finding-type", name="智能发现类型", vocabulary="alarms.finding"
    )
    body = json.loads((SHIPPED / "finding_types.json").read_text("utf-8"))
    draft = rules.save_draft(watch.author, table=table, body=body)
    rules.add_test_case(
        watch.author, table=table, name="占用通道",
        facts={"source": "video", "kind": "analysis_occupation", "level": 3},
        expected=[{"class": "road.parking", "matter": MATTER}],
    )  # fmt: skip
    rules.submit(watch.author, version=draft)
    rules.publish(watch.publisher, version=draft)
    forget_all()
    return watch


def rise(town: Cast, node: str = "WL-1") -> Alarm:
    """A gauge in the east says the water rises, its rule raises an alarm and wants a case."""
    gauge = device(node, profile="water_level", owner_unit=town.east_works)
    now = clock.now().replace(microsecond=0)
    for ago, metres in ((20, 2.9), (10, 3.2), (0, 3.8)):
        take_readings(
            [told(node, now - minutes(ago), level=metres, flow=1.5)], sender=gauge
        )  # fmt: skip
    outbox.drain()
    return Alarm.objects.get(asset=gauge.asset)


def in_force(town: Cast) -> None:
    draft = save_rule(SYSTEM, unit=town.center, new=NewRule("水位过高", "water_level", RISING))
    publish_rule(SYSTEM, version_id=draft.pk, checker=None)
    forget_all()


def block(town: Cast, *, level: int = 3) -> AnalysisJob:
    """A camera in the east finds its lane blocked; twice, as two runs would."""
    one = job(
        camera(), town.east_works, code="occupation", drawing=LANE, alarm_level=level,
        name="消防通道占用",
    )  # fmt: skip
    pixels = np.random.default_rng(7).integers(0, 255, (90, 160, 3), dtype=np.uint8)
    drawing = one.drawing
    zone = drawing["zones"][0]["id"]
    shown = snapshots.blurred(pixels, drawing, zone, None), snapshots.as_taken(pixels)
    since = clock.now() - timedelta(minutes=12)
    for at in (since + minutes(5), since + minutes(10)):
        settle(
            job_id=one.pk, job_version=one.version, algorithm="occupation@1.0", is_hint=False,
            parameters={}, started_at=since, ended_at=at,
            seen=[Seen("goes_on", zone, since, at, value=0.4)],
            pictures={(zone, 0.0): shown}, frames=20, ms=10, ending="done", text="", scalar=None,
            looked_until=at,
        )  # fmt: skip
        outbox.drain()
    return one


def test_a_reading_over_its_threshold_becomes_a_case_with_its_evidence(
    town: Cast, client: Client
) -> None:
    """MT-21: reading, alarm, case: curve of the readings, proposed class with its reason, cell."""
    in_force(town)
    alarm = rise(town)
    case = Case.objects.get(source_key=f"alarm:{alarm.pk}")
    found = Discovery.objects.get(alarm=alarm)
    assert alarm.case == found.case == case
    assert case.area in town.cells["east"]
    assert (case.class_code, case.priority) == ("utility.drain", "high")
    assert found.class_code == "utility.drain"
    assert found.matter_from == "rule"
    assert "水位过高第1版" in found.reason
    assert found.decision is not None
    assert found.decision.matched_rows == ["water"]
    assert found.reason.endswith(found.decision.explanation)
    level, flow = found.evidence["series"]
    assert [value for _at, value in level["points"]] == [2.9, 3.2, 3.8]
    assert (level["unit"], len(flow["points"])) == ("m", 3)
    client.force_login(town.handler)
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "<polyline" in page
    assert "核定类型</summary>" not in page  # the unit reads it and judges nothing
    why = reverse("rules:decision-detail", args=[found.decision.pk])
    assert client.get(why).status_code == 200
    client.force_login(town.operator_west)
    assert client.get(why).status_code == 404


def test_a_finding_of_a_camera_becomes_a_case_with_its_picture(town: Cast, client: Client) -> None:
    """MT-21: finding, alarm, case: twice is one; the blurred frame, written anew, by digest."""
    block(town)
    alarm, case = Alarm.objects.get(), Case.objects.get(matter_type__code=MATTER)
    found = Discovery.objects.get()
    assert (alarm.count, alarm.case, found.matter_from) == (2, case, "table")
    assert (case.class_code, case.unit) == ("road.parking", town.east_works)
    [kept] = case.attachments.select_related("file")
    [shown] = found.evidence["pictures"]
    assert (kept.purpose, kept.is_public) == ("evidence", False)
    assert shown["sha256"] == kept.file.sha256
    client.force_login(town.handler)
    assert client.get(f"/cases/{case.pk}/files/{kept.pk}/").status_code == 200
    assert shown["sha256"][:16] in client.get(f"/cases/{case.pk}/").content.decode()


def test_the_table_wants_one_from_a_level_on(town: Cast) -> None:
    block(town, level=1)
    assert not Case.objects.filter(matter_type__code=MATTER).exists()
    alarm = Alarm.objects.get()
    assert alarm.case is None
    raised(alarm.asset, source="video", kind=alarm.kind, key=alarm.key, level=3, facts=alarm.facts)
    outbox.drain()
    assert Discovery.objects.get().case.class_code == "road.parking"


def test_the_neighbouring_district_sees_nothing(town: Cast, client: Client) -> None:
    in_force(town)
    alarm = rise(town)
    client.force_login(town.operator_west)
    assert "WL-1" not in client.get("/alarms/findings/").content.decode()
    assert client.get(f"/alarms/{alarm.pk}/").status_code == 404
    assert client.post(f"/alarms/{alarm.pk}/finding/", {"class_code": "x"}).status_code == 404
    with pytest.raises(NotFound):
        judge_discovery(town.operator_west, alarm_id=alarm.pk, class_code="utility.drain")
    with pytest.raises(NotAllowed):
        judge_discovery(town.reader, alarm_id=alarm.pk, class_code="utility.drain")
    assert Discovery.objects.get().verdict == "open"


def test_a_person_confirms_and_saying_it_twice_is_once(town: Cast, client: Client) -> None:
    in_force(town)
    alarm = rise(town)
    client.force_login(town.operator_east)
    assert "核定类型</summary>" in client.get(f"/alarms/{alarm.pk}/").content.decode()
    for _again in range(2):
        said = {"class_code": "utility.drain", "note": ""}
        assert client.post(f"/alarms/{alarm.pk}/finding/", said).status_code == 302
    found = Discovery.objects.get()
    assert (found.verdict, found.judged_by) == ("confirmed", town.operator_east)
    entry = AuditEntry.objects.get(action="alarm.finding_judged")
    assert entry.data["before"]["verdict"] == "open"
    assert entry.data["after"]["verdict"] == "confirmed"
    assert alarm.events.filter(kind="judged").count() == 1


def test_a_correction_changes_the_case_and_is_kept(town: Cast) -> None:
    in_force(town)
    alarm = rise(town)
    for wrong, field in (
        ({"class_code": "no.such"}, "class_code"),
        ({"class_code": "env.water"}, "note"),
        ({"class_code": "env.water", "note": "长" * 301}, "note"),
    ):
        with pytest.raises(InvalidInput) as refused:
            judge_discovery(town.operator_east, alarm_id=alarm.pk, **wrong)
        assert refused.value.field == field
    judge_discovery(
        town.operator_east, alarm_id=alarm.pk, class_code="env.water", note="现场是污水外溢"
    )
    found, case = Discovery.objects.get(), Case.objects.get(source_key=f"alarm:{alarm.pk}")
    assert (found.verdict, found.class_code, found.final_code) == (
        "corrected", "utility.drain", "env.water",
    )  # fmt: skip
    assert case.class_code == "env.water"
    event = case.events.get(action="correct")
    assert (event.note, event.actor_name) == ("现场是污水外溢", town.operator_east.display_name)


def test_a_class_corrected_on_the_case_is_a_judgement_too(
    town: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    in_force(town)
    alarm = rise(town)
    case = Case.objects.get(source_key=f"alarm:{alarm.pk}")
    dispatcher: User = allowed(town, "dispatcher", "alarms.view_alarms")
    data = {
        "class_code": "env.water", "priority": case.priority, "address": case.address,
        "lon": case.point.x, "lat": case.point.y, "reason": "派单时更正",  # type: ignore[union-attr]
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        perform(dispatcher, case_id=case.pk, action="correct", data=data)
    found = Discovery.objects.get()
    assert (found.verdict, found.note, found.judged_by) == ("corrected", "派单时更正", dispatcher)


def test_the_list_counts_and_exports_what_was_said(town: Cast, client: Client) -> None:
    in_force(town)
    judge_discovery(town.operator_east, alarm_id=rise(town).pk, class_code="utility.drain")
    alarm = raised(asset(town, "=西区泵站", west=True))
    open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    client.force_login(town.operator)
    page = client.get("/alarms/findings/?verdict=confirmed").content.decode()
    assert "推测正确率 100%" in page
    assert "=西区泵站" not in page
    sheet = load_workbook(BytesIO(client.get("/alarms/findings/export/").getvalue())).active
    assert sheet is not None
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert "'=西区泵站" in cells
    assert AuditEntry.objects.filter(action="alarms.findings_exported").exists()


def test_only_matters_of_city_operation_take_findings(town: Cast) -> None:
    """MT-02: the kind decides; MT-21 is a service of one kind."""
    alarm = raised(asset(town))
    MatterType.objects.filter(code=MATTER).update(kind="office")
    with pytest.raises(InvalidInput) as refused:
        open_case_for(town.operator, alarm_id=alarm.pk, matter=MATTER)
    assert refused.value.field == "matter"
    ordered = raised(asset(town, "乙"), matter=MATTER)
    with pytest.raises(InvalidInput):
        open_ordered_case(ordered.pk)
    assert not Discovery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_one_case(town: Cast) -> None:
    alarm = raised(asset(town), matter=MATTER)
    at_once = Barrier(2)

    def work() -> None:
        at_once.wait()
        try:
            open_ordered_case(alarm.pk)
        finally:
            connection.close()

    both = [Thread(target=work) for _worker in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert Case.objects.filter(matter_type__code=MATTER).count() == 1
    assert Discovery.objects.count() == 1
