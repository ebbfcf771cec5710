"""Social cameras from a file, row by row. Source: VD-04 (批量导入导出), CO-05."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.assets.services.files import degrees
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import DomainError, InvalidInput
from apps.common.imports import ImportColumn, Parsed, Report, RowError, day, text
from apps.places.geometry import point
from apps.video import permissions
from apps.video.enums import Shape
from apps.video.models import Recorder
from apps.video.services.registering import CameraSpec, register_camera


def number(cell: Any) -> float:
    """Will convert a cell to a number; raises ValueError with a message."""
    try:
        return float(cell)
    except (TypeError, ValueError) as error:
        raise ValueError(str(_("应为数字"))) from error


def whole(cell: Any) -> int:
    """Will convert a cell to a whole number; raises ValueError with a message."""
    found = number(cell)
    if found != int(found):
        raise ValueError(str(_("应为整数")))
    return int(found)


def yes_no(cell: Any) -> bool:
    """Will convert 是 or 否; raises ValueError with a message."""
    told = str(cell).strip()
    if told not in {"是", "否"}:
        raise ValueError(str(_("应填“是”或“否”")))
    return told == "是"


def shape(cell: Any) -> str:
    """Will convert the name of a shape; raises ValueError with a message."""
    known = {str(one.label): one.value for one in Shape}
    if str(cell).strip() not in known:
        raise ValueError(str(_("外形应为：%(names)s")) % {"names": "、".join(known)})
    return known[str(cell).strip()]


def code(cell: Any) -> str:
    """A code of 20 digits; a number would have lost its tail in the spreadsheet."""
    if not isinstance(cell, str):
        raise ValueError(str(_("请将该列设为文本格式，否则末位会丢失")))
    return cell.strip()[:40]


COLUMNS = (
    ImportColumn("gb_code", "国标编码", code, required=True),
    ImportColumn("name", "名称", text(80), required=True),
    ImportColumn("lon", "经度", degrees, required=True),
    ImportColumn("lat", "纬度", degrees, required=True),
    ImportColumn("consent_owner", "同意接入的业主", text(80), required=True),
    ImportColumn("consent_on", "同意日期", day, required=True),
    ImportColumn("owner", "权属单位代码", text(64)),
    ImportColumn("maker", "生产厂家", text(80)),
    ImportColumn("model", "规格型号", text(60)),
    ImportColumn("vendor", "维保单位", text(80)),
    ImportColumn("installed_on", "安装日期", day),
    ImportColumn("address", "安装地址", text(200)),
    ImportColumn("shape", "外形", shape),
    ImportColumn("has_ptz", "有云台", yes_no),
    ImportColumn("heading_deg", "朝向（度）", number),
    ImportColumn("height_m", "安装高度（米）", number),
    ImportColumn("recorder", "录像机编码", code),
    ImportColumn("channel", "通道号", whole),
    ImportColumn("labels", "标签", text(200)),
    ImportColumn("is_isolated", "隔离", yes_no),
)
_HEADERS = {column.name: column.header for column in COLUMNS} | {"point": "经度"}
_PLAIN = (
    "gb_code", "name", "consent_owner", "consent_on", "maker", "model", "vendor", "installed_on",
    "address", "shape", "has_ptz", "heading_deg", "height_m", "channel", "is_isolated",
)  # fmt: skip


@transaction.atomic
def import_cameras(actor: User, *, parsed: Parsed, partial: bool) -> Report:
    """Will enter the social cameras of a file; partial: those that can be, else all or none.

    Each is audited like one entered by hand. Raises: NotAllowed.
    """
    permissions.require_keep(actor)
    tenants = scope_for(actor, permissions.KEEP).tenant_ids
    units = {unit.code: unit for unit in Organization.objects.filter(tenant_id__in=tenants)}
    recorders = {one.gb_code: one for one in Recorder.objects.filter(permissions.place_q(
        scope_for(actor, permissions.KEEP)
    ))}  # fmt: skip
    errors, saved = list(parsed.errors), 0
    for row in parsed.rows:
        try:
            with transaction.atomic():
                register_camera(actor, spec=_spec(row.values, units, recorders))
            saved += 1
        except DomainError as error:
            header = _HEADERS.get(error.field or "", error.field or "")
            errors.append(RowError(row.number, header, str(error)))
    if errors and not partial:
        transaction.set_rollback(True)
        return Report(0, sorted(errors, key=lambda error: error.number))
    audit.record(actor, "cameras.imported", data={"count": saved, "errors": len(errors)})
    return Report(saved, sorted(errors, key=lambda error: error.number))


def note_export(actor: Actor, *, what: str, count: int) -> None:
    """Will write down that somebody took a list along. what: "cameras", "recorders"."""
    audit.record(actor, f"{what}.exported", data={"count": count})


def _spec(
    values: dict[str, Any], units: dict[str, Organization], recorders: dict[str, Recorder]
) -> CameraSpec:
    if not -90 <= values["lat"] <= 90:
        raise InvalidInput(_("经纬度无效"), field="lat")
    owner, box = values.get("owner"), values.get("recorder")
    if owner and owner not in units:
        raise InvalidInput(_("没有代码为“%(code)s”的单位") % {"code": owner}, field="owner")
    if box and box not in recorders:
        raise InvalidInput(_("没有编码为“%(code)s”的录像机") % {"code": box}, field="recorder")
    stated = {name: values[name] for name in _PLAIN if values.get(name) is not None}
    labels = (values.get("labels") or "").replace(",", "、").split("、")
    return CameraSpec(
        point=point(values["lon"], values["lat"]),
        owner_unit=units[owner] if owner else None,
        recorder=recorders[box] if box else None,
        labels=tuple(labels),
        **stated,
    )
