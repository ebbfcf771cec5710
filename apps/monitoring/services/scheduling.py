"""Plans of one-key checks: when they are made by themselves. Source: OP-03."""

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.monitoring import permissions
from apps.monitoring.enums import Cycle, RunKind
from apps.monitoring.models import RunPlan
from apps.monitoring.services.running import order_run
from apps.places.models import Area

logger = logging.getLogger(__name__)


@transaction.atomic
def save_plan(
    actor: Actor, *, area: Area, cycle: str, at: time, kinds: Sequence[str] = ()
) -> RunPlan:
    """Will have an area checked at a time of the city's day; the same again changes the kinds.

    Raises: NotAllowed; InvalidInput (fields "cycle", "kinds").
    """
    permissions.require_run_in(actor, area)
    if cycle not in Cycle.values:
        raise InvalidInput(_("请选择周期"), field="cycle")
    if unknown := set(kinds) - set(RunKind.values):
        raise InvalidInput(_("没有这种检查：%s") % "、".join(sorted(unknown)), field="kinds")
    former = RunPlan.objects.filter(area=area, cycle=cycle, at=at).first()
    before = audit.snapshot(former) if former is not None else {}
    plan, _made = RunPlan.objects.update_or_create(
        area=area,
        cycle=cycle,
        at=at,
        defaults={
            "kinds": list(kinds), "by_name": actor.display_name, "is_active": True,
            "due_at": next_time(cycle, at, after=clock.now()),
        },
    )  # fmt: skip
    _note(
        actor, "onekey_plan.saved", plan, cycle=cycle, at=f"{at:%H:%M}", kinds=list(kinds),
        **audit.changes(before, audit.snapshot(plan)),
    )  # fmt: skip
    return plan


@transaction.atomic
def drop_plan(actor: Actor, *, plan_id: int) -> None:
    """Will check no more by this plan. Raises: NotFound; NotAllowed."""
    plan = RunPlan.objects.select_related("area").filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这个计划"))
    permissions.require_run_in(actor, plan.area)
    _note(actor, "onekey_plan.dropped", plan, cycle=plan.cycle, at=f"{plan.at:%H:%M}")
    plan.delete()


def order_planned() -> int:
    """Will order the runs that are due by plan and give how many; each time once.

    Where the area is being checked at that moment the plan waits for its next time.
    """
    ordered = 0
    while (plan := _take_due()) is not None:
        try:
            order_run(SYSTEM, area=plan.area, kinds=plan.kinds)
            ordered += 1
        except Refused:
            logger.warning("a planned check met one under way", extra={"plan": plan.pk})
    return ordered


@transaction.atomic
def _take_due() -> RunPlan | None:
    now = clock.now()
    due = RunPlan.objects.select_for_update(skip_locked=True, of=("self",)).select_related("area")
    plan = due.filter(is_active=True, due_at__lte=now).order_by("due_at", "pk").first()
    if plan is not None:
        plan.due_at = next_time(plan.cycle, plan.at, after=now)
        plan.save(update_fields=["due_at"])
    return plan


def next_time(cycle: str, at: time, *, after: datetime) -> datetime:
    """Will give the next moment of a cycle: of the city's day, on Mondays where weekly."""
    local = timezone.localtime(after)
    for days in range(8):
        day = local.date() + timedelta(days=days)
        moment = timezone.make_aware(datetime.combine(day, at))
        if moment > after and (cycle == Cycle.DAILY or day.weekday() == 0):
            return moment
    raise InvalidInput(_("请选择周期"), field="cycle")


def _note(actor: Actor, action: str, plan: RunPlan, **data: object) -> None:
    audit.record(
        actor, action, object_type="monitoring.plan", object_id=plan.pk,
        object_label=str(plan.area), data=data,
    )  # fmt: skip
