"""The page of the demands to come: what it shows, to whom, and that every figure opens."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.accounts.models import Appointment, Post, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.figures import services
from tests.cast import SINCE, Cast, role_named
from tests.figures.factories import MORNING, history

URL = "/figures/forecast/"
_ROW = r"""<a href="(/figures/cases/[^"]+)">噪声</a></td><td>西区</td><td class="num">(\d+)"""


def surge(day: date) -> int:
    return 6 if day >= MORNING.date() - timedelta(days=7) else 1


@pytest.fixture
def looked(cast: Cast) -> Iterator[Cast]:
    """The town on a morning: a steady topic in the east, a rising one in the west."""
    history(cast, address="解放路1号")
    history(
        cast,
        class_code="noise",
        class_label="噪声",
        per_day=surge,
        cell=cast.cells["west"][0],
        address="",
    )
    with clock.at(MORNING):
        services.take_snapshot(cast.tenant)
        yield cast


def eastern_reader(cast: Cast) -> User:
    """Will give somebody who reads figures of the eastern district only."""
    user = User.objects.create_user(username="east_reader", password="x", full_name="读者")
    post = Post.objects.create(organization=cast.east_works, name="统计")
    post.roles.add(role_named("supervisor"))
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def page_of(client: Client, user: User, **query: object) -> str:
    client.force_login(user)
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_it_shows_days_proof_and_findings(looked: Cast, client: Client) -> None:
    with CaptureQueriesContext(connection) as counted:
        page = page_of(client, looked.supervisor)
    for words in ("测试市 · 全部类别", "可信程度", "MASE", "上周同日", "上升话题", "噪声"):
        assert words in page
    assert "负二项分布" in page or "泊松分布" in page
    assert "解放路1号" in page
    assert len(counted) <= 45


def test_every_figure_opens_as_many_cases_as_it_says(looked: Cast, client: Client) -> None:
    page = page_of(client, looked.supervisor, area=looked.west.pk)
    rows = re.findall(
        r'<td><a href="(/figures/cases/[^"]+)">噪声</a></td><td>西区</td><td class="num">(\d+)',
        page,
    )
    assert rows
    for address, count in rows:
        opened = client.get(address).content.decode()
        assert opened.count("<tr>") - 1 == int(count)
    (link, count) = re.search(r'"value": (\d+), "url": "([^"]+)"', page).groups()[::-1]
    link = link.encode().decode("unicode_escape")
    assert client.get(link).content.decode().count("<tr>") - 1 == int(count)


def test_area_and_class_can_be_chosen(looked: Cast, client: Client) -> None:
    page = page_of(client, looked.supervisor, area=looked.west.pk, **{"class": "noise"})
    assert "西区 · 噪声" in page
    assert "测试市 · 全部类别" in page_of(client, looked.supervisor, area="x", **{"class": "'"})


def test_a_district_sees_its_own_only(looked: Cast, client: Client) -> None:
    page = page_of(client, eastern_reader(looked))
    assert "东区 · 全部类别" in page
    assert "噪声" not in page
    assert "西区" not in page
    assert "东区 · " in page_of(client, eastern_reader_again(), area=looked.west.pk)


def eastern_reader_again() -> User:
    return User.objects.get(username="east_reader")


@pytest.mark.parametrize("name", ["handler", "outsider", "acceptor"])
def test_others_are_refused(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    for path in (URL, f"{URL}export/days/", "/figures/cases/", "/figures/overdue-steps/"):
        assert client.get(path).status_code == 403


def test_before_the_first_night_the_page_says_so(cast: Cast, client: Client) -> None:
    assert "还没有预测结果" in page_of(client, cast.supervisor)
    assert client.get(f"{URL}export/days/").status_code == 404


def test_a_young_city_is_told_to_wait(cast: Cast, client: Client) -> None:
    history(cast, days=20)
    with clock.at(MORNING):
        services.take_snapshot(cast.tenant)
    assert "登记未满八周" in page_of(client, cast.supervisor)


@pytest.mark.parametrize("table", ["days", "rising", "hot_spot", "repeated"])
def test_tables_leave_as_xlsx_and_the_log_knows(looked: Cast, client: Client, table: str) -> None:
    client.force_login(looked.supervisor)
    answer = client.get(f"{URL}export/{table}/")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet.max_row >= (1 if table == "hot_spot" else 2)
    assert AuditEntry.objects.filter(action="figures.exported").exists()
    assert client.get(f"{URL}export/secrets/").status_code == 404


@pytest.mark.parametrize(
    "query", ["area=x", "unit=-1", "day=nope", "page=99999999999", "kind=';--", "address=%00"]
)
def test_rubbish_in_the_address_breaks_nothing(cast: Cast, client: Client, query: str) -> None:
    client.force_login(cast.supervisor)
    assert client.get(f"/figures/cases/?{query}").status_code == 200
