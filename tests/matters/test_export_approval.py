"""A long export leaves only with another person's leave, and within what was agreed to."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.matters.exporting import EXPORT_CASES
from tests.accounts.factories import make_person
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
EXPORT = "/cases/queue/all/export/?tab=open"
ASK = "/cases/queue/all/export-request/?tab=open"


@pytest.fixture(autouse=True)
def one_is_the_limit(settings: Any) -> None:
    settings.EXPORT_ALONE_LIMIT = 1


@pytest.fixture
def leader(cast: Cast) -> User:
    return make_person("accounts.approve_exports", organization=cast.center, full_name="马领导")


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    content = b"".join(answer.streaming_content)
    return list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))


def asked(cast: Cast) -> HeldChange:
    as_(cast.supervisor).post(ASK, {"reason": "年度督查分析"})
    return HeldChange.objects.get(act=EXPORT_CASES)


def approve(leader: User, held: HeldChange) -> None:
    approvals.approve_change(leader, change_id=held.pk, digest=held.digest)


def test_few_cases_are_exported_alone(cast: Cast) -> None:
    make.registered(cast)
    rows = rows_of(as_(cast.supervisor).get(EXPORT))
    assert "周正" in rows[-1][0]
    assert len(rows) == 3


def test_many_are_asked_for(cast: Cast, leader: User) -> None:
    make.registered(cast)
    make.registered(cast)
    answer = as_(cast.supervisor).get(EXPORT)
    assert (answer.status_code, answer["Location"]) == (302, ASK)
    assert "超过 1 件" in as_(cast.supervisor).get(ASK).content.decode()
    assert not AuditEntry.objects.filter(action="cases.exported").exists()
    held = asked(cast)
    address = f"{EXPORT}&approved={held.pk}"
    assert as_(cast.supervisor).get(address).status_code == 404
    page = as_(leader).get(f"/people/approvals/{held.pk}/").content.decode()
    assert "最多 2 件" in page
    assert "年度督查分析" in page


def test_once_approved_its_maker_downloads_within_a_day(cast: Cast, leader: User) -> None:
    numbers = {make.registered(cast).number, make.registered(cast).number}
    held = asked(cast)
    approve(leader, held)
    make.registered(cast)  # came later: nobody agreed to it
    page = as_(cast.supervisor).get(f"/people/approvals/{held.pk}/").content.decode()
    address = f"{EXPORT}&approved={held.pk}&"
    assert address.replace("&", "&amp;") in page
    rows = rows_of(as_(cast.supervisor).get(address))
    assert {row[0] for row in rows[1:-1]} == numbers
    assert "马领导" in rows[-1][0]
    assert AuditEntry.objects.get(action="cases.exported").data["checker"] == "马领导"
    with clock.at(clock.now() + timedelta(hours=25)):
        late = as_(cast.supervisor)
        assert late.get(address).status_code == 409


def test_the_leave_is_for_its_maker_and_its_pile_only(cast: Cast, leader: User) -> None:
    make.registered(cast)
    make.registered(cast)
    held = asked(cast)
    approve(leader, held)
    address = f"{EXPORT}&approved={held.pk}"
    other = make_person(
        "matters.export_cases",
        "matters.supervise_case",
        "matters.view_tenant_cases",
        organization=cast.center,
    )
    assert as_(other).get(address).status_code == 404
    assert as_(cast.supervisor).get(f"{address}&q=路").status_code == 403
    assert as_(cast.supervisor).get(f"{EXPORT}&approved=999999").status_code == 404


def test_without_anybody_to_agree_it_is_not_filed(cast: Cast) -> None:
    make.registered(cast)
    make.registered(cast)
    answer = as_(cast.supervisor).post(ASK, {"reason": "年度督查分析"})
    assert "审批批量导出" in answer.content.decode()
    assert not HeldChange.objects.exists()


def test_asking_is_for_those_who_may_export(cast: Cast) -> None:
    assert as_(cast.handler).get("/cases/queue/unit/export-request/").status_code == 403
    answer = as_(cast.supervisor).post(ASK, {"reason": " "})
    assert answer.status_code == 200
    assert not HeldChange.objects.exists()
