"""The calendar pages."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import User
from apps.clocks.models import CalendarDay, CalendarRevision
from apps.common import clock as city_clock
from tests.clocks.factories import default_calendar, local

pytestmark = pytest.mark.django_db
NOTICE = "日期,类型,名称,工作时段\n2027-10-01,休,国庆节,\n2027-10-09,班,调休,09:00-12:00\n"


@pytest.fixture
def calendar():
    return default_calendar()


@pytest.fixture
def viewer(client):
    client.force_login(
        User.objects.create(username="viewer", full_name="查看员"),
        backend="apps.accounts.backends.AppointmentBackend",
    )
    return client


@pytest.fixture
def editor(client):
    client.force_login(
        User.objects.create(username="editor", full_name="日历管理员", is_superuser=True),
        backend="apps.accounts.backends.AppointmentBackend",
    )
    return client


def page_of(calendar, **query):
    return reverse("clocks:calendar-detail", args=[calendar.pk], query=query)


def upload(text=NOTICE):
    return SimpleUploadedFile("notice.csv", text.encode())


def test_without_a_calendar_the_page_offers_the_first_step(editor):
    response = editor.get(reverse("clocks:calendar-list"))
    assert "建立默认日历" in response.content.decode()
    response = editor.post(reverse("clocks:calendar-start"), follow=True)
    assert response.context["calendar"].is_default


def test_a_visitor_must_sign_in(client, calendar):
    assert client.get(page_of(calendar)).status_code == 302


def test_a_viewer_sees_the_year_and_no_edit(viewer, calendar):
    response = viewer.get(page_of(calendar, year=2027))
    assert [m.first.month for m in response.context["months"]] == list(range(1, 13))
    assert response.context["months"][1].working_days == 20
    assert "调整某一天" not in response.content.decode()


@pytest.mark.parametrize("year", ["", "abc", "0001", "99999", "²⁰²⁶"])
def test_a_strange_year_is_no_error(viewer, calendar, year):
    assert viewer.get(page_of(calendar, year=year)).status_code == 200


@pytest.mark.parametrize("route", ["day-set", "week-set", "calendar-import"])
def test_a_viewer_may_not_edit(viewer, calendar, route):
    assert viewer.post(reverse(f"clocks:{route}", args=[calendar.pk])).status_code == 403


def test_the_calculator_answers(viewer, calendar):
    with city_clock.at(local("2026-11-20 10:00")):
        response = viewer.get(
            page_of(calendar, start="2026-11-20T10:00", amount=5, unit="working_days")
        )
    assert "应于 11月27日 17:30 前办结" in response.content.decode()


@pytest.mark.parametrize(
    ("amount", "unit"), [("1.5", "working_days"), ("-1", "working_hours"), ("x", "y")]
)
def test_the_calculator_refuses_nonsense(viewer, calendar, amount, unit):
    response = viewer.get(page_of(calendar, start="2026-11-20T10:00", amount=amount, unit=unit))
    assert response.status_code == 200
    assert response.context["calculator"].errors


def test_a_day_becomes_a_holiday_and_ordinary_again(editor, calendar):
    url = reverse("clocks:day-set", args=[calendar.pk])
    data = {"on": "2027-01-04", "kind": "holiday", "name": "停工", "reason": "通知"}
    assert editor.post(url, data).status_code == 302
    assert CalendarDay.objects.get().name == "停工"
    assert editor.post(url, {**data, "kind": ""}).status_code == 302
    assert not CalendarDay.objects.exists()
    assert "没有特别安排" in editor.post(url, {**data, "kind": ""}).content.decode()
    assert CalendarRevision.objects.count() == 3


def test_the_week_is_replaced_and_a_bad_one_refused(editor, calendar):
    url = reverse("clocks:week-set", args=[calendar.pk])
    assert editor.post(url, {"day0": "9:00-8:00", "reason": "r"}).status_code == 200
    assert "至少设置一个工作时段" in editor.post(url, {"reason": "r"}).content.decode()
    assert editor.post(url, {"day0": "8:00-12:00", "reason": "夏令"}).status_code == 302
    assert calendar.spans.get().start_minute == 480


def test_an_import_is_shown_first_and_done_once_confirmed(editor, calendar):
    url = reverse("clocks:calendar-import", args=[calendar.pk])
    shown = editor.post(url, {"file": upload(), "reason": "2027 年通知"})
    assert [c.what for c in shown.context["changes"]] == ["added", "added"]
    assert not CalendarDay.objects.exists()
    data = {"text": shown.context["text"], "reason": "2027 年通知", "confirm": "1"}
    assert editor.post(url, data).status_code == 302
    assert CalendarDay.objects.get(on=date(2027, 10, 9)).spans == "09:00-12:00"
    again = editor.post(url, {"file": upload(), "reason": "again"})
    assert {c.what for c in again.context["changes"]} == {"same"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x,y\n1,2",
        "{",
        "[1]",
        "日期,类型\n2027-13-01,休",
        "日期,类型\n2027-10-01,?",
        "日期,类型\n2027-10-01,休\n2027-10-01,休",
    ],
)
def test_a_bad_notice_is_refused_with_a_word_why(editor, calendar, text):
    url = reverse("clocks:calendar-import", args=[calendar.pk])
    response = editor.post(url, {"file": upload(text), "reason": "r"})
    assert response.status_code == 200
    assert response.context["form"].errors["file"]


def test_the_day_form_shows_how_the_day_is(editor, calendar):
    CalendarDay.objects.create(calendar=calendar, on="2027-10-09", kind="makeup", name="调休")
    form = editor.get(page_of(calendar, on="2027-10-09")).context["day_form"]
    assert (form["kind"].value(), form["name"].value()) == ("makeup", "调休")
    form = editor.get(page_of(calendar, on="nonsense")).context["day_form"]
    assert (form["on"].value(), form["kind"].value()) == (None, "holiday")
