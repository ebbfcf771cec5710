"""A plan submitted, approved or returned by another person, and finished. Source: IO-01."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import Refused
from apps.common.texts import clean_reason
from apps.notices.services import notify
from apps.siting.enums import PlanState
from apps.siting.models import Plan
from apps.siting.permissions import APPROVE, can_decide, require_decide, require_plan_in
from apps.siting.selectors import coverage_of
from apps.siting.services._shared import locked, note, open_plan


@transaction.atomic
def submit_plan(actor: User, *, plan_id: int) -> Plan:
    """Will hand a plan in, with its coverage as the actor sees it, and tell whoever decides.

    Locks the plan; the coverage (within about a second) is reckoned under the lock, so that it is
    of the points handed in. Audited.
    Raises: NotFound; NotAllowed; Refused (not open, no points); InvalidInput (as ``coverage_of``).
    """
    plan = open_plan(actor, plan_id)
    if not plan.points.exists():
        raise Refused(_("规划还没有点位，不能送审"))
    plan.judged = coverage_of(actor, plan).told
    plan.sender_id, plan.sender_name = actor.pk, actor.display_name
    plan.sent_at, plan.reason = clock.now(), ""
    plan.decider_name, plan.decided_at = "", None
    _move(actor, plan, PlanState.SUBMITTED, "siting_plan.submitted")
    _tell(plan, _deciders(plan), _("点位规划待审批：%(name)s"))
    return plan


@transaction.atomic
def approve_plan(actor: User, *, plan_id: int) -> Plan:
    """Will approve a submitted plan and tell who wrote and submitted it; audited.

    Locks the plan. Raises: NotFound; NotAllowed (no right over it, or one's own);
        Refused (not submitted).
    """
    return _decide(actor, plan_id, PlanState.APPROVED, "", _("点位规划已批准：%(name)s"))


@transaction.atomic
def return_plan(actor: User, *, plan_id: int, reason: str) -> Plan:
    """Will give a submitted plan back to be changed; audited, and told with the reason.

    reason: 4-300 characters. Locks the plan. Raises: as ``approve_plan``; InvalidInput ("reason").
    """
    why = clean_reason(reason, _("理由"))
    return _decide(actor, plan_id, PlanState.RETURNED, why, _("点位规划被退回：%(name)s"))


@transaction.atomic
def finish_plan(actor: User, *, plan_id: int, reason: str = "") -> Plan:
    """Will close an approved plan; with points not built only for a reason. Audited.

    Locks the plan. Raises: NotFound; NotAllowed; Refused (not approved); InvalidInput ("reason").
    """
    plan = locked(plan_id)
    require_plan_in(actor, plan.unit, plan.area)
    if plan.state != PlanState.APPROVED:
        raise Refused(_("只有已批准的规划可以完成"))
    if plan.points.filter(asset__isnull=True).exists():
        plan.reason = clean_reason(reason, _("理由"))
    plan.done_at = clock.now()
    _move(actor, plan, PlanState.DONE, "siting_plan.finished")
    return plan


def _decide(actor: User, plan_id: int, state: PlanState, reason: str, title: str) -> Plan:
    plan = locked(plan_id)
    require_decide(actor, plan)
    if plan.state != PlanState.SUBMITTED:
        raise Refused(_("这份规划不在待审批状态"))
    plan.reason = reason
    plan.decider_name, plan.decided_at = actor.display_name, clock.now()
    _move(actor, plan, state, f"siting_plan.{state}")
    people = User.objects.filter(pk__in=[k for k in (plan.author_id, plan.sender_id) if k])
    _tell(plan, people, title)
    return plan


def _move(actor: User, plan: Plan, state: PlanState, action: str) -> None:
    before = {"state": plan.state}
    plan.state = state
    plan.save()
    after = {"state": plan.state, "reason": plan.reason}
    note(actor, action, plan, judged=plan.judged, **audit.changes(before, after))


def _deciders(plan: Plan) -> list[User]:
    may = users_with_permission(APPROVE).filter(tenant_id=plan.unit.tenant_id)
    return [person for person in may if can_decide(person, plan)]


def _tell(plan: Plan, people: Iterable[User], title: str) -> None:
    moment = (plan.decided_at or plan.sent_at or plan.created_at).isoformat()
    notify(
        recipients=people,
        kind="request",
        title=title % {"name": plan.name},
        body=plan.reason,
        url=f"/siting/{plan.pk}/",
        key=f"siting-plan:{plan.pk}:{plan.state}:{moment}",
    )
