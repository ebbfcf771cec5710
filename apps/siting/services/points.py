"""Points put into a plan, moved, taken out, and linked with what was built there."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.siting.enums import PlanState
from apps.siting.models import Plan, PlannedPoint
from apps.siting.permissions import require_plan_in
from apps.siting.selectors import list_built_near
from apps.siting.services._shared import locked, note, open_plan

#: Of one plan; more is a programme of several years.
MOST_POINTS = 2000
_FIELDS = ("label", "point", "note", "price")


@dataclass(frozen=True)
class PointSpec:
    """A point as it shall be. point: SRID 4326. price: yuan; None: not said."""

    label: str
    point: Point
    note: str = ""
    price: Decimal | None = None


@transaction.atomic
def add_points(actor: Actor, *, plan_id: int, specs: Sequence[PointSpec]) -> list[PlannedPoint]:
    """Will put points into an open plan, all or none, and number them; audited.

    Locks the plan: two people who add at once get different numbers.
    Raises: NotFound; NotAllowed; Refused (not open); InvalidInput (fields of ``PointSpec``;
        field "point": outside the plan's area; too many points).
    """
    plan = open_plan(actor, plan_id)
    if plan.points.count() + len(specs) > MOST_POINTS:
        raise InvalidInput(_("一份规划至多 %(most)d 个点位") % {"most": MOST_POINTS}, field="point")
    for spec in specs:
        require_sense(spec, plan)
    rows = [
        PlannedPoint(
            plan=plan,
            number=number,
            label=spec.label.strip(),
            point=spec.point,
            note=spec.note.strip(),
            price=spec.price,
        )
        for number, spec in enumerate(specs, start=plan.last_number + 1)
    ]
    PlannedPoint.objects.bulk_create(rows)
    if rows:
        plan.last_number = rows[-1].number
        plan.save(update_fields=["last_number"])
        after = {"points": [f"{row.number} {row.label}" for row in rows[:50]]}
        changed = audit.changes({"points": []}, after)
        note(actor, "siting_points.added", plan, count=len(rows), **changed)
    return rows


@transaction.atomic
def change_point(actor: Actor, *, plan_id: int, number: int, spec: PointSpec) -> PlannedPoint:
    """Will move or rename a point of an open plan; audited. Locks the plan.

    Raises: as ``add_points``.
    """
    plan = open_plan(actor, plan_id)
    point = _point(plan, number)
    require_sense(spec, plan)
    before = _told(point)
    for name in _FIELDS:
        setattr(point, name, getattr(spec, name))
    point.save(update_fields=_FIELDS)
    note(actor, "siting_point.changed", plan, number=number, **audit.changes(before, _told(point)))
    return point


@transaction.atomic
def remove_point(actor: Actor, *, plan_id: int, number: int) -> None:
    """Will take a point out of an open plan; its number is not given again; audited.

    Locks the plan. Raises: NotFound; NotAllowed; Refused (not open).
    """
    plan = open_plan(actor, plan_id)
    point = _point(plan, number)
    before = _told(point)
    point.delete()
    note(actor, "siting_point.removed", plan, number=number, before=before, after={})


@transaction.atomic
def mark_built(actor: User, *, plan_id: int, number: int, asset_id: int) -> PlannedPoint:
    """Will say which asset was built at a point of an approved plan; again replaces it; audited.

    Locks the plan. Raises: NotFound; NotAllowed; Refused (not approved);
        InvalidInput (field "asset": not of the kind, not near, or another point's).
    """
    plan = _approved(actor, plan_id)
    point = _point(plan, number)
    near = {asset.pk: asset for asset in list_built_near(actor, plan, point)}
    if asset_id not in near:
        raise InvalidInput(_("该部件不在点位附近、类别不符，或已对应其他规划点位"), field="asset")
    before = audit.snapshot(point, "asset")
    point.asset = near[asset_id]
    point.built_at, point.built_by_name = clock.now(), actor.display_name
    point.save(update_fields=["asset", "built_at", "built_by_name"])
    changed = audit.changes(before, audit.snapshot(point, "asset"))
    note(actor, "siting_point.built", plan, number=number, **changed)
    return point


@transaction.atomic
def clear_built(actor: User, *, plan_id: int, number: int) -> PlannedPoint:
    """Will take the asset off a point of an approved plan, for one chosen by mistake; audited.

    Locks the plan. Raises: NotFound; NotAllowed; Refused (not approved).
    """
    plan = _approved(actor, plan_id)
    point = _point(plan, number)
    before = audit.snapshot(point, "asset")
    point.asset, point.built_at, point.built_by_name = None, None, ""
    point.save(update_fields=["asset", "built_at", "built_by_name"])
    changed = audit.changes(before, audit.snapshot(point, "asset"))
    note(actor, "siting_point.unbuilt", plan, number=number, **changed)
    return point


def require_sense(spec: PointSpec, plan: Plan) -> None:
    """Raises: InvalidInput (fields "label", "price", "point")."""
    if not spec.label.strip():
        raise InvalidInput(_("请填写点位名称"), field="label")
    if spec.price is not None and spec.price < 0:
        raise InvalidInput(_("预算不能为负数"), field="price")
    boundary: MultiPolygon | None = plan.area.boundary
    if boundary is None or not boundary.prepared.covers(spec.point):
        raise InvalidInput(
            _("点位不在规划区域“%(area)s”内") % {"area": plan.area.name}, field="point"
        )


def _approved(actor: Actor, plan_id: int) -> Plan:
    plan = locked(plan_id)
    require_plan_in(actor, plan.unit, plan.area)
    if plan.state != PlanState.APPROVED:
        raise Refused(_("只有已批准的规划可以登记建成部件"))
    return plan


def _point(plan: Plan, number: int) -> PlannedPoint:
    point = PlannedPoint.objects.filter(plan=plan, number=number).first()
    if point is None:
        raise NotFound(_("规划中没有这个点位"))
    return point


def _told(point: PlannedPoint) -> dict[str, Any]:
    at = {"lon": round(point.point.x, 7), "lat": round(point.point.y, 7)}
    return audit.snapshot(point, "label", "note", "price") | at
