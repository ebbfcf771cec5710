"""The burden meter: what the city holds is never asked again without a reason. GR-12."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.governance import burden
from apps.governance.burden import AskedForm, Fact
from apps.governance.enums import AskedAgainFor
from apps.governance.models import AskedReason, FormCount
from apps.governance.selectors import burden as reads
from apps.governance.selectors.written_forms import written_forms
from apps.governance.services import burden as services
from apps.matters.models import MatterType
from apps.matters.services import publish_version, save_draft
from tests.cast import Cast

FIXTURES = Path(__file__).parents[2] / "fixtures"
FACTS = [
    Fact("姓名", "text", "人员"),
    Fact("身份证号码", "id_number", "人员"),
    Fact("电话", "phone", "人员"),
    Fact("备注", "longtext", "人员"),
]


def field(name: str, label: str, kind: str = "text") -> dict[str, Any]:
    return {"name": name, "label": label, "type": kind}


def form(*fields: dict[str, Any], is_source: bool = False) -> AskedForm:
    return AskedForm("matter:x", "表", fields, is_source)


def with_form(cast: Cast, *fields: dict[str, Any]) -> None:
    matter = MatterType.objects.get(code="hotline.demand")
    assert matter.current_version is not None
    body = matter.current_version.body | {"form": {"fields": list(fields)}}
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=body)
    publish_version(SYSTEM, version_id=draft.pk)


@pytest.mark.parametrize(
    ("entry", "is_held"),
    [
        (field("mother", "母亲姓名"), True),
        (field("id", "监护人身份证号", "id_number"), True),
        (field("mobile", "联系电话", "phone"), True),
        (field("note", "办理备注", "longtext"), False),
        (field("depth", "积水深度", "integer"), False),
    ],
)
def test_a_field_asks_a_held_fact_by_its_label(entry: dict[str, Any], is_held: bool) -> None:
    meter = burden.measure(form(entry), FACTS, {})

    assert bool(meter.offences) is is_held


def test_a_reason_takes_the_offence_away_and_the_register_commits_none() -> None:
    asked = form(field("mother", "母亲姓名"), field("kind", "类别", "choice"))
    meter = burden.measure(asked, FACTS, {"mother": ("confirm", "预填后确认")})

    assert (meter.asked, meter.typed, meter.held, meter.prefilled) == (2, 1, 1, 1)
    assert meter.offences == []
    source = burden.measure(form(field("name", "姓名"), is_source=True), FACTS, {})
    assert (source.held, source.prefilled) == (0, 1)


def shipped_forms() -> list[AskedForm]:
    """Every form that comes with the product, as the city begins with them."""
    found = []
    matters = json.loads((FIXTURES / "guides" / "matters.json").read_text("utf-8"))["matters"]
    matters += [
        json.loads((FIXTURES / app / name).read_text("utf-8"))
        for app, name in (
            ("governance", "dispute.json"),
            ("grid", "matter.json"),
            ("inspection", "matter.json"),
        )
    ]
    for matter in matters:
        fields = matter["body"].get("form", {}).get("fields", [])
        found.append(AskedForm(f"matter:{matter['code']}", matter["name"], fields))
    return [*found, *written_forms()]


@pytest.mark.django_db
def test_no_shipped_form_asks_again_without_saying_why() -> None:
    """Give the reason in fixtures/governance/reasons.json, or leave the field out."""
    shipped = json.loads((FIXTURES / "governance" / "reasons.json").read_text("utf-8"))
    facts = reads.facts()
    offences = [
        f"{one.code}.{asked.name}（{asked.label}）"
        for one in shipped_forms()
        for asked in burden.measure(
            one, facts, {name: tuple(why) for name, why in shipped.get(one.code, {}).items()}
        ).offences
    ]

    assert offences == []


def test_a_form_that_asks_again_is_shown_until_a_reason_is_given(governed: Cast) -> None:
    with_form(governed, field("who", "住户姓名"), field("depth", "积水深度", "integer"))
    code = "matter:hotline.demand"

    def offences() -> int:
        meter = reads.find_meter(governed.tenant, code)
        assert meter is not None
        return len(meter.offences)

    def give(name: str, actor: Any = governed.clerk, text: str = "以实际住户为准") -> AskedReason:
        return services.give_reason(
            actor,
            tenant=governed.tenant,
            form=code,
            field=name,
            kind=AskedAgainFor.CHANGED,
            text=text,
        )

    assert offences() == 1
    with pytest.raises(NotAllowed):
        give("who", governed.mediator)
    with pytest.raises(InvalidInput):
        give("nothing")
    with pytest.raises(Refused):
        give("depth")
    give("who")
    give("who", text="以当面核对为准")
    assert offences() == 0
    assert AskedReason.objects.filter(ended_at__isnull=True).count() == 1


def test_each_version_of_a_form_keeps_its_count(governed: Cast, client: Client) -> None:
    client.force_login(governed.clerk)
    with_form(governed, field("who", "住户姓名"))
    client.post(reverse("governance:burden-count"))
    client.post(reverse("governance:burden-count"))
    with_form(governed, field("who", "住户姓名"), field("depth", "积水深度", "integer"))
    client.post(reverse("governance:burden-count"))

    found = FormCount.objects.filter(form="matter:hotline.demand")
    assert sorted(found.values_list("asked", flat=True)) == [1, 2]
    page = client.get(reverse("governance:burden")).content.decode()
    assert "热线" in page or "民生诉求" in page
    one = reverse("governance:form-burden", args=["matter:hotline.demand"])
    assert "没有说明理由" in client.get(one).content.decode()
    client.post(one, {"field": "who", "kind": "changed", "text": "当面核对"})
    assert "当面核对" in client.get(one).content.decode()
    client.force_login(governed.mediator)
    assert client.get(reverse("governance:burden")).status_code == 403


def test_forms_written_in_code_are_counted(governed: Cast, client: Client) -> None:
    found = {form.code: form for form in reads.forms(governed.tenant)}
    caller = found["page:governance.forms.disputes.PartyForm"]
    assert {"name", "phone", "id_number"} <= {entry["name"] for entry in caller.fields}
    assert "page:registry.forms.files.FileFilterForm" not in found
    assert not any(code.startswith("page:accounts") for code in found)
    assert found["page:registry.forms.files.LinkForm"].is_source
    client.force_login(governed.clerk)
    page = client.get(reverse("governance:form-burden", args=[caller.code])).content.decode()
    assert "都是身份证号码" in page


@pytest.mark.parametrize(
    ("label", "kind", "why"),
    [
        ("姓名", "text", "名称相同"),
        ("母亲姓名", "text", "“母亲姓名”以“姓名”结尾"),
        ("手机", "phone", "“手机”即“电话”"),
        ("监护人手机", "phone", "“手机”即“电话”，“监护人电话”以“电话”结尾"),
        ("本人证件", "id_number", "都是身份证号码"),
        ("颜色", "text", ""),
    ],
)
def test_likeness_says_why(label: str, kind: str, why: str) -> None:
    meter = burden.measure(form(field("x", label, kind)), FACTS, {})
    assert [asked.why for asked in meter.fields] == [why]
