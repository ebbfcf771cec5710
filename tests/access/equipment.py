"""What the town of the matrix has of cameras, watched equipment, work orders and seals."""

from dataclasses import dataclass
from typing import Any

from apps.monitoring.models import Target
from apps.ops import services as ops
from apps.ops.models import MaintenanceContract, WorkOrder
from apps.seals import services as seals
from apps.seals.models import Seal
from apps.video.models import Camera
from tests.cast import Cast
from tests.monitoring import factories as monitoring
from tests.ops import factories as orders
from tests.seals import factories as sealing
from tests.video import factories as video

SEAL = {
    "name": "业务专用章", "kind": "unit", "purpose": "公文", "basis": "市编〔2026〕1号",
    "algorithm": "ecdsa", "picture": sealing.IMPRESSION, "width_mm": 40, "height_mm": 40,
}  # fmt: skip
#: A key no row has; orders, plans and rules are numbered alike.
NOBODYS = 999_999_999


@dataclass(frozen=True)
class Equipment:
    """One thing of each kind in one district."""

    camera: Camera
    target: Target
    order: WorkOrder
    seal: Seal


def lay_out(cast: Cast) -> dict[str, Equipment]:
    """Will give the east's and the west's; a vendor, a repairer and contracts beside them."""
    orders.lay_on(cast)
    things = {
        "east": (video.camera(), orders.the_camera(), cast.east_works),
        "west": (
            video.western(),
            orders.camera(cast, "西区一号摄像机", west=True),
            cast.west_works,
        ),
    }
    made = {}
    for side, (camera, watched, unit) in things.items():
        reporter = orders.person(f"reporter_{side}", "ops_reporter", unit)
        applicant = sealing.person(f"applicant_{side}", "applicant", unit)
        report = orders.fault(asset_id=watched.pk)
        made[side] = Equipment(
            camera,
            monitoring.target(watched),
            ops.report_fault(reporter, key=side, report=report),
            seals.apply_seal(applicant, new=seals.NewSeal(unit=unit, **SEAL)),
        )
    return made


def values_of(here: Equipment) -> dict[str, Any]:
    """Will give what stands for a parameter, as ``town.values`` does."""
    return {
        "video:pk": here.camera.pk,
        "video:camera_id": here.camera.pk,
        "api-camera:pk": here.camera.pk,
        "diagnosis:pk": here.camera.pk,
        "monitoring:pk": here.target.pk,
        "ops:pk": here.order.pk,
        "ops:order-deed:code": "suspend",
        "ops:contract-edit:pk": MaintenanceContract.objects.order_by("pk").values_list("pk")[0][0],
        "ops:plan-edit:pk": NOBODYS,
        "ops:rule-edit:pk": NOBODYS,
        "seals:pk": here.seal.pk,
        "appraisal:statistics:code": "offline",
        "appraisal:report:code": "offline",
    }
