"""The pages: drafting, agreeing, holding, looking; wrong people, wrong input, twice."""

import pytest

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.matters.models import Tombstone
from apps.retention import services
from apps.retention.models import Hold, Schedule
from tests.hotline.factories import neighbour
from tests.retention.conftest import closed, in_force, tonight

FORM = {
    "note": "依据档案办法第八条",
    "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
    "lines-0-matter": "hotline", "lines-0-years": "5", "lines-0-depth": "cleaned",
    "lines-1-matter": "hotline", "lines-1-family": "consumer", "lines-1-years": "",
    "lines-1-depth": "cleaned",
}  # fmt: skip


def test_a_schedule_is_drafted_by_one_and_agreed_by_another(town, client):
    client.force_login(town.drafter)
    bad = client.post("/retention/schedules/edit/", FORM | {"lines-0-years": "80"})
    assert bad.status_code == 422
    assert "50" in bad.content.decode()
    sent = client.post("/retention/schedules/edit/", FORM)
    schedule = Schedule.objects.get()
    assert sent.headers["Location"] == f"/retention/schedules/{schedule.pk}/"
    assert [(line.years, line.family) for line in schedule.lines.all()] == [(5, "")]
    client.post(f"/retention/schedules/{schedule.pk}/submit/")
    client.post(f"/retention/schedules/{schedule.pk}/agree/")  # the drafter may not
    assert Schedule.objects.get().state == "submitted"
    client.force_login(town.agreer)
    client.post(f"/retention/schedules/{schedule.pk}/agree/")
    client.post(f"/retention/schedules/{schedule.pk}/agree/")  # again: refused, nothing doubled
    assert Schedule.objects.get().state == "in_force"
    entry = AuditEntry.objects.get(action="retention_schedule.agreed")
    assert entry.data["before"]["state"] == "submitted"
    assert "v1" in client.get("/retention/").content.decode()


def test_lines_that_cannot_work_are_named(town):
    def draft(*lines):
        services.save_draft(town.drafter, tenant=town.tenant, note="试写", lines=lines)

    same = services.LineSpec("hotline", 3)
    for lines, words in (
        ((), "1至30条"),
        ((services.LineSpec("ops", 3),), "不在此处管理"),
        ((same, services.LineSpec("hotline", 9)), "第2条"),
        ((services.LineSpec("hotline", 3, channel="pigeon"),), "来源渠道"),
    ):
        with pytest.raises(InvalidInput, match=words) as refused:
            draft(*lines)
        assert refused.value.field == "lines"
    draft(same)
    draft(same)
    assert AuditEntry.objects.filter(action="retention_schedule.drafted").count() == 1


def test_the_next_version_ends_the_one_before_and_may_be_sent_back(town):
    first = in_force(town)
    services.save_draft(
        town.drafter, tenant=town.tenant, note="改为五年", lines=[services.LineSpec("hotline", 5)]
    )
    second = Schedule.objects.get(number=2)
    services.submit(town.drafter, schedule_id=second.pk)
    services.send_back(town.agreer, schedule_id=second.pk, reason="请附依据")
    second.refresh_from_db()
    assert (second.state, second.refusal) == ("draft", "请附依据")
    services.submit(town.drafter, schedule_id=second.pk)
    services.agree(town.agreer, schedule_id=second.pk)
    first.refresh_from_db()
    assert (first.state, first.ended_at is not None) == ("ended", True)
    services.withdraw(town.agreer, schedule_id=second.pk)
    assert tonight() == 0


def test_a_case_is_held_once_and_let_go_with_a_reason(town, client):
    case = closed(town)
    client.force_login(town.holder)
    missing = client.post("/retention/holds/", {"number": "X1", "reason": "诉讼"})
    assert missing.status_code == 422
    assert "没有这个受理编号" in missing.content.decode()
    client.post("/retention/holds/", {"number": case.number, "reason": "行政诉讼"})
    again = client.post("/retention/holds/", {"number": case.number, "reason": "行政诉讼"})
    assert again.status_code == 422
    assert Hold.objects.count() == 1
    hold = Hold.objects.get()
    client.post(f"/retention/holds/{hold.pk}/lift/", {"reason": ""})
    assert Hold.objects.get().lifted_at is None
    client.post(f"/retention/holds/{hold.pk}/lift/", {"reason": "判决已生效"})
    with pytest.raises(Refused):
        services.lift_hold(town.holder, hold_id=hold.pk, reason="再来一次")
    assert AuditEntry.objects.filter(action__startswith="retention_hold.").count() == 2
    assert "判决已生效" in client.get("/retention/holds/").content.decode()


def test_others_neither_see_nor_do(town, client):
    schedule = in_force(town)
    case = closed(town)
    for name in ("handler", "callback_west"):
        client.force_login(town.people[name])
        for page in ("", "holds/", "runs/", "tombstones/", "tombstones/export/"):
            assert client.get(f"/retention/{page}").status_code == 403
    with pytest.raises(NotAllowed):
        services.place_hold(town.drafter, tenant=town.tenant, number=case.number, reason="诉讼")
    stranger = neighbour(town, "term_agreer")
    client.force_login(stranger)
    assert client.get(f"/retention/schedules/{schedule.pk}/").status_code == 404
    with pytest.raises(NotFound):
        services.withdraw(stranger, schedule_id=schedule.pk)


def test_tombstones_and_passes_are_listed_and_exported(town, client):
    case = closed(town)
    in_force(town)
    tonight()
    client.force_login(town.holder)
    page = client.get("/retention/tombstones/", {"number": case.number}).content.decode()
    assert case.number in page
    assert Tombstone.objects.get().digest[:12] in page
    sheet = client.get("/retention/tombstones/export/")
    assert sheet.headers["Content-Type"].endswith("sheet")
    assert "已完成" in client.get("/retention/runs/").content.decode()
    held = client.post("/retention/holds/", {"number": case.number, "reason": "太迟了"})
    assert "已匿名化" in held.content.decode()
