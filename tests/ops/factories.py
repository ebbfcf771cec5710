"""The town with units that repair, contracts, the shipped matter, and people of every role."""

import io
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.accounts.models import Organization, User
from apps.assets.models import Asset, AssetClass
from apps.audit.services import SYSTEM
from apps.common import clock, files
from apps.common.models import StoredFile
from apps.matters.services import ensure_shipped_matter
from apps.ops import services
from apps.ops.models import MaintenanceContract, WorkOrder
from apps.ops.services import Confirmation, FaultReport, PartSpec, RepairSpec
from apps.ops.starting import ensure_levels
from apps.places.geometry import point
from tests.cast import Cast
from tests.people import appointed

SHIPPED = Path(__file__).parents[2] / "fixtures/ops/matter.json"


def lay_on(cast: Cast) -> Cast:
    """Will add a vendor, a contractor and their people, managers, contracts and a camera."""
    ensure_levels()
    ensure_shipped_matter(SYSTEM, shipped=json.loads(SHIPPED.read_text(encoding="utf-8")))
    vendor = unit(cast, "hk-vendor", "海视厂商")
    firm = unit(cast, "dh-firm", "大汇运维公司")
    for name, role, where in (
        ("reporter", "ops_reporter", cast.east_works),
        ("manager", "ops_manager", cast.east_works),
        ("manager_west", "ops_manager", cast.west_works),
        ("keeper", "ops_manager", cast.center),
        ("repairer", "maintainer", firm),
        ("vendor_man", "vendor_maintainer", vendor),
    ):
        cast.people[name] = person(f"ops-{name}", role, where)
    contract(cast, "HT-01", firm, "contractor", areas=[cast.east])
    contract(cast, "HT-02", vendor, "vendor", respond=(1, "calendar_hours"))
    camera(cast, "东区一号摄像机")
    return cast


def unit(cast: Cast, code: str, name: str) -> Organization:
    """Will give a firm of the town that repairs."""
    made = Organization.objects.create(
        tenant=cast.tenant, code=code, name=name, kind="vendor", path="", area=cast.city
    )
    made.path = f"/{made.pk}/"
    made.save(update_fields=["path"])
    return made


def person(name: str, role: str, where: Organization) -> User:
    """Will give somebody of a unit with a standard role."""
    return appointed(name, where, role=role)


def contract(
    cast: Cast, number: str, vendor: Organization, tier: str, **given: Any
) -> MaintenanceContract:
    """Will give a contract in force for years, of everything unless told otherwise."""
    made = MaintenanceContract.objects.create(
        tenant=cast.tenant, number=number, name=f"{vendor.name}维保", vendor=vendor, tier=tier,
        from_on=date(2020, 1, 1), to_on=date(2035, 12, 31),
    )  # fmt: skip
    if respond := given.get("respond"):
        made.respond_amount, made.respond_unit = respond
    made.calendar = given.get("calendar")
    made.save()
    made.areas.set(given.get("areas", []))
    made.kinds.set(given.get("kinds", []))
    return made


def camera(cast: Cast, name: str, *, west: bool = False) -> Asset:
    """Will give a camera on a pole of the eastern (or western) district."""
    kind, _made = AssetClass.objects.get_or_create(
        code="0501", defaults={"name": "视频监控", "large_class": "公用设施"}
    )
    lon, lat = Cast.inside_west() if west else Cast.inside_east()
    serial = Asset.objects.count() + 1
    return Asset.objects.create(
        kind=kind, region_code="990101", serial=serial, code=f"9901010501{serial:06d}", name=name,
        point=point(lon, lat), area=cast.cells["west" if west else "east"][0],
        owner_unit=cast.west_works if west else cast.east_works,
    )  # fmt: skip


def the_camera() -> Asset:
    """Will give the camera the town begins with."""
    return Asset.objects.get(name="东区一号摄像机")


def fault(**given: Any) -> FaultReport:
    """Will give a report of the camera being offline."""
    usual: dict[str, Any] = {
        "fault_kind": "camera-offline", "text": "画面黑屏，ping 不通", "source": "home",
        "asset_id": the_camera().pk,
    }  # fmt: skip
    return FaultReport(**(usual | given))


def reported(cast: Cast, *, key: str = "k1", **given: Any) -> WorkOrder:
    """Will give an order somebody reported."""
    return services.report_fault(cast.reporter, key=key, report=fault(**given))


def confirmed(cast: Cast, *, number: str = "HT-01", level: int = 3, **given: Any) -> WorkOrder:
    """Will give an order that went to a contract."""
    order = reported(cast, **given)
    chosen = MaintenanceContract.objects.get(number=number)
    return services.confirm_order(
        cast.manager, order_id=order.pk, said=Confirmation(level, chosen.pk)
    )


def picture(color: str = "green", *, name: str = "a.png") -> SimpleUploadedFile:
    """Will give an upload of a small picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(drawn, "PNG")
    return SimpleUploadedFile(name, drawn.getvalue(), "image/png")


def stored(color: str = "green") -> StoredFile:
    """Will give a stored picture."""
    return files.store(picture(color), allow=frozenset({"image"}))


def repair(**given: Any) -> RepairSpec:
    """Will give a repair finished just now, with a part and a picture of before and after."""
    now = clock.now()
    usual: dict[str, Any] = {
        "text": "更换电源适配器", "cause": "power", "from_at": now - timedelta(minutes=1),
        "to_at": now, "cost": Decimal("80"), "parts": [PartSpec("电源", Decimal(1), Decimal(120))],
        "before": [stored("black")], "after": [stored("green")],
    }  # fmt: skip
    return RepairSpec(**(usual | given))


def answered(cast: Cast, **given: Any) -> WorkOrder:
    """Will give an order whose repair waits to be confirmed."""
    order = confirmed(cast, **given)
    services.feed_back(cast.repairer, order_id=order.pk, said=repair())
    order.refresh_from_db()
    return order


def minutes(moment: datetime, n: int) -> datetime:
    """Will give a moment some minutes later."""
    return moment + timedelta(minutes=n)
