"""HL-03: after its time the people of a case are gone from every table and the disk."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, InternalError, connection, transaction

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.models import StoredFile
from apps.hotline.models import Call, Demand
from apps.matters.models import Case, CaseEvent, Tombstone
from apps.matters.registry import holders
from apps.retention import selectors, services
from apps.retention.models import Run
from tests.retention.conftest import (
    NAME,
    NIGHT,
    PHONE,
    closed,
    everywhere,
    in_force,
    tonight,
    traces,
)


def test_nothing_of_a_citizen_is_left(town):
    case = everywhere(town)
    in_force(town)
    before = traces()
    assert {"matters_case", "hotline_demand", "messaging_message"} <= set(before)
    figures = Case.objects.values("state", "class_code", "area_id", "unit_id", "closed_at", "round")
    was = list(figures.filter(pk=case.pk))

    tonight()

    assert traces() == []
    assert list(figures.filter(pk=case.pk)) == was
    stone = Tombstone.objects.get(case=case)
    assert (stone.number, stone.sealed_at is not None) == (case.number, True)
    assert stone.counts["matters"] > 3
    assert "井盖" in Case.objects.get(pk=case.pk).text


def test_words_go_altogether_where_the_schedule_says_so(town):
    case = everywhere(town)
    in_force(town, services.LineSpec("hotline", 3, "erased"))
    tonight()
    case = Case.objects.get(pk=case.pk)
    assert (case.title, case.text, case.address, case.point) == ("—", "", "", None)
    assert set(CaseEvent.objects.filter(case=case).values_list("note", "public_text")) == {("", "")}
    assert (case.class_code, case.state) == ("road.manhole", "closed")


def test_a_file_of_a_case_that_stays_is_kept(town):
    going = everywhere(town)
    staying = closed(town)
    stored = StoredFile.objects.get(pk=going.attachments.get().file_id)
    attachment = going.attachments.get()
    attachment.pk, attachment.case = None, staying
    attachment.save()
    services.place_hold(town.holder, tenant=town.tenant, number=staying.number, reason="诉讼中")
    in_force(town)
    tonight()
    assert Path(settings.MEDIA_ROOT, stored.path).exists()
    assert Tombstone.objects.get(case=going).files == []
    assert not Tombstone.objects.filter(case=staying).exists()


def test_what_is_disputed_held_or_running_stays_and_is_named(town):
    held, running = closed(town), everywhere(town)
    Case.objects.filter(pk=running.pk).update(open_orders=1)
    services.place_hold(town.holder, tenant=town.tenant, number=held.number, reason="行政诉讼")
    schedule = in_force(town)
    found = selectors.preview(schedule, NIGHT)
    assert dict(found.kept) == {held.number: "保全：行政诉讼", running.number: "督办尚未回复"}
    assert (found.total, found.kept_count) == (3, 2)
    assert Tombstone.objects.count() == 0  # a dry run changes nothing

    assert tonight() == 1

    assert Demand.objects.get(case=held).reporter_phone
    run = Run.objects.get()
    assert (run.total, run.forgotten, run.kept, run.failed) == (3, 1, 2, 0)


def test_the_first_line_that_fits_counts(town):
    mine = closed(town, family="consumer", nature="complaint")
    other = closed(town, text="楼道灯不亮已有一周", reporter_phone="13700001111")
    schedule = in_force(
        town,
        services.LineSpec("hotline", 10, family="consumer"),
        services.LineSpec("hotline", 3, "erased", channel="phone"),
    )
    due = {case.pk: case.line for case in selectors.due_cases(schedule, NIGHT)}
    assert due == {other.pk: 2}
    tonight()
    assert Tombstone.objects.get().rule == "期限表 v1 第2条（3年）"
    assert Case.objects.get(pk=mine.pk).text


def test_a_pass_that_dies_goes_on_where_it_stopped(town, monkeypatch):
    cases = [closed(town, reporter_phone=f"1370000111{n}") for n in range(3)]
    in_force(town)
    monkeypatch.setattr("apps.retention.services.running.PORTION", 1)
    holder, calls = holders()["voices"], []

    def die(forgetting):
        calls.append(forgetting.case_ids)
        if len(calls) == 2:
            raise SystemExit("killed")

    monkeypatch.setattr(holder, "forget", die)
    with pytest.raises(SystemExit):
        tonight()
    assert Tombstone.objects.count() == 1
    assert Demand.objects.get(case=cases[1]).reporter_phone == "13700001111"

    assert tonight() == 2

    assert calls[1] == calls[2] == [cases[1].pk]
    run = Run.objects.get()
    assert (run.forgotten, run.finished_at is not None) == (3, True)
    assert tonight() == 0  # one pass a day, and nothing is forgotten twice


def test_one_case_that_fails_does_not_stop_the_others(town, monkeypatch):
    cases = [closed(town, reporter_phone=f"1370000111{n}") for n in range(2)]
    in_force(town)

    def fail(forgetting):
        if cases[0].pk in forgetting.case_ids:
            raise ValueError("broken row")

    monkeypatch.setattr(holders()["voices"], "forget", fail)
    assert tonight() == 1
    assert (Run.objects.get().failed, Tombstone.objects.get().case_id) == (1, cases[1].pk)


def test_history_is_closed_before_and_after(town):
    case = closed(town)
    in_force(town)
    tonight()
    stone, event = Tombstone.objects.get(), CaseEvent.objects.filter(case=case).first()
    for row, field in ((event, "note"), (event, "public_text"), (stone, "rule")):
        setattr(row, field, "改写")
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            row.save(update_fields=[field])
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        stone.delete()
    assert Tombstone.objects.get().rule != "改写"


def test_a_restored_backup_forgets_again(town):
    everywhere(town)
    in_force(town)
    with transaction.atomic():
        point = transaction.savepoint()
        tonight()
        ledger = Path(settings.RETENTION_LEDGER).read_text()
        transaction.savepoint_rollback(point)  # the database as the backup has it
    assert "hotline_demand" in traces()
    lines = [json.loads(line) for line in ledger.splitlines()]
    assert NAME not in ledger
    assert PHONE not in ledger
    assert len(lines) == 2

    with clock.at(NIGHT):
        call_command("reapply_tombstones")
        again = services.reapply(Path(settings.RETENTION_LEDGER))
    tonight()

    assert (again.forgotten, again.standing >= 2) == (0, True)
    assert traces() == []
    first = lines[0]["at"]
    assert Tombstone.objects.order_by("pk")[0].reapplied_from.isoformat() == first


def test_a_torn_ledger_is_mended_and_a_foreign_one_refused(town, tmp_path):
    closed(town)
    in_force(town)
    tonight()
    path = Path(settings.RETENTION_LEDGER)
    whole = path.read_text()
    path.write_text(whole + '{"case": 1, "num')
    assert services.write_ledger() == 0
    assert path.read_text() == whole
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"case": "x"}\n')
    with pytest.raises(Exception, match=r"bad\.jsonl:1"):
        services.reapply(bad)


def test_calls_nothing_came_of_are_forgotten_too(town):
    schedule = in_force(town)
    call = Call.objects.create(
        exchange_id="lost", direction="in", state="missed", phone=PHONE,
        line_id=_line(), rang_at=schedule.agreed_at.replace(year=2020), recording="lost",
    )  # fmt: skip
    tonight()
    call.refresh_from_db()
    assert (call.phone, call.recording) == ("", "")
    assert AuditEntry.objects.filter(action="retention_run.finished").count() == 1


def _line() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select id from hotline_line limit 1")
        return int(cursor.fetchone()[0])
