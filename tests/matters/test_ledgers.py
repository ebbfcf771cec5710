"""The page that proves a deadline: what it shows, and to whom."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.services import SYSTEM
from apps.clocks import services as clocks
from apps.clocks.models import Calendar, Clock
from apps.clocks.notice import NoticeDay
from apps.clocks.statement import statement_of
from apps.common import clock
from apps.matters import selectors
from apps.matters.models import Case
from tests.cast import Cast
from tests.clocks.factories import default_calendar, local, running_clock
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
HOLIDAYS = [NoticeDay(date(2026, 10, day), "holiday", "国庆节") for day in range(1, 8)] + [
    NoticeDay(date(2026, 10, 10), "makeup", "国庆节调休")
]


@pytest.fixture
def over_the_holiday() -> Clock:
    calendar = default_calendar()
    clocks.import_days(SYSTEM, calendar_id=calendar.pk, days=HOLIDAYS, reason="通知")
    return running_clock(calendar, at="2026-09-29 10:00", limit=clocks.Limit(5, "working_days"))


def test_days_name_the_holidays_and_end_at_the_budget(over_the_holiday: Clock) -> None:
    with clock.at(local("2026-10-08 12:00")):
        told = statement_of(over_the_holiday)
    assert [(d.name, d.length) for d in told.skipped] == [("国庆节", 7)]
    assert [(d.on.day, d.name) for d in told.makeups] == [(10, "国庆节调休")]
    assert told.days[-1].total == told.budget
    assert sum(d.counted for d in told.days) == told.budget
    assert told.days[-1].notes == ("第5个工作日", "到期日")
    assert told.spent + told.left == told.budget


def test_a_suspension_counts_nothing(over_the_holiday: Clock) -> None:
    clocks.suspend(over_the_holiday, at=local("2026-09-29 15:00"), reason="等材料", by=SYSTEM)
    clocks.resume(over_the_holiday, at=local("2026-10-09 09:00"), by=SYSTEM)
    over_the_holiday.refresh_from_db()
    told = statement_of(over_the_holiday)
    by_day = {d.on: d for d in told.days}
    assert by_day[date(2026, 9, 30)].counted == 0
    assert "有挂起" in by_day[date(2026, 9, 30)].notes
    assert told.days[-1].total == told.budget


def test_the_page_shows_every_line_with_its_request(cast: Cast, client: Client) -> None:
    case = make.handling(cast)
    asked = {"reason": "需外单位配合", "days": 3}
    case = make.act(cast.handler, case, "request_extension", asked)
    case = make.act(
        cast.dispatcher, case, "rule_extension", {"decision": "approve", "opinion": "可"}
    )
    client.force_login(cast.handler)
    page = client.get(reverse("matters:case-clocks", args=[case.pk])).content.decode()
    assert "延期 3 个工作日" in page
    assert "需外单位配合" in page
    assert "刘洋" in page
    assert "派单规则的判定" in page


def test_a_mark_tells_what_it_did(cast: Cast) -> None:
    case = make.handling(cast)
    with clock.at(case.due_at + timedelta(minutes=1)):
        clocks.fire_due()
        ledger = selectors.list_ledgers(Case.objects.get(pk=case.pk))[0]
    marks = {item.mark.code: item for item in ledger.marks}
    assert [e.action for e in marks["expiry"].events] == ["overdue"]
    assert marks["expiry"].mark.fired_at is not None


def test_strangers_see_no_ledger(cast: Cast, client: Client) -> None:
    case = make.handling(cast)
    client.force_login(cast.outsider)
    assert client.get(reverse("matters:case-clocks", args=[case.pk])).status_code == 404


def test_the_page_says_that_the_calendar_has_changed_since(cast: Cast, client: Client) -> None:
    case = make.handling(cast)
    calendar = Calendar.objects.get()
    clocks.set_day(
        SYSTEM,
        calendar_id=calendar.pk,
        day=NoticeDay(case.due_at.date(), "holiday", "停工"),
        reason="x",
    )
    client.force_login(cast.handler)
    page = client.get(reverse("matters:case-clocks", args=[case.pk])).content.decode()
    assert "此时限仍按原版本计算" in page


def test_a_case_follows_its_clock_and_tells_the_unit(cast: Cast, client: Client) -> None:
    case = make.handling(cast)
    calendar = Calendar.objects.get()
    day = NoticeDay(case.due_at.date(), "holiday", "停工")
    clocks.set_day(SYSTEM, calendar_id=calendar.pk, day=day, reason="通知")
    before = case.due_at
    found = [f for f in clocks.preview_following(calendar) if f.clock.name == "handle"]
    clocks.follow_calendar(
        cast.supervisor,
        calendar=calendar,
        clock_ids=[f.clock.pk for f in found],
        reason="临时放假",
    )
    case.refresh_from_db()
    assert case.due_at == found[0].due_after > before
    assert case.tasks.get().due_at == case.due_at
    event = case.events.get(action="recomputed")
    assert "临时放假" in event.note
    assert event.actor_name == "周正"
