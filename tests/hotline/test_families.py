"""The own forms of the three complaint families, and who may read what of them (HL-03)."""

import uuid
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput
from apps.hotline.enums import ComplaintFamily
from apps.hotline.models import Demand, FamilyContent
from apps.hotline.services import register_demand
from apps.matters.models import Case
from tests.cast import Cast
from tests.hotline.citizen.conftest import filled
from tests.hotline.factories import intake

pytestmark = pytest.mark.django_db
SHOP: dict[str, str] = {
    "family": "consumer",
    "family-consumer-merchant": "惠民超市",
    "family-consumer-goods": "电饭锅",
    "family-consumer-amount_yuan": "199.50",
    "family-consumer-bought_on": "2026-01-05",
}
INFORM = {
    "family": "economic",
    "family-economic-subject": "某某商贸公司",
    "family-economic-deed": "fake",
    "family-economic-evidence": "我是仓库保管员，有进货单照片",
}


@pytest.fixture(autouse=True)
def no_waiting(settings: Any, live: str) -> None:
    settings.CITIZEN_MIN_FILL_SECONDS = 0


def test_a_citizen_is_asked_what_the_family_needs(client: Client, cast: Cast) -> None:
    empty = client.get("/citizen/report/").content.decode()
    assert 'data-show-if="family=consumer" hidden' in empty
    url = "/citizen/report/"
    refused = client.post(url, filled(**SHOP | {"family-consumer-goods": ""}))
    assert refused.status_code == 422
    assert "请填写“商品或服务”" in refused.content.decode()
    too_much = client.post(url, filled(**SHOP | {"family-consumer-amount_yuan": "-1"}))
    assert too_much.status_code == 422
    review = client.post(url, filled(step="review", **SHOP)).content.decode()
    assert 'name="family-consumer-merchant" value="惠民超市"' in review
    assert client.post(url, filled(**SHOP)).status_code == 302
    kept = FamilyContent.objects.get().data
    assert (kept["merchant"], kept["bought_on"], kept["wants"]) == ("惠民超市", "2026-01-05", [])
    assert float(kept["amount_yuan"]) == 199.5
    other = {"family-consumer-merchant": "不相干"}
    assert client.post(url, filled(text="路灯不亮请检修", **other)).status_code == 302
    assert FamilyContent.objects.count() == 1


def test_who_reports_an_offence_stays_hidden_and_so_does_the_evidence(
    client: Client, cast: Cast
) -> None:
    assert client.post("/citizen/report/", filled(**INFORM)).status_code == 302
    case = Case.objects.get()
    assert case.is_confidential
    assert Demand.objects.get().is_secret
    page = Client()
    page.force_login(cast.acceptor)
    seen = page.get(f"/cases/{case.pk}/").content.decode()
    assert "某某商贸公司" in seen
    assert "仓库保管员" not in seen
    shown = page.post(f"/hotline/cases/{case.pk}/reveal/", {"purpose": "核对证据"})
    assert "仓库保管员" in shown.content.decode()
    assert AuditEntry.objects.filter(action="hotline.reveal_reporter").count() == 1


def test_the_desk_keeps_what_was_typed_and_the_rest_interface_checks(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.acceptor)
    data = {
        "token": str(uuid.uuid4()),
        "channel": "phone",
        "text": "窗口工作人员推诿",
        "nature": "complaint",
        "priority": "normal",
        "reporter_phone": "13812345678",
        "family": "efficiency",
        "family-efficiency-organ": "东区政务大厅",
    }
    refused = client.post("/hotline/desk/", data)
    assert refused.status_code == 422
    again = client.get("/hotline/desk/").content.decode()
    assert 'value="东区政务大厅"' in again
    whole = data | {"family-efficiency-matter": "办理营业执照", "family-efficiency-staff": "3号"}
    assert client.post("/hotline/desk/", whole).status_code == 302
    assert FamilyContent.objects.get().data["matter"] == "办理营业执照"
    given = intake(family=ComplaintFamily.CONSUMER, family_content={"merchant": "店"})
    with pytest.raises(InvalidInput) as missing:
        register_demand(cast.acceptor, tenant=cast.tenant, intake=given)
    assert missing.value.field == "goods"
    bare = intake(family_content={"merchant": "店"})
    with pytest.raises(InvalidInput) as stray:
        register_demand(cast.acceptor, tenant=cast.tenant, intake=bare)
    assert stray.value.field == "family"
