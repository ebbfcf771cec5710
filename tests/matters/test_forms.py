"""The matter's own fields on every surface: page, phone, REST, queue, correction, reveal."""

import copy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import forms_data
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters.forms import CaseFilterForm
from apps.matters.models import Case, MatterType
from apps.matters.services import open_case, publish_version, reveal_form, save_draft
from tests.cast import Cast
from tests.flows.steps import photo
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "fields": [
        {
            "name": "kind",
            "label": "井盖类型",
            "type": "choice",
            "required": True,
            "searchable": True,
            "choices": [["rain", "雨水井"], ["power", "电力井"]],
        },
        {
            "name": "depth_cm",
            "label": "下沉深度",
            "type": "integer",
            "min": 0,
            "max": 300,
            "required": True,
            "show_if": {"field": "kind", "in": ["rain"]},
        },
        {"name": "owner_phone", "label": "业主电话", "type": "phone", "masked": True},
        {"name": "spot", "label": "准确位置", "type": "point"},
        {"name": "papers", "label": "材料", "type": "files"},
    ]
}
FILLED = {"kind": "rain", "depth_cm": 12, "owner_phone": "13812345678"}


@pytest.fixture
def asked(cast: Cast) -> Cast:
    """The hotline matter with fields of its own, which may be put right."""
    publish_form("hotline.demand", FORM)
    return cast


def publish_form(code: str, form: dict[str, Any]) -> None:
    matter = MatterType.objects.select_related("current_version").get(code=code)
    assert matter.current_version is not None
    body = copy.deepcopy(matter.current_version.body)
    body["form"] = form
    publish_version(SYSTEM, version_id=save_draft(SYSTEM, matter_type_id=matter.pk, body=body).pk)


def filled(cast: Cast, **more: Any) -> Case:
    return make.registered(cast, form_data=FILLED | more)


def test_case_page_shows_values_with_masks(asked: Cast, client: Client) -> None:
    case = filled(asked)
    client.force_login(asked.acceptor)
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "雨水井" in page
    assert "138****5678" in page
    assert "13812345678" not in page


def test_reveal_is_audited_and_needs_a_purpose(asked: Cast, client: Client) -> None:
    case = filled(asked)
    client.force_login(asked.acceptor)
    url = reverse("matters:form-reveal", args=[case.pk])
    assert client.post(url, {"purpose": ""}).status_code == 422
    assert not AuditEntry.objects.filter(action="case.form_revealed").exists()
    page = client.post(url, {"purpose": "核实业主"}).content.decode()
    assert "13812345678" in page
    entry = AuditEntry.objects.get(action="case.form_revealed")
    assert entry.data == {
        "purpose": "核实业主",
        "area": case.area_path,
        "fields": ["owner_phone"],
    }


def test_reveal_is_for_those_who_handle(asked: Cast) -> None:
    case = filled(asked)
    with pytest.raises(NotAllowed):
        reveal_form(asked.dispatcher, case_id=case.pk, purpose="好奇")


def test_correction_keeps_masked_values_and_tells_what_changed(asked: Cast) -> None:
    case = filled(asked)
    data = {"kind": "rain", "depth_cm": "20", "owner_phone": "", "correction_reason": "重新测量"}
    case = make.act(asked.acceptor, case, "correct_form", data)
    assert case.form_data == FILLED | {"depth_cm": 20, "spot": None, "papers": []}
    event = case.events.latest("seq")
    told = {change["field"]: change for change in event.data["changes"]}
    assert told["depth_cm"] == {
        "field": "depth_cm",
        "label": "下沉深度",
        "before": 12,
        "after": 20,
    }
    assert "owner_phone" not in told


def test_correction_out_of_range_names_the_field(asked: Cast) -> None:
    case = filled(asked)
    data = {"kind": "rain", "depth_cm": "900", "correction_reason": "重新测量"}
    with pytest.raises(InvalidInput) as refusal:
        make.act(asked.acceptor, case, "correct_form", data)
    assert refusal.value.field == "depth_cm"
    assert "下沉深度" in str(refusal.value)


def test_correction_page_takes_files(asked: Cast, client: Client) -> None:
    case = filled(asked)
    client.force_login(asked.acceptor)
    url = reverse("matters:case-action", args=[case.pk, "correct_form"])
    assert "138****5678" in client.get(url).content.decode()
    answer = client.post(
        url,
        {
            "kind": "power",
            "correction_reason": "补充材料",
            "papers": SimpleUploadedFile("现场.jpg", photo()["buffer"]),
        },
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.form_data["papers"][0]["name"] == "现场.jpg"
    assert "depth_cm" not in case.form_data
    file_id = case.form_data["papers"][0]["file"]
    found = client.get(reverse("matters:form-file", args=[case.pk, file_id]))
    assert found.status_code == 200
    assert client.get(reverse("matters:form-file", args=[case.pk, file_id + 1])).status_code == 404


def test_queue_is_narrowed_by_own_fields(asked: Cast) -> None:
    rain = filled(asked)
    filled(asked, kind="power")
    query = {"matter": "hotline.demand", "own_kind": "rain"}
    form = CaseFilterForm(query, viewer=asked.acceptor)
    assert form["own_kind"].label == "井盖类型"
    assert list(form.apply(Case.objects.all())) == [rain]


def test_new_case_page_opens_a_case_with_its_form(asked: Cast, client: Client) -> None:
    MatterType.objects.filter(code="hotline.demand").update(code="works.manhole")
    client.force_login(asked.acceptor)
    assert "民生诉求" in client.get("/cases/new/").content.decode()
    url = reverse("matters:case-new", args=["works.manhole"])
    page = client.get(url)
    assert 'data-show-if="form-kind=rain"' in page.content.decode()
    lon, lat = Cast.inside_east()
    data = {
        "key": "6f0d3f4e-0000-4000-8000-000000000001",
        "title": "井盖下沉",
        "text": "路口井盖下沉",
        "channel": "letter",
        "lon": lon,
        "lat": lat,
        "form-kind": "rain",
    }
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "请填写“下沉深度”" in refused.content.decode()
    redrawn = client.post(url, data | {"step": "refresh"})
    assert redrawn.status_code == 200
    assert "请填写“下沉深度”" not in redrawn.content.decode()
    data |= {"form-depth_cm": "5", "form-spot_lng": lon, "form-spot_lat": lat}
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 302
    case = Case.objects.get()
    assert case.form_data["depth_cm"] == 5
    assert case.form_data["spot"] == {"lng": lon, "lat": lat}


def test_new_case_page_is_for_those_who_register(asked: Cast, client: Client) -> None:
    client.force_login(asked.handler)
    assert client.get("/cases/new/").status_code == 403


def test_rest_publishes_the_schema_and_checks_the_data(asked: Cast, client: Client) -> None:
    client.force_login(asked.acceptor)
    answer = client.get("/api/v1/matters/hotline.demand/form/").json()
    assert answer["schema"]["properties"]["depth_cm"]["maximum"] == 300
    assert client.get("/api/v1/matters/nothing/form/").status_code == 404
    key = client.post(
        "/api/v1/files/", {"file": SimpleUploadedFile("a.jpg", photo()["buffer"])}
    ).json()["key"]
    assert forms_data.read_file_key(key)
    case = filled(asked, papers=[key])
    detail = client.get(f"/api/v1/cases/{case.number}/").json()
    shown = {row["name"]: row["text"] for row in detail["form"]}
    assert shown["owner_phone"] == "138****5678"


def test_open_case_refuses_files_named_by_id(asked: Cast) -> None:
    report = make.new_case(form_data=FILLED | {"papers": [1]})
    with pytest.raises(InvalidInput) as refusal:
        open_case(asked.acceptor, tenant=asked.tenant, report=report)
    assert refusal.value.field == "papers"
