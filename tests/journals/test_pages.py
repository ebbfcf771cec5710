"""The pages of logs, and who sees what on them (OP-07)."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.journals.models import Host, LineRule
from tests.alarms.factories import asset
from tests.cast import Cast
from tests.journals import factories as make


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reader(cast: Cast) -> Client:
    make.host(cast, "web-01")
    make.host(cast, "far", west=True)
    make.lines("web-01", "上游连接超时", "<script>alert(1)</script>", request="r-7")
    make.lines("web-01", "启动完成", level="info", program="beat")
    make.lines("far", "西区上游连接超时")
    return signed_in(make.person("reader", "reader", cast.east_works))


def test_a_reader_searches_narrows_and_exports(cast: Cast, reader: Client) -> None:
    page = reader.get("/journals/").content.decode()
    assert "上游连接超时" in page
    assert "西区上游" not in page
    assert "<script>alert" not in page
    assert "r-7" in page
    found = reader.get("/journals/", {"q": "连接超时", "level": "3"})
    assert [line.text for line, _host in found.context["rows"]] == ["上游连接超时"]
    assert found.context["total"] == 1
    assert reader.get("/journals/", {"host": "far"}).context["total"] == 0
    assert [line.program for line, _host in reader.get(
        "/journals/", {"program": "beat"}).context["rows"]] == ["beat"]  # fmt: skip
    wrong = reader.get("/journals/", {"q": "a", "level": "x", "since": "never"})
    assert wrong.status_code == 422
    assert "请至少输入两个字" in wrong.content.decode()
    sheet = load_workbook(BytesIO(reader.get("/journals/export/?q=连接超时").getvalue())).active
    rows = [row[1:5] for row in sheet.iter_rows(values_only=True)]
    assert ("web-01", "gateway", "错误", "上游连接超时") in rows
    assert AuditEntry.objects.filter(action="log_lines.exported").count() == 1


def test_the_report_counts_by_program_and_the_pages_are_empty_where_nothing_is(
    cast: Cast, reader: Client
) -> None:
    page = reader.get("/journals/report/")
    assert [(r["program"], r["grave"], r["total"]) for r in page.context["rows"]] == [
        ("gateway", 2, 2), ("beat", 0, 1),
    ]  # fmt: skip
    sheet = load_workbook(BytesIO(reader.get("/journals/report/export/").getvalue())).active
    assert "gateway" in [row[1] for row in sheet.iter_rows(values_only=True)]
    for path in ("deviations/", "rules/"):
        assert "<table" not in reader.get(f"/journals/{path}").content.decode()
    assert reader.get("/journals/rules/new/").status_code == 403
    assert signed_in(cast.outsider).get("/journals/").status_code == 403
    assert Client().get("/journals/").status_code == 302


def test_a_keeper_writes_a_rule_and_says_what_a_host_is(cast: Cast, reader: Client) -> None:
    keeper = signed_in(make.person("keeper", "keeper", cast.east_works))
    told = {
        "name": "超时", "area": cast.east.pk, "words": "超时", "level": 4, "count": 2,
        "minutes": 5, "alarm_level": 2, "is_active": "on",
    }  # fmt: skip
    assert keeper.post("/journals/rules/new/", told | {"words": "x"}).status_code == 422
    assert keeper.post("/journals/rules/new/", told).status_code == 302
    rule = LineRule.objects.get()
    assert "超时" in keeper.get("/journals/rules/").content.decode()
    neighbour = signed_in(make.person("neighbour", "keeper", cast.west_works))
    assert neighbour.get(f"/journals/rules/{rule.pk}/").status_code == 404

    host = Host.objects.get(name="web-01")
    thing = asset(cast)
    given = {"area": cast.east.pk, "asset": thing.code}
    assert keeper.post(f"/journals/hosts/{host.pk}/", given | {"asset": "1"}).status_code == 422
    keeper.post(f"/journals/hosts/{host.pk}/", given)
    host.refresh_from_db()
    assert host.asset == thing
    entry = AuditEntry.objects.get(action="log_host.changed")
    assert entry.data["before"]["asset_id"] is None
    assert neighbour.get(f"/journals/hosts/{host.pk}/").status_code == 404
