"""The statistics page: right figures, in reach, rows behind each."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.accounts.models import Appointment, Post, User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput
from apps.common.periods import Period, last_days, parse
from apps.figures import selectors as counts
from apps.hotline.statistics import selectors
from tests.cast import SINCE, Cast, role_named
from tests.matters import factories
from tests.put_back import put_back_or_build

URL = "/hotline/statistics/"


@pytest.fixture
def year(cast: Cast) -> Cast:
    """Four cases: one closed, one at the unit, one new in the west, one voided."""
    put_back_or_build("four cases", lambda: four_cases(cast), after="cast")
    return cast


def four_cases(cast: Cast) -> None:
    factories.closed(cast)
    factories.handling(cast)
    lon, lat = cast.inside_west()
    factories.registered(cast, lon=lon, lat=lat)
    factories.act(cast.acceptor, factories.registered(cast), "void", {"reason": "测试", "note": ""})


def viewer_of(cast: Cast, side: str) -> User:
    """Will give a district's own reader of statistics."""
    user = User.objects.create_user(username=f"reader_{side}", password="x", full_name="读者")
    unit = cast.east_works if side == "east" else cast.west_works
    post = Post.objects.create(organization=unit, name="统计")
    post.roles.add(role_named("supervisor"))
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def figures(viewer: User) -> dict[str, selectors.Figure]:
    found = selectors.figures(selectors.reach_of(viewer), last_days(7))
    return {figure.code: figure for figure in found}


def test_figures_say_part_and_whole(year: Cast) -> None:
    found = figures(year.supervisor)
    assert found["received"].value == "3"
    assert (found["closed"].part, found["closed"].whole) == (1, 3)
    assert (found["on_time"].part, found["on_time"].whole) == (1, 1)
    assert (found["fed_back"].part, found["fed_back"].whole) == (1, 2)
    assert (found["signed"].part, found["signed"].whole) == (2, 2)
    assert (found["response"].part, found["response"].whole) == (1, 1)
    assert (found["solved"].part, found["solved"].whole) == (1, 1)
    assert found["satisfied"].value == "100.0%"
    assert found["received"].previous == "0"


@pytest.mark.parametrize(("side", "received"), [("east", "2"), ("west", "1")])
def test_a_district_sees_its_own(year: Cast, side: str, received: str) -> None:
    viewer = viewer_of(year, side)
    assert figures(viewer)["received"].value == received
    reach = selectors.reach_of(viewer)
    districts = [line.label for line in counts.by_area(reach, last_days(7), below=1)]
    assert districts == [year.east.name if side == "east" else year.west.name]


def test_rows_are_as_many_as_the_figure_says(year: Cast) -> None:
    reach, period = selectors.reach_of(year.supervisor), last_days(7)
    for kind, count in (("received", 3), ("closed", 1), ("fed_back", 1), ("returned", 0)):
        wanted = selectors.RowFilter(kind=kind)
        assert selectors.list_rows(reach, period, wanted).count() == count, kind
    for source in (counts.by_channel, counts.by_class, counts.by_day):
        for line in source(reach, period):
            query = dict(line.query)
            if "day" in query:
                query["day"] = date.fromisoformat(query["day"])
            rows = selectors.list_rows(reach, period, selectors.RowFilter(**query))
            assert rows.count() == line.received


def test_units_are_ranked(year: Cast) -> None:
    [unit] = selectors.by_unit(selectors.reach_of(year.supervisor), last_days(7))
    assert (unit.name, unit.given, unit.done, unit.on_time) == ("东区城市管理局", 2, 1, 100.0)


def test_the_page_shows_figures_charts_and_tables(year: Cast, client: Client) -> None:
    client.force_login(year.supervisor)
    with CaptureQueriesContext(connection) as counted:
        html = client.get(URL, {"days": "7"}).content.decode()
    assert "满意率" in html
    assert "东区一街道" in html
    assert len(counted) <= 40


@pytest.mark.parametrize("kind", sorted(selectors.ROW_KINDS))
def test_every_list_of_rows_opens(year: Cast, client: Client, kind: str) -> None:
    client.force_login(year.supervisor)
    assert client.get(f"{URL}rows/", {"kind": kind}).status_code == 200


@pytest.mark.parametrize("name", ["handler", "outsider", "grid_worker"])
def test_others_are_refused(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    for path in ("", "rows/", "export/units/"):
        assert client.get(f"{URL}{path}").status_code == 403


@pytest.mark.parametrize(
    "table", ["figures", "units", "days", "classes", "channels", "districts", "streets"]
)
def test_tables_leave_as_xlsx_and_the_log_knows(year: Cast, client: Client, table: str) -> None:
    client.force_login(year.supervisor)
    response = client.get(f"{URL}export/{table}/", {"days": "7"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    assert sheet.max_row > 1
    assert AuditEntry.objects.filter(action="statistics.exported", object_id=table).exists()


def test_an_unknown_table_is_not_there(cast: Cast, client: Client) -> None:
    client.force_login(cast.supervisor)
    assert client.get(f"{URL}export/secrets/").status_code == 404


@pytest.mark.parametrize(
    ("first", "last"), [("2026-02-01", "2026-01-01"), ("x", ""), ("1900-01-01", "2026-01-01")]
)
def test_a_wrong_period_is_said(cast: Cast, client: Client, first: str, last: str) -> None:
    with pytest.raises(InvalidInput):
        parse(first=first, last=last)
    client.force_login(cast.supervisor)
    assert client.get(URL, {"first": first, "last": last}).status_code == 200


def test_the_previous_period_is_as_long_and_just_before() -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert period.previous == Period(date(2026, 1, 29), date(2026, 2, 28))


@pytest.mark.parametrize(
    "query", ["area=x", "unit=-1", "day=nope", "page=99999999999", "kind=';--"]
)
def test_rubbish_in_the_address_breaks_nothing(cast: Cast, client: Client, query: str) -> None:
    client.force_login(cast.supervisor)
    assert client.get(f"{URL}rows/?{query}").status_code == 200


def test_lines_say_how_long_and_how_punctual(year: Cast) -> None:
    (line,) = counts.by_matter(selectors.reach_of(year.supervisor), last_days(7))
    assert (line.label, line.received, line.closed) == ("民生诉求", 3, 1)
    assert (line.on_time, line.due) == (1, 1)
    assert line.on_time_rate == "100.0%"
    assert line.duration is not None
    assert line.duration_text.endswith("小时")


def test_the_busiest_tables_stay_within_their_queries(year: Cast, client: Client) -> None:
    client.force_login(year.supervisor)
    client.get(URL)
    with CaptureQueriesContext(connection) as queries:
        client.get(URL)
    assert len(queries) < 60
