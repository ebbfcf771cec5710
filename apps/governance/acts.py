"""The conclusion of a risk assessment waits for a second person. Source: GR-19, AC-09."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import (
    Act,
    Difference,
    Execution,
    Result,
    register_act,
)
from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.governance import permissions
from apps.governance.models import RiskAssessment
from apps.governance.selectors.assessments import content_digest
from apps.governance.services import assessments


def register() -> None:
    """Will make the act known."""
    register_act(_CONCLUDE)


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return scope_for(maker, permissions.ASSESS).covers_tenant(organization.tenant_id)


def _version(payload: dict[str, Any]) -> str:
    found = RiskAssessment.objects.select_for_update().get(pk=payload["assessment_id"])
    return content_digest(found)


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("决策事项"), payload["title"], payload["title"]),
        Difference(_("风险分"), "—", payload["score"]),
        Difference(_("风险等级"), "—", payload["level"]),
        Difference(_("计算过程"), "—", "\n".join(payload["steps"])),
        Difference(_("评估结论"), "—", payload["conclusion"]),
    ]


def _execute(execution: Execution) -> Result:
    done = assessments.approve_conclusion(
        execution.maker,
        assessment_id=execution.payload["assessment_id"],
        checker=execution.checker,
    )
    return Result(_("已审定：%s。") % done.number)


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("governance:assessment", args=[payload["assessment_id"]])


_CONCLUDE = Act(
    code=assessments.ACT,
    label=gettext_lazy("审定重大决策风险评估"),
    checker_permission=permissions.APPROVE_RISK,
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
    is_rehearsed=False,  # without a checker nothing is fixed, also not on trial
    link=_link,
)
