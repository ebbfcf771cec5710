"""Figures of any matter: right, in reach, and each with its cases behind it."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.periods import Period, last_days
from apps.figures import selectors
from apps.figures.selectors import RowFilter, WorkLine
from apps.matters.models import Order
from tests.cast import Cast
from tests.figures.test_forecast_page import eastern_reader
from tests.matters import factories

URL = "/figures/statistics/"
SIDES = ["matter", "unit", "officer", "district", "street", "class", "channel", "day", "step"]


@pytest.fixture
def week(cast: Cast) -> Cast:
    """A closed case, one being handled, one new in the west, one voided."""
    factories.closed(cast)
    factories.handling(cast)
    lon, lat = cast.inside_west()
    factories.registered(cast, lon=lon, lat=lat)
    factories.act(cast.acceptor, factories.registered(cast), "void", {"reason": "测试", "note": ""})
    return cast


def whole(cast: Cast) -> tuple[selectors.Reach, Period]:
    return selectors.reach_of(cast.supervisor), last_days(7)


def test_units_and_officers_are_counted(week: Cast) -> None:
    (unit,) = selectors.by_unit(*whole(week))
    assert (unit.label, unit.given, unit.done, unit.on_time_rate) == (
        "东区城市管理局",
        2,
        1,
        "100.0%",
    )
    assert (unit.returned, unit.redone, unit.overdue, unit.steps) == (0, 0, 0, 0)
    (officer,) = selectors.by_officer(*whole(week))
    assert officer.label == "王强（东区城市管理局）"
    assert (officer.given, officer.done, officer.steps) == (2, 1, None)


def test_steps_last_as_long_as_they_did(week: Cast) -> None:
    steps = {line.query["state"]: line for line in selectors.by_step(*whole(week))}
    received = [line for line in steps.values() if line.cases == 3]
    assert received, "three cases came into the first state"
    for line in steps.values():
        assert line.matter == "民生诉求"
        assert line.median is None or line.median <= line.slow
        rows = selectors.list_rows(*whole(week), RowFilter(state=line.query["state"]))
        assert rows.count() == line.cases
    assert sum(line.here for line in steps.values()) == 2  # handled, new; the closed one is through


def test_a_step_is_measured_from_event_to_event(cast: Cast) -> None:
    case = factories.registered(cast)
    with clock.at(case.opened_at + timedelta(hours=5)):
        factories.act(cast.acceptor, case, "accept", factories.ACCEPT)
    first = next(line for line in selectors.by_step(*whole(cast)) if line.mean)
    assert first.mean == first.median == timedelta(hours=5)
    assert first.mean_text == "5.0 小时"


def test_an_overdue_step_is_counted_with_its_unit(cast: Cast, client: Client) -> None:
    case = factories.handling(cast)
    for cause in ("clock:handle:red", "clock:sign:red", "manual"):
        Order.objects.create(
            case=case,
            kind="supervise",
            cause=cause,
            text="办理时限已到期",
            unit=cast.east_works,
            ordered_at=clock.now(),
            ordered_by_name="系统",
        )
    (unit,) = selectors.by_unit(*whole(cast))
    assert unit.steps == 2
    client.force_login(cast.supervisor)
    page = unescape(client.get(URL, {"by": "unit", "days": "7"}).content.decode())
    (address,) = re.findall(r'href="(/figures/overdue-steps/[^"]+)">2<', page)
    rows = client.get(address).content.decode()
    assert rows.count("办理时限已到期") == 2
    assert case.number in rows


@pytest.mark.parametrize("by", SIDES)
def test_each_side_opens_with_its_cases(week: Cast, client: Client, by: str) -> None:
    client.force_login(week.supervisor)
    with CaptureQueriesContext(connection) as counted:
        page = unescape(client.get(URL, {"by": by, "days": "7"}).content.decode())
    assert len(counted) <= 40
    links = re.findall(r'<td class="num"><a href="(/figures/cases/[^"]+)">(\d+)</a>', page)
    assert links
    for address, count in links:
        assert client.get(address).content.decode().count("<tr>") - 1 == int(count), address


@pytest.mark.parametrize("by", SIDES)
def test_each_side_leaves_as_xlsx_and_the_log_knows(week: Cast, client: Client, by: str) -> None:
    client.force_login(week.supervisor)
    answer = client.get(f"{URL}export/{by}/", {"days": "7"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet.max_row > 1
    assert AuditEntry.objects.filter(action="figures.exported").exists()


def test_a_district_sees_its_own(week: Cast) -> None:
    reach = selectors.reach_of(eastern_reader(week))
    assert [line.label for line in selectors.by_area(reach, last_days(7), below=1)] == ["东区"]
    assert selectors.list_rows(reach, last_days(7), RowFilter()).count() == 2


def test_a_matter_can_be_chosen(week: Cast, client: Client) -> None:
    client.force_login(week.supervisor)
    page = client.get(URL, {"matter": "hotline.demand"}).content.decode()
    assert '<option value="hotline.demand" selected>' in page
    assert client.get(URL, {"matter": "';--", "by": "'"}).status_code == 200


def test_every_kind_of_rows_opens(week: Cast, client: Client) -> None:
    client.force_login(week.supervisor)
    for kind in selectors.ROW_KINDS:
        assert client.get("/figures/cases/", {"kind": kind}).status_code == 200, kind


def test_wrong_periods_and_unknown_tables(cast: Cast, client: Client) -> None:
    client.force_login(cast.supervisor)
    wrong = {"first": "2026-02-01", "last": "2026-01-01"}
    assert "起止日期不正确" in client.get(URL, wrong).content.decode()
    assert client.get(f"{URL}export/matter/", wrong).status_code == 400
    assert client.get(f"{URL}export/secrets/").status_code == 404
    assert "期内没有案件" in client.get(URL).content.decode()


@pytest.mark.parametrize("name", ["handler", "outsider"])
def test_others_are_refused(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    for path in (URL, f"{URL}export/unit/"):
        assert client.get(path).status_code == 403


def test_a_line_of_nothing_has_no_rate() -> None:
    line = WorkLine("", 0, 0, 0, 0, 0, 0, 0, None, None)
    assert (line.on_time_rate, line.duration_text) == ("—", "—")
