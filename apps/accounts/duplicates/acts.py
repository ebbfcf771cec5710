"""Merging two accounts of one colleague waits for a second person. AC-01, AC-09."""

import hashlib
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import permissions
from apps.accounts.approvals.registry import (
    Act,
    Difference,
    Execution,
    Proposal,
    Result,
    register_act,
)
from apps.accounts.duplicates.services import MergePlan, merge_users
from apps.accounts.models import Appointment, Organization, User
from apps.accounts.selectors import appointments_in_force
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.common.phrases import labelled, series

MERGE = "accounts-merge"


def register() -> None:
    """Will make the act known."""
    register_act(_MERGE)


def proposal_of(maker: User, plan: MergePlan, *, reason: str) -> Proposal:
    """Will propose a merger. Raises: NotAllowed (nobody of the three holds a post there)."""
    return Proposal(
        act=MERGE,
        subject_type="accounts.user",
        subject_id=plan.kept.pk,
        subject_label=plan.kept.display_name,
        organization=_unit(maker, plan),
        payload={
            "kept_id": plan.kept.pk,
            "kept": _named(plan.kept),
            "dropped_id": plan.dropped.pk,
            "dropped": _named(plan.dropped),
            "posts": [str(a.post) for a in plan.posts],
            "works": [labelled(*pair) for pair in plan.works],
            "delegations": plan.delegations,
            "ends": [labelled(*pair) for pair in plan.ends],
            "reason": reason.strip(),
        },
        concerned=plan.kept,
    )


def _unit(maker: User, plan: MergePlan) -> Organization:
    for user in (plan.kept, plan.dropped, maker):
        held = appointments_in_force(user).filter(post__organization__tenant=plan.kept.tenant)
        if appointment := held.first():
            return appointment.post.organization
    raise NotAllowed(_("请以所任岗位办理账号合并。"))


def _named(user: User) -> str:
    return f"{user.full_name}（{user.username}）"


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_manage_people(maker, organization.tenant_id)


def _version(payload: dict[str, Any]) -> str:
    keys = [payload["kept_id"], payload["dropped_id"]]
    people = User.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    posts = Appointment.objects.filter(user__in=keys).exclude(to_on__lt=clock.today())
    seen = [(user.pk, user.is_active, user.merged_into_id) for user in people]
    held = sorted(posts.values_list("user_id", "post_id", "is_primary"))
    return hashlib.sha256(repr((seen, held)).encode()).hexdigest()


def _describe(payload: dict[str, Any]) -> list[Difference]:
    none = "—"
    return [
        Difference(_("保留的账号"), payload["kept"], payload["kept"]),
        Difference(_("并入的账号"), payload["dropped"], _("停用，指向保留的账号")),
        Difference(_("转来的岗位"), none, series(payload["posts"]) or none),
        Difference(_("转来的在办工作"), none, series(payload["works"]) or none),
        Difference(_("转来的代办委托"), none, str(payload["delegations"])),
        Difference(_("随之终止"), series(payload["ends"]) or none, none),
    ]


def _execute(execution: Execution) -> Result:
    payload = execution.payload
    merge_users(
        execution.maker,
        kept_id=payload["kept_id"],
        dropped_id=payload["dropped_id"],
        reason=payload["reason"],
        checker=execution.checker,
    )
    return Result(_("已合并账号。"))


_MERGE = Act(
    code=MERGE,
    label=gettext_lazy("合并重复账号"),
    checker_permission="accounts.manage_roles",
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
    is_rehearsed=False,  # ends sessions, which a rollback would not bring back
    concerns=lambda payload: frozenset({payload["kept_id"], payload["dropped_id"]}),
)
