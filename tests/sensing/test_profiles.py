"""Kinds of devices, written as data."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.sensing import services
from apps.sensing.models import DeviceProfile
from apps.sensing.services import FieldSpec, ProfileSpec
from tests.cast import Cast
from tests.sensing.factories import device, person

SPEC = ProfileSpec(
    code="radon",
    name="氡气监测",
    link="nb_iot",
    report_every_s=600,
    offline_after_s=3600,
    late_after_s=1200,
    fields=[FieldSpec("radon", "氡浓度", "Bq/m³", low=0, high=5000)],
)


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("profiles", "profile_keeper", cast.center)


def test_a_new_kind_needs_no_code(keeper: User) -> None:
    made = services.save_profile(keeper, spec=SPEC)
    assert [str(field) for field in made.fields.all()] == ["氡浓度（Bq/m³）"]
    assert AuditEntry.objects.filter(action="device_profile.created").exists()


def test_a_new_field_reaches_devices_that_stand(keeper: User) -> None:
    made = services.save_profile(keeper, spec=replace(SPEC, asset_class=""))
    services.save_profile(keeper, spec=replace(SPEC, asset_class=""), profile_id=made.pk)
    air = device()
    fields = [*_fields_of(air.profile), FieldSpec("benzene", "苯", "μg/m³")]
    spec = replace(SPEC, code="air", name="空气", fields=fields)
    services.save_profile(keeper, spec=spec, profile_id=air.profile_id)
    assert air.series.filter(field__code="benzene").count() == 1
    entry = AuditEntry.objects.filter(action="device_profile.changed").latest("pk")
    assert entry.data["before"]["name"] == "空气质量监测站"
    assert entry.data["after"]["name"] == "空气"


def test_a_field_in_use_stays(keeper: User) -> None:
    air = device().profile
    spec = replace(SPEC, code="air", fields=_fields_of(air)[1:])
    with pytest.raises(Refused):
        services.save_profile(keeper, spec=spec, profile_id=air.pk)
    changed = [replace(_fields_of(air)[0], kind="boolean"), *_fields_of(air)[1:]]
    with pytest.raises(Refused):
        services.save_profile(keeper, spec=replace(spec, fields=changed), profile_id=air.pk)
    assert air.fields.count() == 8


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "air"}, "code"),
        ({"offline_after_s": 5}, "offline_after_s"),
        ({"report_every_s": 0}, "report_every_s"),
        ({"asset_class": "9999"}, "asset_class"),
        ({"fields": []}, "fields"),
        ({"fields": [FieldSpec("a", "甲"), FieldSpec("a", "乙")]}, "fields"),
        ({"fields": [FieldSpec("a", "甲", low=2, high=1)]}, "fields"),
        ({"fields": [FieldSpec("a", "甲", kind="category")]}, "fields"),
    ],
)
def test_what_is_no_profile(keeper: User, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.save_profile(keeper, spec=replace(SPEC, **wrong))
    assert refusal.value.field == field
    assert not DeviceProfile.objects.filter(name="氡气监测").exists()


def test_only_who_keeps_profiles(cast: Cast) -> None:
    reader = person("reader", "device_reader", cast.center)
    with pytest.raises(NotAllowed):
        services.save_profile(reader, spec=SPEC)
    client = Client()
    client.force_login(reader)
    assert client.get("/devices/profiles/air/").status_code == 200
    assert client.get("/devices/profiles/new/").status_code == 403
    assert client.post("/devices/profiles/air/", {}).status_code == 403


def test_the_editor_writes_what_it_is_given(keeper: User) -> None:
    client = Client()
    client.force_login(keeper)
    page = client.get("/devices/profiles/new/")
    assert page.status_code == 200
    form = {
        "code": "radon", "name": "氡气监测", "link": "nb_iot", "report_every_s": 600,
        "offline_after_s": 3600, "late_after_s": 1200, "is_active": "on",
        "fields-TOTAL_FORMS": 1, "fields-INITIAL_FORMS": 0, "fields-0-code": "state",
        "fields-0-name": "状态", "fields-0-kind": "category", "fields-0-precision": 0,
        "fields-0-stuck_after_s": 0, "fields-0-choices": "ok=正常；bad=故障",
        "fields-0-fault_values": "bad",
    }  # fmt: skip
    wrong = client.post("/devices/profiles/new/", form | {"fields-0-choices": "只有名称"})
    assert wrong.status_code == 422
    assert client.post("/devices/profiles/new/", form).status_code == 302
    (field,) = DeviceProfile.objects.get(code="radon").fields.all()
    assert (field.choices, field.fault_values) == ({"ok": "正常", "bad": "故障"}, ["bad"])
    again = client.get("/devices/profiles/radon/").content.decode()
    assert "ok=正常;bad=故障" in again
    assert client.get("/devices/profiles/nothing/").status_code == 404


def _fields_of(profile: DeviceProfile) -> list[FieldSpec]:
    names = FieldSpec.__dataclass_fields__
    return [FieldSpec(**{n: getattr(f, n) for n in names}) for f in profile.fields.all()]
