"""Devices from a file, row by row: beside assets that are there, or with new ones."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.assets import own_fields
from apps.assets.models import Asset, AssetClass
from apps.assets.selectors import list_assets
from apps.assets.services import AssetSpec
from apps.assets.services.files import degrees
from apps.audit import services as audit
from apps.common.errors import DomainError, InvalidInput
from apps.common.imports import ImportColumn, Parsed, Report, RowError, day, text
from apps.places import selectors as places
from apps.places.geometry import point
from apps.sensing import permissions
from apps.sensing.models import DeviceProfile
from apps.sensing.services.devices import NewDevice, check_device, nodes_taken, register_devices

COLUMNS = (
    ImportColumn("node", "节点编号", text(64), required=True),
    ImportColumn("profile", "型号代码", text(40), required=True),
    ImportColumn("asset", "部件编码", text(16)),
    ImportColumn("name", "名称", text(80)),
    ImportColumn("lon", "经度", degrees),
    ImportColumn("lat", "纬度", degrees),
    ImportColumn("owner", "权属单位代码", text(64)),
    ImportColumn("maintainer", "养护单位代码", text(64)),
    ImportColumn("maker", "生产厂家", text(80)),
    ImportColumn("model", "规格型号", text(60)),
    ImportColumn("vendor", "维保单位", text(80)),
    ImportColumn("contract", "维保合同号", text(60)),
    ImportColumn("installed_on", "安装日期", day),
    ImportColumn("expires_on", "到期日期", day),
)


def columns() -> tuple[ImportColumn, ...]:
    """Will give the columns a file may have: the common ones and those of the classes' own."""
    taken = {column.header for column in COLUMNS}
    own = own_fields.import_columns(AssetClass.objects.order_by("code"))
    return (*COLUMNS, *(column for column in own if column.header not in taken))


_HEADERS = {column.name: column.header for column in COLUMNS} | {
    "kind": "型号代码", "point": "经度",
}  # fmt: skip
_OF_ASSET = ("maker", "model", "vendor", "contract", "installed_on", "expires_on")
SOURCE = gettext_lazy("文件导入")


@transaction.atomic
def import_devices(actor: User, *, parsed: Parsed, partial: bool) -> Report:
    """Will enter the devices of a file; partial: those that can be, else all or none. Audited.

    Raises: NotAllowed.
    """
    permissions.require_keep(actor)
    profiles = {p.code: p for p in DeviceProfile.objects.prefetch_related("fields")}
    tenants = scope_for(actor, permissions.KEEP).tenant_ids
    units = {unit.code: unit for unit in Organization.objects.filter(tenant_id__in=tenants)}
    taken = nodes_taken([row.values["node"] for row in parsed.rows])
    errors, news, assets = list(parsed.errors), [], set[str]()
    for row in parsed.rows:
        try:
            new = _new(actor, row.values, profiles, units)
            check_device(actor, new, taken)
            if (code := row.values.get("asset")) in assets:
                raise InvalidInput(_("部件编码在文件中重复"), field="asset")
        except DomainError as error:
            header = _HEADERS.get(error.field or "", error.field or "")
            errors.append(RowError(row.number, header, str(error)))
        else:
            news.append(new)
            assets |= {code} if code else set()
    errors.sort(key=lambda error: error.number)
    if errors and not partial:
        return Report(saved=0, errors=errors)
    register_devices(actor, news=news)
    audit.record(actor, "devices.imported", data={"count": len(news), "errors": len(errors)})
    return Report(saved=len(news), errors=errors)


def _new(
    actor: User,
    values: dict[str, Any],
    profiles: dict[str, DeviceProfile],
    units: dict[str, Organization],
) -> NewDevice:
    profile = profiles.get(values["profile"])
    if profile is None:
        raise InvalidInput(
            _("没有代码为“%(code)s”的设备型号") % {"code": values["profile"]}, field="profile"
        )
    asset = _asset(actor, values) or _spec(values, profile, units)
    return NewDevice(profile=profile, node=values["node"], asset=asset)


def _asset(actor: User, values: dict[str, Any]) -> Asset | None:
    if not values.get("asset"):
        return None
    found = list_assets(actor).filter(code=values["asset"]).first()
    if found is None:
        raise InvalidInput(
            _("台账中没有编码为“%(code)s”的部件") % {"code": values["asset"]}, field="asset"
        )
    return found


def _spec(
    values: dict[str, Any], profile: DeviceProfile, units: dict[str, Organization]
) -> AssetSpec:
    kind = AssetClass.objects.filter(code=profile.asset_class).first()
    if kind is None:
        raise InvalidInput(_("该设备型号没有部件类别，须填写部件编码"), field="asset")
    missing = next((name for name in ("name", "lon", "lat") if values.get(name) is None), "")
    if missing:
        raise InvalidInput(_("没有部件编码时须填写名称、经度和纬度"), field=missing)
    if not -90 <= values["lat"] <= 90:
        raise InvalidInput(_("经纬度无效"), field="lat")
    here = point(values["lon"], values["lat"])
    area = places.locate(here)
    if area is None:
        raise InvalidInput(_("位置不在城市范围内"), field="lon")
    return AssetSpec(
        kind=profile.asset_class,
        name=values["name"],
        point=here,
        area=area,
        owner_unit=_unit(values, "owner", units),
        maintainer=_unit(values, "maintainer", units),
        source=str(SOURCE),
        details=own_fields.read_cells(kind, values),
        **{name: values[name] for name in _OF_ASSET if values.get(name)},
    )


def _unit(values: dict[str, Any], name: str, units: dict[str, Organization]) -> Organization | None:
    code = values.get(name)
    if code and code not in units:
        raise InvalidInput(_("没有代码为“%(code)s”的单位") % {"code": code}, field=name)
    return units.get(code) if code else None
