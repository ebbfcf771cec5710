"""A plan of points of the demo city, handed in and given back once. Made up from end to end."""

import math
from datetime import datetime, timedelta

from apps.accounts.models import Tenant, User
from apps.assets.selectors import get_class
from apps.common import clock
from apps.demo.geography import City
from apps.demo.world import CENTER, TENANT
from apps.places import selectors as places
from apps.places.geometry import area_m2, moved
from apps.siting import services
from apps.siting.selectors import coverage_of, proposals_of

CAMERA = "0112"
#: Of the side of the district, and never more than that.
PART_OF_SIDE, MOST_RADIUS_M, LEAST_RADIUS_M = 15, 1500, 20
POINTS = 6


def load_siting(city: City, *, until: datetime) -> int:
    """Will lay down one plan of cameras for the first district, and give how many points it has.

    The radius follows the size of the district, so that a small city has gaps as well.
    """
    tenant = Tenant.objects.get(code=TENANT)
    center = tenant.organizations.get(code=CENTER)
    planner = User.objects.get(username="siting-planner1", tenant=tenant)
    approver = User.objects.get(username="siting-approver1", tenant=tenant)
    zone = next(iter(city.districts), city.city)
    area = places.find_area(code=zone.code)
    if area is None or area.boundary is None:
        return 0
    side_m = math.sqrt(area_m2(area.boundary))
    radius_m = max(LEAST_RADIUS_M, min(MOST_RADIUS_M, int(side_m / PART_OF_SIDE)))
    spec = services.PlanSpec(
        name="路口监控补点（虚构）", kind=get_class(CAMERA), unit=center, area=area,
        radius_m=radius_m, duplicate_m=max(1, radius_m // 3), note="二期采购前核对覆盖空白",
    )  # fmt: skip
    with clock.at(until - timedelta(days=5)):
        plan = services.save_plan(planner, spec=spec)
        proposed = proposals_of(coverage_of(planner, plan), count=POINTS, share=100)
        points = [
            services.PointSpec(f"补点{number}", place, price=None)
            for number, (place, _won) in enumerate(proposed, start=1)
        ]
        # Somebody else had nearly the same place in mind: a duplicate to look at, where it fits.
        twins = [moved(one.point, east_m=radius_m / 6, north_m=0) for one in points]
        twin = next((place for place in twins if area.boundary.covers(place)), None)
        if twin is not None:
            points.append(services.PointSpec("校门口", twin, "学校申请"))
        services.add_points(planner, plan_id=plan.pk, specs=points)
    if points:
        with clock.at(until - timedelta(days=4)):
            services.submit_plan(planner, plan_id=plan.pk)
        with clock.at(until - timedelta(days=3)):
            why = "有两个点位过近，请调整后再送审"
            services.return_plan(approver, plan_id=plan.pk, reason=why)
    return len(points)
