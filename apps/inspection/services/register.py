"""The register of supervised objects: in, changed, out, and by file (MT-19)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock, imports
from apps.common.credit_code import clean_credit_code
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.phrases import series
from apps.inspection import permissions
from apps.inspection.enums import WITH_CREDIT_CODE, ObjectKind
from apps.inspection.models import ObjectUnit, SupervisedObject
from apps.inspection.services.behaviour import begin_credit, renew_credit
from apps.matters.enums import MatterKind
from apps.matters.models import MatterType
from apps.matters.selectors import in_force
from apps.places.geometry import point
from apps.places.models import Area
from apps.places.selectors import locate

NAME_MAX, ADDRESS_MAX = 120, 200
#: What a file may call the kinds, whatever language its reader works in.
KIND_WORDS = {
    "企业": ObjectKind.FIRM,
    "个人": ObjectKind.PERSON,
    "场所": ObjectKind.PLACE,
    "项目": ObjectKind.PROJECT,
    "设施设备": ObjectKind.THING,
}


def _kind(cell: Any) -> str:
    found = KIND_WORDS.get(str(cell).strip())
    if found is None:
        raise ValueError(_("应为：%s") % series(KIND_WORDS))
    return found


def _degrees(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError) as error:
        raise ValueError(_("应为度数，例如 120.3812")) from error


def _pairs(cell: Any) -> dict[str, str]:
    """Reads "matter=unit; matter=unit", both by their codes."""
    found: dict[str, str] = {}
    for part in re.split(r"[;；\n]", str(cell or "")):
        if not part.strip():
            continue
        subject, equals, unit = part.replace("＝", "=").partition("=")
        if not (equals and subject.strip() and unit.strip()) or subject.strip() in found:
            raise ValueError(_("应为“事项代码=单位代码”，多项以分号隔开，每个事项一次"))
        found[subject.strip()] = unit.strip()
    return found


def pairs_text(supervised: SupervisedObject) -> str:
    """Will write the units by subject of an object as an import file has them."""
    rows = supervised.subject_units.all()
    return "; ".join(f"{row.subject.code}={row.unit.code}" for row in rows)


#: The columns of an import file; the export writes the same ones.
COLUMNS = [
    imports.ImportColumn("kind", "类型", _kind, required=True),
    imports.ImportColumn("name", "名称", imports.text(NAME_MAX), required=True),
    imports.ImportColumn("credit_code", "统一社会信用代码", imports.text(30)),
    imports.ImportColumn("area", "区域代码", imports.text(40), required=True),
    imports.ImportColumn("address", "地址", imports.text(ADDRESS_MAX)),
    imports.ImportColumn("lon", "经度", _degrees),
    imports.ImportColumn("lat", "纬度", _degrees),
    imports.ImportColumn("unit", "监管单位代码", imports.text(60), required=True),
    imports.ImportColumn("subject_units", "分事项监管单位", _pairs),
]


@dataclass(frozen=True)
class NewObject:
    """What the register says of an object. lon, lat: WGS 84 degrees, or both None.

    subject_units: {key of a supervision matter: who answers for it there}; ``unit`` answers for
    all others. None leaves them as they are.
    """

    kind: str
    name: str
    area: Area
    unit: Organization
    credit_code: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    subject_units: Mapping[int, Organization] | None = None


@transaction.atomic
def register_object(actor: Actor, *, tenant: Tenant, new: NewObject) -> SupervisedObject:
    """Will enter an object; its credit begins where the scale says.

    A point decides the area. Raises: NotAllowed; InvalidInput (name, kind, credit_code, area,
        point, unit; a code that is in the register already).
    """
    columns = _columns(tenant, new)
    _require(actor, tenant.pk, columns["area_path"])
    made = SupervisedObject(tenant=tenant, created_at=clock.now(), **columns)
    _save(made)
    _set_units(made, new)
    begin_credit(actor, made)
    _record(actor, "supervised_object.registered", made)
    return made


@transaction.atomic
def change_object(actor: Actor, *, object_id: int, new: NewObject) -> SupervisedObject:
    """Will change what the register says of an object. Locks it.

    Raises: NotFound; NotAllowed (here, or where it moves to); InvalidInput.
    """
    found = lock_object(object_id)
    _require(actor, found.tenant_id, found.area_path)
    columns = _columns(found.tenant, new)
    _require(actor, found.tenant_id, columns["area_path"])
    changed = [name for name, value in columns.items() if getattr(found, name) != value]
    stated = [name for name in columns if name not in ("point", "search_text")]
    before = audit.snapshot(found, *stated)
    for name in changed:
        setattr(found, name, columns[name])
    if changed:
        _save(found)
    if _set_units(found, new):
        changed.append("subject_units")
    if changed:
        after = audit.snapshot(found, *stated)
        said = audit.changes(
            before, after, names=("name",) if found.kind == ObjectKind.PERSON else ()
        )
        _record(actor, "supervised_object.changed", found, fields=sorted(changed), **said)
    return found


@transaction.atomic
def end_object(actor: Actor, *, object_id: int, reason: str) -> SupervisedObject:
    """Will take an object out of supervision; its history stays. Locks it.

    Raises: NotFound; NotAllowed; Refused (out already); InvalidInput (reason).
    """
    found = lock_object(object_id)
    _require(actor, found.tenant_id, found.area_path)
    if not reason.strip():
        raise InvalidInput(_("请填写退出监管的原因"), field="reason")
    if not found.is_active:
        raise Refused(_("该对象已退出监管"))
    found.is_active, found.ended_reason = False, reason.strip()[:200]
    found.save(update_fields=["is_active", "ended_reason"])
    _record(actor, "supervised_object.ended", found, reason=found.ended_reason)
    return found


@transaction.atomic
def resume_object(actor: Actor, *, object_id: int) -> SupervisedObject:
    """Will take an object back under supervision. Locks it.

    Raises: NotFound; NotAllowed; Refused (supervised already).
    """
    found = lock_object(object_id)
    _require(actor, found.tenant_id, found.area_path)
    if found.is_active:
        raise Refused(_("该对象正在监管中"))
    found.is_active, found.ended_reason = True, ""
    found.save(update_fields=["is_active", "ended_reason"])
    renew_credit(actor, found, because=_("恢复监管"))
    _record(actor, "supervised_object.resumed", found)
    return found


def import_objects(
    actor: Actor, *, tenant: Tenant, parsed: imports.Parsed, partial: bool
) -> imports.Report:
    """Will enter the rows of a file: all or nothing, or with ``partial`` those that are right.

    Codes of areas and units are looked up; every row is checked like one typed by hand.
    """
    areas = {a.code: a for a in Area.objects.filter(valid_to=None).defer("boundary")}
    units = {u.code: u for u in Organization.objects.filter(tenant=tenant, is_active=True)}
    subjects = dict(in_force().filter(kind=MatterKind.SUPERVISION).values_list("code", "pk"))

    def write(row: dict[str, Any]) -> None:
        if row["area"] not in areas:
            raise InvalidInput(_("没有代码为“%s”的区域") % row["area"], field="区域代码")
        if row["unit"] not in units:
            raise InvalidInput(_("没有代码为“%s”的单位") % row["unit"], field="监管单位代码")
        new = NewObject(
            kind=row["kind"],
            name=row["name"],
            area=areas[row["area"]],
            unit=units[row["unit"]],
            credit_code=row["credit_code"] or "",
            address=row["address"] or "",
            lon=row["lon"],
            lat=row["lat"],
            subject_units=_named(row["subject_units"] or {}, subjects, units),
        )
        try:
            register_object(actor, tenant=tenant, new=new)
        except DomainError as error:
            error.field = _HEADERS.get(error.field or "", "")
            raise

    report = imports.write_rows(parsed, write=write, partial=partial)
    audit.record(
        actor,
        "supervised_objects.imported",
        data={"saved": report.saved, "errors": len(report.errors)},
    )
    return report


_HEADERS = {column.name: column.header for column in COLUMNS} | {"point": "经度"}


def lock_object(object_id: int) -> SupervisedObject:
    """Will lock an object until commit. Raises: NotFound."""
    found = (
        SupervisedObject.objects.select_for_update(of=("self",))
        .select_related("tenant__area")
        .defer("tenant__area__boundary")
        .filter(pk=object_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个监管对象，或您无权查看"))
    return found


def _columns(tenant: Tenant, new: NewObject) -> dict[str, Any]:
    name = new.name.replace("\x00", "").strip()
    if not name or len(name) > NAME_MAX:
        raise InvalidInput(_("名称应为1到%d个字") % NAME_MAX, field="name")
    if new.kind not in ObjectKind.values:
        raise InvalidInput(_("请选择对象类型"), field="kind")
    code = clean_credit_code(new.credit_code)
    if new.kind == ObjectKind.FIRM and not code:
        raise InvalidInput(_("企业须填写统一社会信用代码"), field="credit_code")
    if code and new.kind not in WITH_CREDIT_CODE:
        raise InvalidInput(_("只有企业和场所填写统一社会信用代码"), field="credit_code")
    if len(new.address) > ADDRESS_MAX:
        raise InvalidInput(_("地址不能超过%s个字") % ADDRESS_MAX, field="address")
    if new.unit.tenant_id != tenant.pk:
        raise InvalidInput(_("监管责任单位不属于本级"), field="unit")
    _check_units(tenant, new.subject_units or {})
    area, spot = _place(tenant, new)
    return {
        "kind": new.kind,
        "name": name,
        "credit_code": code,
        "area": area,
        "area_path": area.path,
        "address": new.address.strip(),
        "point": spot,
        "unit": new.unit,
        "unit_path": new.unit.path,
    }


def _check_units(tenant: Tenant, units: Mapping[int, Organization]) -> None:
    known = MatterType.objects.filter(pk__in=units, kind=MatterKind.SUPERVISION)
    missing = set(units) - set(known.values_list("pk", flat=True))
    foreign = [subject for subject, unit in units.items() if unit.tenant_id != tenant.pk]
    for subject in [*sorted(missing), *foreign]:
        text = _("请选择监管事项") if subject in missing else _("监管责任单位不属于本级")
        raise InvalidInput(text, field=f"unit_{subject}")


def _named(
    pairs: Mapping[str, str], subjects: Mapping[str, int], units: Mapping[str, Organization]
) -> dict[int, Organization]:
    field = "分事项监管单位"
    for subject, unit in pairs.items():
        if subject not in subjects:
            raise InvalidInput(_("没有代码为“%s”的监管事项") % subject, field=field)
        if unit not in units:
            raise InvalidInput(_("没有代码为“%s”的单位") % unit, field=field)
    return {subjects[subject]: units[unit] for subject, unit in pairs.items()}


def _set_units(supervised: SupervisedObject, new: NewObject) -> bool:
    """Makes these the units by subject of a locked object; True where that changed anything.

    A subject for which the object's own unit answers needs no row.
    """
    if new.subject_units is None:
        return False
    wanted = {subject: unit.pk for subject, unit in new.subject_units.items() if unit != new.unit}
    rows = ObjectUnit.objects.filter(supervised=supervised)
    if dict(rows.values_list("subject_id", "unit_id")) == wanted:
        return False
    rows.delete()
    ObjectUnit.objects.bulk_create(
        ObjectUnit(supervised=supervised, subject_id=subject, unit_id=unit)
        for subject, unit in wanted.items()
    )
    return True


def _place(tenant: Tenant, new: NewObject) -> tuple[Area, Any]:
    area, spot = new.area, None
    if (new.lon is None) != (new.lat is None):
        raise InvalidInput(_("经度和纬度须同时填写"), field="point")
    if new.lon is not None and new.lat is not None:
        if not (-180 <= new.lon <= 180 and -90 <= new.lat <= 90):
            raise InvalidInput(_("坐标超出范围"), field="point")
        spot = point(new.lon, new.lat)
        found = locate(spot)
        if found is None:
            raise InvalidInput(_("位置不在城市范围内"), field="point")
        area = found
    if tenant.area is not None and not area.path.startswith(tenant.area.path):
        raise InvalidInput(_("所选区域不在本级范围内"), field="area")
    return area, spot


def _save(row: SupervisedObject) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise InvalidInput(
            _("统一社会信用代码%s已在册") % row.credit_code, field="credit_code"
        ) from error


def _require(actor: Actor, tenant_id: int, area_path: str) -> None:
    permissions.require(actor, permissions.KEEP, tenant_id=tenant_id, area_path=area_path)


def _record(actor: Actor, action: str, row: SupervisedObject, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="supervised_object",
        object_id=row.pk,
        object_label=row.ref,
        data=data,
    )
