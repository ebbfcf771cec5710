"""Filings, tests that are due, and who is told of what is late; the inventory of cryptography."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import ciphers, clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.evidence import services
from apps.evidence.models import Filing
from apps.evidence.services import NewFiling, NewFinding, NewTest
from apps.notices.models import Notice
from tests.cast import Cast
from tests.evidence.factories import administrator
from tests.gateway.factories import issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(cast: Cast) -> User:
    return administrator(cast, "security_admin")


def filing(owner: User, **more: Any) -> NewFiling:
    today = clock.today()
    said = {
        "system": "城市云脑", "grade": 3, "number": "370200-2026-001", "authority": "市公安局",
        "graded_on": today, "filed_on": today, "owner": owner,
        "next_on": today + timedelta(days=365),
    }  # fmt: skip
    return NewFiling(**said | more)


def told(person: User) -> list[str]:
    titles = Notice.objects.filter(recipient=person, kind="compliance").order_by("pk")
    return list(titles.values_list("title", flat=True))


def finding(keeper: User, person: User | None, severity: str = "high") -> None:
    new = NewFinding(
        title="弱口令", detail="", clause="", source="test", severity=severity,
        owner="" if person else "外包单位", responsible=person,
    )  # fmt: skip
    services.add_finding(keeper, new=new)


def test_a_late_finding_is_told_to_the_person_her_leader_and_the_keepers(
    cast: Cast, keeper: User
) -> None:
    finding(keeper, cast.handler)
    services.remind()
    assert told(cast.handler) == []
    with clock.at(clock.now() + timedelta(hours=20)):
        for _hour in range(2):
            services.remind()
    assert told(cast.handler) == ["整改即将到期：弱口令"]
    with clock.at(clock.now() + timedelta(hours=25)):
        for _hour in range(2):
            services.remind()
    assert told(cast.handler)[1:] == ["整改逾期：弱口令"]
    assert told(cast.head) == ["整改逾期：弱口令"]
    assert "整改逾期：弱口令" in told(keeper)
    assert told(cast.handler_west) == []


def test_a_test_is_due_each_quarter_and_told_once_a_week(cast: Cast, keeper: User) -> None:
    for _twice in range(2):
        services.remind()
    assert told(keeper).count("应做：第三方渗透测试与审计") == 1
    new = NewTest(kind="outside", done_on=clock.today(), done_by="测评中心", result="无高危")
    done = services.note_test(keeper, new=new)
    assert (done.next_on - done.done_on).days == 92
    with clock.at(clock.now() + timedelta(days=60)):
        services.remind()
    assert told(keeper).count("应做：第三方渗透测试与审计") == 1
    with clock.at(clock.now() + timedelta(days=86)):
        services.remind()
    assert told(keeper).count("应做：第三方渗透测试与审计") == 2


def test_a_filing_replaces_the_one_before_and_its_review_is_told(cast: Cast, keeper: User) -> None:
    first = services.add_filing(keeper, new=filing(cast.head, grade=2))
    second = services.add_filing(keeper, new=filing(cast.head))
    first.refresh_from_db()
    assert first.ended_at is not None
    entry = AuditEntry.objects.filter(action="filing.entered").latest("pk")
    assert (entry.data["before"]["grade"], entry.data["after"]["grade"]) == (2, 3)
    with clock.at(clock.now() + timedelta(days=340)):
        services.remind()
    assert told(cast.head) == ["定级备案待复核：城市云脑"]
    services.end_filing(keeper, filing_id=second.pk)
    assert not Filing.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"system": " "}, "system"),
        ({"grade": 6}, "grade"),
        ({"graded_on": date(2999, 1, 1)}, "graded_on"),
        ({"filed_on": date(2000, 1, 1)}, "filed_on"),
        ({"number": ""}, "number"),
        ({"next_on": date(2000, 1, 1)}, "next_on"),
    ],
)
def test_a_wrong_filing_names_its_field(
    cast: Cast, keeper: User, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.add_filing(keeper, new=filing(cast.head, **more))
    assert refusal.value.field == field
    with pytest.raises(NotAllowed):
        services.add_filing(cast.handler, new=filing(cast.head))


def test_the_pages_keep_and_show_them(cast: Cast, keeper: User, client: Client) -> None:
    client.force_login(cast.handler)
    assert client.get("/evidence/board/filings/").status_code == 403
    assert client.get("/evidence/ciphers/").status_code == 403
    client.force_login(keeper)
    today, page = clock.today(), "/evidence/board/filings/"
    form = {
        "system": "城市云脑", "grade": 3, "graded_on": today, "filed_on": today, "number": "A1",
        "authority": "市公安局", "owner": cast.head.pk, "next_on": today,
    }  # fmt: skip
    assert client.post(page, form).status_code == 422
    assert client.post(page, form | {"next_on": today + timedelta(days=9)}).status_code == 302
    test = {
        "what": "test",
        "kind": "risk",
        "done_on": today,
        "done_by": "测评中心",
        "result": "可控",
    }
    assert client.post(page, test | {"result": "可控"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "市公安局" in shown
    assert "测评中心" in shown


def test_the_inventory_is_told_by_the_apps(cast: Cast, keeper: User, client: Client) -> None:
    program, _key = issue(name="水务平台")
    services.active_key()
    uses = {str(use.purpose): use for use in ciphers.all_uses()}
    key = uses["接口客户端“水务平台”的密钥摘要"]
    assert (key.algorithm, key.national, key.has_national) == ("SHA-256", "SM3", False)
    assert any(name.startswith("检查点签名") for name in uses)
    client.force_login(keeper)
    assert "水务平台" in client.get("/evidence/ciphers/").content.decode()
    answer = client.get("/evidence/ciphers/export/")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    rows = list(load_workbook(io.BytesIO(content)).active.values)
    assert len(rows) == len(uses) + 1
    assert AuditEntry.objects.get(action="ciphers.exported").data["rows"] == len(uses)
    assert program.keys.get().digest not in str(rows)
