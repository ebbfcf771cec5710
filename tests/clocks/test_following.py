"""An edited calendar moves no running deadline by itself; an officer moves the chosen ones."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.clocks import registry, services
from apps.clocks.models import Clock
from apps.clocks.notice import NoticeDay
from apps.common import clock as city_clock
from apps.common.errors import InvalidInput
from tests.clocks.factories import default_calendar, local, running_clock

pytestmark = pytest.mark.django_db
OFF = NoticeDay(date(2026, 11, 25), "holiday", "临时放假")


@pytest.fixture
def calendar():
    return default_calendar()


@pytest.fixture
def editor(client):
    user = User.objects.create(username="editor", full_name="日历管理员", is_superuser=True)
    client.force_login(user, backend="apps.accounts.backends.AppointmentBackend")
    return client


def edit(calendar, day=OFF):
    services.set_day(SYSTEM, calendar_id=calendar.pk, day=day, reason="通知")
    calendar.refresh_from_db()


def test_an_edit_moves_nothing_and_the_preview_says_what_it_would_move(calendar):
    across = running_clock(calendar)
    running_clock(calendar, subject_id=2, limit=services.Limit(2, "working_days"))
    stopped = running_clock(calendar, subject_id=3)
    services.stop(stopped, at=local("2026-11-20 15:00"), outcome="done")
    edit(calendar)
    across.refresh_from_db()
    assert across.due_at == local("2026-11-27 17:30")
    found = services.preview_following(calendar)
    assert [(f.clock.pk, f.due_after) for f in found] == [(across.pk, local("2026-11-30 17:30"))]


def test_only_the_chosen_clocks_follow_with_a_line_and_an_entry(calendar):
    first, second = running_clock(calendar), running_clock(calendar, subject_id=2)
    edit(calendar)
    with city_clock.at(local("2026-11-23 10:00")):
        services.follow_calendar(SYSTEM, calendar=calendar, clock_ids=[first.pk], reason="放假")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_at, second.due_at) == (
        local("2026-11-30 17:30"),
        local("2026-11-27 17:30"),
    )
    assert first.intervals.last().kind == "recomputed"
    assert AuditEntry.objects.get(action="clock.recomputed").data["reason"] == "放假"
    assert [f.clock.pk for f in services.preview_following(calendar)] == [second.pk]


def test_the_subject_is_locked_first_and_told(calendar):
    clock, seen = running_clock(calendar), []
    edit(calendar)
    with registry.temporarily("test.case", print, lock=lambda pk: seen.append(("lock", pk))):
        known = registry.registered("test.case")
        told = registry.Registered(known.handler, known.lock, None, seen.append)
        registry._handlers["test.case"] = told
        with city_clock.at(local("2026-11-23 10:00")):
            services.follow_calendar(SYSTEM, calendar=calendar, clock_ids=[clock.pk], reason="x")
    assert seen[0] == ("lock", 1)
    assert (seen[1].due_before, seen[1].due_after) == (
        local("2026-11-27 17:30"),
        local("2026-11-30 17:30"),
    )


@pytest.mark.parametrize(("ids", "reason"), [([1], " "), ([], "放假"), (list(range(201)), "放假")])
def test_without_reason_or_choice_nothing_follows(calendar, ids, reason):
    running_clock(calendar)
    edit(calendar)
    with pytest.raises(InvalidInput):
        services.follow_calendar(SYSTEM, calendar=calendar, clock_ids=ids, reason=reason)


def test_a_clock_that_stopped_meanwhile_keeps_no_other(calendar):
    first, second = running_clock(calendar), running_clock(calendar, subject_id=2)
    edit(calendar)
    services.stop(first, at=local("2026-11-20 15:00"), outcome="done")
    with city_clock.at(local("2026-11-23 10:00")):
        outcomes = services.follow_calendar(
            SYSTEM, calendar=calendar, clock_ids=[first.pk, second.pk], reason="放假"
        )
    assert [bool(o.error) for o in outcomes] == [True, False]


def test_the_page_lists_old_and_new_and_moves_the_chosen(calendar, editor):
    clock = running_clock(calendar)
    edit(calendar)
    address = reverse("clocks:calendar-running", args=[calendar.pk])
    with city_clock.at(local("2026-11-23 10:00")):
        page = editor.get(address).content.decode()
        assert "推后 3 天" in page
        assert "请填写" not in page
        answer = editor.post(address, {"clocks": [clock.pk, "x"], "reason": "临时放假"})
        assert answer.status_code == 302
        assert "没有受影响的计时" in editor.get(address).content.decode()
    assert Clock.objects.get().due_at == local("2026-11-30 17:30")


def test_a_viewer_may_not_move_anything(calendar, client):
    user = User.objects.create(username="viewer", full_name="查看员")
    client.force_login(user, backend="apps.accounts.backends.AppointmentBackend")
    address = reverse("clocks:calendar-running", args=[calendar.pk])
    assert client.get(address).status_code == 403


def test_a_notice_with_several_bad_rows_names_each(calendar, editor):
    text = "日期,类型,名称\n2027-10-41,休,国庆节\n2027-10-02,假,国庆节\n2027-10-03,休,国庆节\n"
    file = SimpleUploadedFile("notice.csv", text.encode())
    address = reverse("clocks:calendar-import", args=[calendar.pk])
    page = editor.post(address, {"file": file, "reason": "通知"}).content.decode()
    assert "第 1 条" in page
    assert "第 2 条" in page
    assert not calendar.dated.exists()
