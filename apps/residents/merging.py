"""A merger of two accounts waits for a second person. AC-01, AC-09."""

import hashlib
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, Execution, Proposal, Result
from apps.accounts.models import Organization, User
from apps.accounts.selectors import appointments_in_force
from apps.common.errors import NotAllowed
from apps.residents import permissions, services
from apps.residents.enums import MANAGE
from apps.residents.models import PublicAccount
from apps.residents.services import MergePlan

MERGE = "residents-merge"


def proposal_of(maker: User, plan: MergePlan, *, reason: str) -> Proposal:
    """Will propose a merger. Raises: NotAllowed (the maker holds no post in that body)."""
    held = appointments_in_force(maker).filter(post__organization__tenant_id=plan.kept.tenant_id)
    appointment = held.first()
    if appointment is None:
        raise NotAllowed(_("请以所任岗位办理账户合并"))
    return Proposal(
        act=MERGE,
        subject_type="residents.account",
        subject_id=plan.kept.pk,
        subject_label=str(plan.kept),
        organization=appointment.post.organization,
        payload={
            "kept_id": plan.kept.pk,
            "kept": str(plan.kept),
            "dropped_id": plan.dropped.pk,
            "dropped": str(plan.dropped),
            "bindings": plan.bindings,
            "legal_persons": plan.legal_persons,
            "agencies": plan.agencies,
            "sessions": plan.sessions,
            "reason": reason.strip(),
        },
    )


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_manage(maker, organization.tenant_id)


def _version(payload: dict[str, Any]) -> str:
    keys = [payload["kept_id"], payload["dropped_id"]]
    rows = PublicAccount.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    seen = [(row.pk, row.state, row.phone, row.identity_digest) for row in rows]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _describe(payload: dict[str, Any]) -> list[Difference]:
    moved = _(
        "小程序绑定 %(bindings)s 项、法人 %(legal_persons)s 个、代理 %(agencies)s 项"
        "转入保留的账户；%(sessions)s 处登录被结束"
    )
    return [
        Difference(_("保留"), payload["kept"], payload["kept"]),
        Difference(_("并入"), payload["dropped"], _("已并入，不能再登录")),
        Difference(_("转移"), "", moved % payload),
    ]


def _execute(execution: Execution) -> Result:
    payload = execution.payload
    services.merge_accounts(
        execution.maker,
        kept_id=payload["kept_id"],
        dropped_id=payload["dropped_id"],
        reason=payload["reason"],
        checker=execution.checker,
    )
    return Result(_("已合并公众账户。"))


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("residents:account-detail", args=[payload["kept_id"]])


MERGE_ACT = Act(
    code=MERGE,
    label=gettext_lazy("合并公众账户"),
    checker_permission=MANAGE,
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
    link=_link,
)
