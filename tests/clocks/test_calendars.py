from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.clocks import selectors, services
from apps.clocks.engine import parse_spans
from apps.clocks.models import Calendar, CalendarRevision
from apps.clocks.notice import NoticeDay, read_notice
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places.models import Area, AreaLevel
from tests.clocks.factories import default_calendar

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "clocks"
OFFICE = parse_spans("08:00-12:00")


def make_area(parent: Area | None, name: str) -> Area:
    level, _made = AreaLevel.objects.get_or_create(
        code=f"l{name}", defaults={"name": name, "depth": len(name), "code_length": 2}
    )
    area = Area.objects.create(
        level=level,
        parent=parent,
        name=name,
        code_part=name,
        code=name,
        path="",
        valid_from=date(2020, 1, 1),
        center=Point(120, 36, srid=4326),
    )
    area.path = f"{parent.path if parent else '/'}{area.pk}/"
    area.save()
    return area


def test_the_nearest_calendar_of_the_area_path_wins():
    default = default_calendar()
    city = make_area(None, "a")
    district = make_area(city, "bb")
    street = make_area(district, "ccc")
    own = services.create_calendar(
        SYSTEM, code="d", name="区日历", area=district, week=[OFFICE] * 6 + [()], parent=default
    )
    assert selectors.calendar_for(street) == own
    assert selectors.calendar_for(city) == default
    assert selectors.calendar_for(None) == default


def test_without_a_default_it_says_so():
    with pytest.raises(Refused):
        selectors.calendar_for(None)


def test_a_child_follows_its_parents_holidays_and_keeps_its_own_hours():
    parent = default_calendar()
    child = services.create_calendar(SYSTEM, code="c", name="c", week=[OFFICE] * 7, parent=parent)
    services.set_day(
        SYSTEM,
        calendar_id=parent.pk,
        day=NoticeDay(date(2027, 1, 1), "holiday", "元旦"),
        reason="r",
    )
    working = selectors.work_calendar(selectors.get_revision(child))
    assert working.spans_on(date(2027, 1, 1)) == ()
    assert working.spans_on(date(2027, 1, 2)) == OFFICE


def test_a_make_up_day_without_hours_is_an_ordinary_workday():
    calendar = default_calendar()
    services.set_day(
        SYSTEM,
        calendar_id=calendar.pk,
        day=NoticeDay(date(2027, 1, 30), "makeup", "调休"),
        reason="r",
    )
    working = selectors.work_calendar(selectors.get_revision(calendar))
    assert working.spans_on(date(2027, 1, 30)) == working.spans_on(date(2027, 1, 29))


def test_publishing_without_a_change_writes_nothing():
    calendar = default_calendar()
    assert services.publish(SYSTEM, calendar=calendar, reason="again") is None
    assert CalendarRevision.objects.count() == 1
    assert AuditEntry.objects.filter(action="calendar.published").count() == 1


def test_refusals_of_calendar_edits():
    calendar = default_calendar()
    with pytest.raises(Refused):
        services.create_calendar(SYSTEM, code="default", name="x", week=[OFFICE] * 7)
    with pytest.raises(Refused):
        services.create_calendar(SYSTEM, code="x", name="x", week=[OFFICE] * 7, is_default=True)
    with pytest.raises(NotFound):
        services.remove_day(SYSTEM, calendar_id=calendar.pk, on=date(2027, 1, 1), reason="r")
    with pytest.raises(NotFound):
        services.set_week(SYSTEM, calendar_id=0, week=[], reason="r")
    with pytest.raises(InvalidInput):
        services.import_days(SYSTEM, calendar_id=calendar.pk, days=[], reason="r")
    Calendar.objects.filter(pk=calendar.pk).update(parent=calendar)
    with pytest.raises(InvalidInput):
        services.publish(SYSTEM, calendar=calendar, reason="r")


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_demo_notices_import(year):
    path, out = str(FIXTURES / f"holidays_{year}.json"), StringIO()
    call_command("import_calendar", path, "--preview", stdout=out)
    assert f"{year}-10-01 holiday" in out.getvalue()
    assert Calendar.objects.get().dated.count() == 0
    call_command("import_calendar", path, stdout=StringIO())
    assert Calendar.objects.get().revision == 2
    with pytest.raises(CommandError):
        call_command("import_calendar", path, calendar="none", stdout=StringIO())


def test_a_notice_with_a_byte_order_mark_and_slashes_is_read():
    assert read_notice("\ufeffdate,kind,name\n2027/10/01,放假,国庆节\n") == [
        NoticeDay(date(2027, 10, 1), "holiday", "国庆节")
    ]
