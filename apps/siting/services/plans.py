"""Plans written and changed. Source: IO-01."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.assets.models import AssetClass
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.places.models import Area
from apps.siting.enums import Demand
from apps.siting.models import FURTHEST_M, NEAREST_M, Plan
from apps.siting.permissions import require_plan_in
from apps.siting.services._shared import note, open_plan


@dataclass(frozen=True)
class PlanSpec:
    """A plan as it shall be; see ``Plan``. Distances in metres."""

    name: str
    kind: AssetClass
    unit: Organization
    area: Area
    radius_m: int
    duplicate_m: int
    demand: str = Demand.GROUND
    note: str = ""


@transaction.atomic
def save_plan(actor: Actor, *, spec: PlanSpec, plan_id: int | None = None) -> Plan:
    """Will write a plan, new or over the one given, which is locked; audited with both sides.

    Raises: NotAllowed (not a unit or an area of the actor, as it was or as it shall be); NotFound;
    Refused (not open any more); InvalidInput (the field of ``spec``).
    """
    require_plan_in(actor, spec.unit, spec.area)
    plan = open_plan(actor, plan_id) if plan_id is not None else _begun(actor)
    _require_sense(spec, plan)
    before = _told(plan) if plan.pk else {}
    for name in spec.__dataclass_fields__:
        setattr(plan, name, getattr(spec, name))
    plan.save()
    action = "siting_plan.changed" if before else "siting_plan.created"
    note(actor, action, plan, **audit.changes(before, _told(plan)))
    return plan


def _begun(actor: Actor) -> Plan:
    return Plan(author_id=actor.pk, author_name=actor.display_name, created_at=clock.now())


def _require_sense(spec: PlanSpec, plan: Plan) -> None:
    if not spec.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if spec.demand not in Demand.values:
        raise InvalidInput(_("没有这种覆盖对象"), field="demand")
    if not NEAREST_M <= spec.radius_m <= FURTHEST_M:
        said = {"low": NEAREST_M, "high": FURTHEST_M}
        raise InvalidInput(_("覆盖半径应为 %(low)d 至 %(high)d 米") % said, field="radius_m")
    if not 1 <= spec.duplicate_m <= spec.radius_m:
        raise InvalidInput(_("重复距离应为 1 米至覆盖半径"), field="duplicate_m")
    if spec.area.boundary is None:
        raise InvalidInput(_("该区域没有边界，无法规划点位"), field="area")
    outside = plan.points.exclude(point__coveredby=spec.area.boundary) if plan.pk else None
    if outside is not None and (count := outside.count()):
        raise InvalidInput(
            _("已有 %(count)d 个规划点位不在该区域内") % {"count": count}, field="area"
        )


def _told(plan: Plan) -> dict[str, Any]:
    return audit.snapshot(plan, *PlanSpec.__dataclass_fields__)
