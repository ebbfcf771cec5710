"""Plans and their points, for who may look at them."""

from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import (
    area_scope_q,
    list_organizations,
    organization_scope_q,
    scope_for,
)
from apps.assets.enums import AssetState
from apps.assets.models import Asset
from apps.assets.selectors import list_assets
from apps.common import clock
from apps.common.errors import NotFound
from apps.places.geometry import box_around
from apps.places.models import Area
from apps.siting.models import Plan, PlannedPoint
from apps.siting.permissions import PLAN, READERS, require_reader

#: Assets offered as what was built at a point.
MOST_NEAR = 20


def list_plans(viewer: User, *, text: str = "", state: str = "", kind: str = "") -> QuerySet[Plan]:
    """Will list the plans of the viewer's units and areas, the newest first.

    text: part of the name. kind: class code. Each has ``count`` points, ``built`` of them
    built, and ``cost``, the sum of what the points may cost (None: nothing said).
    Raises: NotAllowed (no right to look).
    """
    require_reader(viewer)
    scope = scope_for(viewer, *READERS)
    found = Plan.objects.filter(
        organization_scope_q(scope, "unit__path") | area_scope_q(scope, "area__path")
    )
    if text:
        found = found.filter(name__icontains=text)
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind__code=kind)
    return (
        found.select_related("kind", "unit__area", "area")
        .defer("unit__area__boundary", "area__boundary")
        .annotate(
            count=Count("points"),
            built=Count("points", filter=Q(points__asset__isnull=False)),
            cost=Sum("points__price"),
        )
        .order_by("-pk")
    )


def get_plan(viewer: User, pk: int) -> Plan:
    """Raises: NotAllowed; NotFound (no such plan, or not for this viewer)."""
    plan = list_plans(viewer).filter(pk=pk).first()
    if plan is None:
        raise NotFound(_("没有这份点位规划"))
    return plan


def list_points(plan: Plan) -> QuerySet[PlannedPoint]:
    """Will list the points of a plan the viewer was given, by number."""
    return plan.points.select_related("asset").order_by("number")


def get_point(plan: Plan, number: int) -> PlannedPoint:
    """Raises: NotFound."""
    point = list_points(plan).filter(number=number).first()
    if point is None:
        raise NotFound(_("规划中没有这个点位"))
    return point


def list_built_near(viewer: User, plan: Plan, point: PlannedPoint) -> list[Asset]:
    """Will list what may have been built at a point: of the kind, within the radius, the nearest.

    At most ``MOST_NEAR``, each with ``distance``; what another point holds is not among them.
    """
    taken = PlannedPoint.objects.filter(asset__isnull=False).exclude(pk=point.pk)
    found = (
        list_assets(viewer, kind=plan.kind.code)
        .filter(point__bboverlaps=box_around(point.point, plan.radius_m))
        .exclude(state=AssetState.REMOVED)
        .exclude(pk__in=taken.values("asset_id"))
        .annotate(distance=Distance("point", point.point))
        .filter(distance__lte=plan.radius_m)
    )
    return list(found.order_by("distance", "pk")[:MOST_NEAR])


def plannable_units(viewer: User) -> QuerySet[Organization]:
    """Will list the units the viewer plans for."""
    scope = scope_for(viewer, PLAN)
    ours = organization_scope_q(scope, "path") | area_scope_q(scope, "area__path")
    return list_organizations(viewer).filter(ours).order_by("path")


def plannable_areas(viewer: User) -> QuerySet[Any]:
    """Will list the areas in force, above cells, with a boundary, the viewer plans in."""
    scope = scope_for(viewer, PLAN)
    return (
        Area.objects.valid_on(clock.today())
        .filter(area_scope_q(scope, "path"), level__is_cell=False, boundary__isnull=False)
        .defer("boundary")
        .order_by("path")
    )
