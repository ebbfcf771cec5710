"""What the deeds of this app share: a plan locked, its state, one entry of the log."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import NotFound, Refused
from apps.siting.models import Plan
from apps.siting.permissions import require_plan_in


def locked(plan_id: int) -> Plan:
    """Will give a plan, locked until commit. Raises: NotFound."""
    found = Plan.objects.select_for_update(of=("self",)).select_related(
        "unit__area", "area", "kind"
    )
    plan = found.filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这份点位规划"))
    return plan


def open_plan(actor: Actor, plan_id: int) -> Plan:
    """Will give a plan the actor may change now, locked until commit.

    Raises: NotFound; NotAllowed; Refused (submitted or decided already).
    """
    plan = locked(plan_id)
    require_plan_in(actor, plan.unit, plan.area)
    if not plan.is_open:
        raise Refused(_("只有草稿和已退回的规划可以修改"))
    return plan


def note(actor: Actor, action: str, plan: Plan, **data: Any) -> None:
    """Will enter a deed on a plan in the log."""
    audit.record(
        actor,
        action,
        object_type="siting.plan",
        object_id=plan.pk,
        object_label=plan.name,
        data=data,
    )
