"""Binding a certificate to an account needs a second person. AC-03, AC-09."""

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
from apps.accounts.assurance import recovery
from apps.accounts.factors import certificates
from apps.accounts.models import Certificate, Organization, User
from apps.accounts.selectors import appointments_in_force
from apps.common.errors import NotAllowed

BIND = "accounts-bind-certificate"


def register() -> None:
    """Will make the act known."""
    register_act(_BIND)


def binding(*, user: User, certificate: str) -> Proposal:
    """Will propose to let a certificate speak for an account.

    Raises: InvalidInput (not trusted, revoked, too old); NotAllowed (the person has no post).
    """
    holder = certificates.read_certificate(certificate)
    appointment = appointments_in_force(user).first()
    if appointment is None:
        raise NotAllowed(_("该人员没有任职，不能登记数字证书。"))
    return Proposal(
        act=BIND,
        subject_type="accounts.user",
        subject_id=user.pk,
        subject_label=user.display_name,
        organization=appointment.post.organization,
        payload={
            "user_id": user.pk,
            "certificate": certificate,
            "subject": holder.subject,
            "issuer": holder.issuer,
            "serial": holder.serial,
            "expires_on": f"{holder.expires_at:%Y-%m-%d}",
        },
        concerned=user,
    )


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_unlock(maker, organization.tenant_id)


def _version(payload: dict[str, Any]) -> str:
    user = User.objects.select_for_update().get(pk=payload["user_id"])
    last = Certificate.objects.filter(user=user).order_by("-pk").first()
    return f"{user.is_active} {last.pk if last else 0} {last.ended_at if last else ''}"


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("证书持有人"), "—", payload["subject"]),
        Difference(_("颁发机构"), "—", payload["issuer"]),
        Difference(_("序列号"), "—", payload["serial"]),
        Difference(_("有效期至"), "—", payload["expires_on"]),
        Difference(_("由此可以"), "—", _("凭该证书以本人名义登录，并达到最高可信等级")),
    ]


def _execute(execution: Execution) -> Result:
    user = User.objects.get(pk=execution.payload["user_id"])
    certificates.bind(
        execution.maker,
        user=user,
        certificate=execution.payload["certificate"],
        checked_by=execution.checker,
    )
    recovery.finish(user)
    return Result(_("已登记数字证书。"))


_BIND = Act(
    code=BIND,
    label=gettext_lazy("登记数字证书"),
    checker_permission="accounts.manage_roles",
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
)
