from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit import services
from apps.audit.models import AuditEntry
from apps.common import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client):
    client.force_login(
        User.objects.create(username="auditor", full_name="审计员", is_superuser=True)
    )
    return client


@pytest.fixture
def two_days():
    """An entry at 01:00 of the city's 20th, one at 01:00 of the 21st."""
    for day, name in ((19, "王受理"), (20, "李督查")):
        person = User(pk=day, full_name=name, username=name)
        with clock.at(datetime(2026, 11, day, 17, tzinfo=UTC)):
            services.record(person, "case.dispatched", object_id=day, data={"unit": "路桥"})


def names(answer) -> list[str]:
    assert answer.status_code == 200
    entries = answer.context["entries"]
    return [e.actor_name for e in entries if e.action == "case.dispatched"]


def test_newest_first(auditor, two_days):
    assert names(auditor.get("/audit/")) == ["李督查", "王受理"]


def test_what_a_deed_changed_stands_side_by_side(auditor):
    before, after = {"name": "市容科", "phone": ""}, {"name": "市容管理科", "phone": "12345"}
    data = services.changes(before, after) | {"reason": "机构改革"}
    services.record(services.SYSTEM, "organization.updated", data=data)
    entry = AuditEntry.objects.get(action="organization.updated")
    assert entry.differences[0] == ("name", "市容科", "市容管理科")
    assert entry.facts == {"reason": "机构改革"}
    page = " ".join(auditor.get("/audit/").content.decode().split())
    assert "市容科 <span aria-hidden" in page
    assert "机构改革" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("actor=王受理", ["王受理"]),
        ("action=case", ["李督查", "王受理"]),
        ("action=case.closed", []),
        ("object_id=20", ["李督查"]),
        ("from_on=2026-11-21", ["李督查"]),
        ("to_on=2026-11-20", ["王受理"]),
        ("from_on=2026-11-20&to_on=2026-11-20", ["王受理"]),
    ],
)
def test_search(auditor, two_days, query, found):
    assert names(auditor.get(f"/audit/?{query}")) == found


def test_older_ones_by_the_last_id(auditor, two_days):
    newest = AuditEntry.objects.get(actor_name="李督查")
    assert names(auditor.get(f"/audit/?before={newest.pk}")) == ["王受理"]


def test_nothing_found_is_told(auditor):
    assert "没有符合条件的记录" in auditor.get("/audit/?actor=无此人").content.decode()


def test_wrong_days_are_told(auditor):
    answer = auditor.get("/audit/?from_on=2026-11-21&to_on=2026-11-20")
    assert "截止日期早于起始日期" in answer.content.decode()


def test_export_is_what_was_searched_and_is_logged(auditor, two_days):
    answer = auditor.get("/audit/export/?actor=王受理")
    sheet = load_workbook(BytesIO(b"".join(answer))).active
    assert [row[1] for row in sheet.iter_rows(values_only=True)] == ["操作人", "王受理"]
    entry = AuditEntry.objects.get(action="audit.exported")
    assert (entry.actor_name, entry.data) == ("审计员", {"actor": "王受理"})
    answer.close()


@pytest.mark.parametrize("address", ["/audit/", "/audit/export/"])
def test_others_may_not_look(client, address):
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create(username="clerk", full_name="受理员"))
    assert client.get(address).status_code == 403


def test_request_leaves_its_address_and_number(auditor):
    answer = auditor.get("/audit/export/", REMOTE_ADDR="10.1.2.3")
    entry = AuditEntry.objects.get(action="audit.exported")
    assert (entry.ip, entry.request_id) == ("10.1.2.3", answer["X-Request-Id"])
    answer.close()
