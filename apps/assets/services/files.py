"""Components from a file: a spreadsheet or GeoJSON, row by row, all or none."""

import json
from collections.abc import Sequence
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.assets import own_fields, permissions
from apps.assets.models import AssetClass
from apps.assets.services.register import AssetSpec, register_assets
from apps.audit import services as audit
from apps.common.errors import DomainError, InvalidInput
from apps.common.imports import (
    MAX_ROWS,
    ImportColumn,
    ImportRow,
    Parsed,
    Report,
    RowError,
    day,
    read_rows,
    text,
)
from apps.places import selectors as places
from apps.places.geometry import point


def degrees(cell: Any) -> float:
    """Will convert a cell to degrees; raises ValueError with a message."""
    try:
        found = float(cell)
    except (TypeError, ValueError) as error:
        raise ValueError(str(_("应为以度为单位的小数"))) from error
    if not -180 <= found <= 180:
        raise ValueError(str(_("应为以度为单位的小数")))
    return found


#: Columns only the export has.
_ALSO_EXPORTED = ("编码", "类别", "所在区域", "状态", "最近普查结果", "最近普查时间")
COLUMNS = (
    ImportColumn("kind", "类别代码", text(4), required=True),
    ImportColumn("name", "名称", text(80), required=True),
    ImportColumn("lon", "经度", degrees, required=True),
    ImportColumn("lat", "纬度", degrees, required=True),
    ImportColumn("owner", "权属单位代码", text(64)),
    ImportColumn("maintainer", "养护单位代码", text(64)),
    ImportColumn("since", "启用日期", day),
    ImportColumn("maker", "生产厂家", text(80)),
    ImportColumn("model", "规格型号", text(60)),
    ImportColumn("vendor", "维保单位", text(80)),
    ImportColumn("contract", "维保合同号", text(60)),
    ImportColumn("installed_on", "安装日期", day),
    ImportColumn("expires_on", "到期日期", day),
)
#: Titles of the sheets; no field of a class may bear one of them.
TITLES = (*(column.header for column in COLUMNS), *_ALSO_EXPORTED)
_WORDS = ("maker", "model", "vendor", "contract")
SOURCE = gettext_lazy("文件导入")


def columns() -> tuple[ImportColumn, ...]:
    """Will give the columns a file may have: the common ones and those of every class's own."""
    return (*COLUMNS, *own_fields.import_columns(AssetClass.objects.order_by("code")))


def read_file(file: IO[bytes], name: str) -> Parsed:
    """Will read a spreadsheet, or GeoJSON whose properties bear the columns' titles or names.

    Raises: InvalidInput (field "file").
    """
    asked = columns()
    if not name.lower().endswith((".json", ".geojson")):
        return read_rows(file, asked)
    try:
        features = json.load(file)["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(_("不是有效的 GeoJSON"), field="file") from error
    if not isinstance(features, list) or len(features) > MAX_ROWS:
        raise InvalidInput(_("超过 2 万行，请分成几个文件"), field="file")
    parsed = Parsed()
    for number, feature in enumerate(features, start=1):
        _read_feature(number, feature, parsed, asked)
    return parsed


@transaction.atomic
def import_assets(actor: User, *, parsed: Parsed, is_trial: bool) -> Report:
    """Will enter the things of a file, all or none; is_trial: only say what would happen.

    Places outside the actor's areas are errors of their rows.
    Raises: NotAllowed.
    """
    permissions.require_register_asset(actor)
    kinds = {kind.code: kind for kind in AssetClass.objects.all()}
    units = {unit.code: unit for unit in _units(actor)}
    scope = scope_for(actor, permissions.REGISTER)
    errors, specs = list(parsed.errors), []
    for row in parsed.rows:
        try:
            specs.append(_spec(row.values, kinds, units, scope))
        except DomainError as error:
            errors.append(RowError(row.number, error.field or "", str(error)))
    if errors or is_trial:
        count = 0 if errors else len(specs)
        return Report(saved=count, errors=sorted(errors, key=lambda error: error.number))
    register_assets(actor, specs=specs)
    audit.record(actor, "assets.imported", data={"count": len(specs)})
    return Report(saved=len(specs), errors=[])


def _spec(
    values: dict[str, Any], kinds: dict[str, AssetClass], units: dict[str, Organization], scope: Any
) -> AssetSpec:
    code = values["kind"].zfill(4)  # a spreadsheet keeps 0110 as the number 110
    if code not in kinds:
        raise InvalidInput(_("没有代码为“%(code)s”的部件类别") % {"code": code}, field="类别代码")
    lon, lat = values["lon"], values["lat"]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidInput(_("经纬度无效"), field="经度")
    here = point(lon, lat)
    area = places.locate(here)
    if area is None or not scope.covers_area(area.path):
        raise InvalidInput(_("该位置不在您负责的区域内"), field="经度")
    return AssetSpec(
        kind=code,
        name=values["name"],
        point=here,
        area=area,
        owner_unit=_unit(values.get("owner"), units, "权属单位代码"),
        maintainer=_unit(values.get("maintainer"), units, "养护单位代码"),
        since=values.get("since"),
        source=str(SOURCE),
        installed_on=values.get("installed_on"),
        expires_on=values.get("expires_on"),
        details=own_fields.read_cells(kinds[code], values),
        **{name: values.get(name) or "" for name in _WORDS},
    )


def _unit(code: str | None, units: dict[str, Organization], header: str) -> Organization | None:
    if not code:
        return None
    if code not in units:
        raise InvalidInput(_("没有代码为“%(code)s”的单位") % {"code": code}, field=header)
    return units[code]


def _units(actor: User) -> Any:
    tenants = scope_for(actor, permissions.REGISTER).tenant_ids
    return Organization.objects.filter(tenant_id__in=tenants)


def _read_feature(
    number: int, feature: Any, parsed: Parsed, columns: Sequence[ImportColumn]
) -> None:
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(shape, dict) or shape.get("type") != "Point":
        parsed.errors.append(RowError(number, "geometry", _("须为点")))
        return
    told = feature.get("properties") or {}
    lon, lat = (*shape.get("coordinates", ()), None, None)[:2]
    cells = {"lon": lon, "lat": lat}
    values: dict[str, Any] = {}
    for column in columns:
        cell = cells.get(column.name, told.get(column.header, told.get(column.name)))
        if cell in (None, ""):
            if column.required:
                parsed.errors.append(RowError(number, column.header, _("不能为空")))
                return
            continue
        try:
            values[column.name] = column.convert(cell)
        except (TypeError, ValueError) as error:
            parsed.errors.append(RowError(number, column.header, str(error)))
            return
    parsed.rows.append(ImportRow(number, values))
