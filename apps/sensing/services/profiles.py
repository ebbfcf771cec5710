"""Kinds of devices, written as data by people. Source: IO-17."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.assets.models import AssetClass
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.sensing import permissions
from apps.sensing.enums import OPEN_PROFILE, FieldKind
from apps.sensing.models import Datastream, DeviceProfile, ProfileField
from apps.sensing.signals import ProfileSaved, profile_saved

_ADD_SERIES = """
    insert into sensing_datastream (device_id, field_id)
    select device.id, field.id from sensing_device device
    join sensing_profilefield field using (profile_id)
    where device.profile_id = %s
        and device.profile_id not in (select id from sensing_deviceprofile where code = %s)
    on conflict do nothing
"""


@dataclass(frozen=True)
class FieldSpec:
    """One field as it shall be; see ``ProfileField``."""

    code: str
    name: str
    unit: str = ""
    kind: str = FieldKind.NUMBER
    precision: int = 1
    low: float | None = None
    high: float | None = None
    max_step: float | None = None
    stuck_after_s: int = 0
    choices: dict[str, str] = field(default_factory=dict)
    fault_values: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ProfileSpec:
    """A profile as it shall be; see ``DeviceProfile``."""

    code: str
    name: str
    link: str
    report_every_s: int
    offline_after_s: int
    late_after_s: int
    fields: Sequence[FieldSpec]
    description: str = ""
    asset_class: str = ""
    is_active: bool = True


@transaction.atomic
def save_profile(
    actor: Actor, *, spec: ProfileSpec, profile_id: int | None = None
) -> DeviceProfile:
    """Will write a profile with its fields, new or over the one given; audited with both sides.

    Devices there are get series for new fields, but for those of the open kind, which bring
    their own (``series``). Locks the profile; ``profile_saved`` goes out within the transaction.
    Raises: NotAllowed; NotFound; InvalidInput (field "code", "offline_after_s", "asset_class",
        "fields"); Refused (a field in use is taken away or becomes another kind).
    """
    permissions.require_keep_profiles(actor)
    _check(spec)
    profile = _locked(profile_id) if profile_id is not None else DeviceProfile()
    if DeviceProfile.objects.filter(code=spec.code).exclude(pk=profile.pk).exists():
        raise InvalidInput(_("代码“%(code)s”已被使用") % {"code": spec.code}, field="code")
    before = _told(profile) if profile.pk else {}
    for name, value in asdict(spec).items():
        if name != "fields":
            setattr(profile, name, value)
    profile.save()
    _write_fields(profile, spec.fields)
    with connection.cursor() as cursor:
        cursor.execute(_ADD_SERIES, [profile.pk, OPEN_PROFILE])
    audit.record(
        actor,
        "device_profile.changed" if before else "device_profile.created",
        object_type="device_profile",
        object_id=profile.pk,
        object_label=profile.name,
        data=audit.document_changes(before, _told(profile)),
    )
    profile_saved.send(DeviceProfile, saved=ProfileSaved(profile.pk))
    return profile


def _locked(profile_id: int) -> DeviceProfile:
    profile = DeviceProfile.objects.select_for_update().filter(pk=profile_id).first()
    if profile is None:
        raise NotFound(_("没有这种设备型号"))
    return profile


def _check(spec: ProfileSpec) -> None:
    if spec.report_every_s < 1:
        raise InvalidInput(_("上报周期至少 1 秒"), field="report_every_s")
    if spec.offline_after_s < spec.report_every_s:
        raise InvalidInput(_("离线时限不能短于上报周期"), field="offline_after_s")
    known = AssetClass.objects.filter(code=spec.asset_class)
    if spec.asset_class and not known.exists():
        raise InvalidInput(
            _("没有代码为“%(code)s”的部件类别") % {"code": spec.asset_class}, field="asset_class"
        )
    codes = [one.code for one in spec.fields]
    if not codes:
        raise InvalidInput(_("至少要有一个字段"), field="fields")
    if len(set(codes)) < len(codes):
        raise InvalidInput(_("字段代码不能重复"), field="fields")
    for one in spec.fields:
        _check_field(one)


def _check_field(one: FieldSpec) -> None:
    if one.low is not None and one.high is not None and one.low >= one.high:
        raise InvalidInput(
            _("字段“%(name)s”的合理下限须小于上限") % {"name": one.name}, field="fields"
        )
    if one.kind == FieldKind.CATEGORY and not one.choices:
        raise InvalidInput(
            _("字段“%(name)s”是类别，须写明取值") % {"name": one.name}, field="fields"
        )


def _write_fields(profile: DeviceProfile, specs: Sequence[FieldSpec]) -> None:
    standing = {one.code: one for one in profile.fields.all()}
    used = set(Datastream.objects.filter(field__profile=profile).values_list("field_id", flat=True))
    for code in standing.keys() - {spec.code for spec in specs}:
        _refuse_in_use(standing[code], used)
        standing[code].delete()
    for place, spec in enumerate(specs):
        row = standing.get(spec.code) or ProfileField(profile=profile, code=spec.code)
        if row.pk and row.kind != spec.kind:
            _refuse_in_use(row, used)
        for name, value in asdict(spec).items():
            setattr(row, name, value)
        row.position = place
        row.save()


def _refuse_in_use(row: ProfileField, used: set[int]) -> None:
    if row.pk in used:
        raise Refused(
            _("字段“%(name)s”已有设备上报，不能删除或改变类型") % {"name": row.name},
            code="field_in_use",
            field="fields",
        )


def _told(profile: DeviceProfile) -> dict[str, Any]:
    names = [one for one in ProfileSpec.__dataclass_fields__ if one != "fields"]
    own = audit.snapshot(profile, *names)
    fields = profile.fields.all()
    return own | {
        "fields": {f.code: audit.snapshot(f, *FieldSpec.__dataclass_fields__) for f in fields}
    }
