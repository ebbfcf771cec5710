"""Plans, planners and cameras on the town's ground."""

from typing import Any

from apps.accounts.models import Organization, User
from apps.assets.models import Asset, AssetClass
from apps.assets.services import AssetSpec, register_asset
from apps.audit.services import SYSTEM
from apps.places.geometry import point
from apps.siting.models import Plan, PlannedPoint
from apps.siting.services import PlanSpec, PointSpec, add_points, save_plan
from tests.cast import Cast
from tests.people import appointed

KIND = "0199"
#: A cell of the town is about 900 m by 1100 m; a district two of each: 1.8 km by 2.2 km.
RADIUS_M = 300


def kind() -> AssetClass:
    found, _new = AssetClass.objects.get_or_create(
        code=KIND, defaults={"name": "监控立杆", "large_class": "公用设施"}
    )
    return found


def planner(cast: Cast, unit: Organization | None = None, name: str = "planner1") -> User:
    rights = ["siting.plan_points", "siting.view_plans", "assets.register_asset"]
    return appointed(name, unit or cast.east_works, role="test_planner", rights=rights)


def approver(cast: Cast, unit: Organization | None = None, name: str = "approver1") -> User:
    return appointed(name, unit or cast.center, role="siting_approver")


def asset(at: tuple[float, float], name: str = "老立杆", **more: Any) -> Asset:
    spec = AssetSpec(kind().code, name, point(*at), **more)
    return register_asset(SYSTEM, spec=spec)


def spec(cast: Cast, **changes: Any) -> PlanSpec:
    said: dict[str, Any] = {
        "name": "东区补点",
        "kind": kind(),
        "unit": cast.east_works,
        "area": cast.east,
        "radius_m": RADIUS_M,
        "duplicate_m": 100,
    }
    return PlanSpec(**(said | changes))


def plan(cast: Cast, actor: Any = SYSTEM, **changes: Any) -> Plan:
    return save_plan(actor, spec=spec(cast, **changes))


def put(plan: Plan, *places: tuple[float, float], actor: Any = SYSTEM) -> list[PlannedPoint]:
    specs = [PointSpec(f"点{n}", point(*at)) for n, at in enumerate(places, start=1)]
    return add_points(actor, plan_id=plan.pk, specs=specs)
