"""Telling people to another system as an act of two people: what the checker sees."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, register_act
from apps.accounts.models import Organization, User
from apps.common.phrases import series
from apps.signon.permissions import can_manage
from apps.signon.services.pushing import ACT, push_version, switch_on

CHECKS = "accounts.manage_roles"


def register() -> None:
    """Will make the act known to the engine of approvals."""
    register_act(_PUSH)


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return can_manage(maker, organization.tenant_id)


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("推送地址"), _("不推送"), payload["base_url"]),
        Difference(_("人数"), "0", str(payload["people"])),
        Difference(_("授权范围"), "—", series(payload["scopes"]) or "—"),
    ]


_PUSH = Act(
    code=ACT,
    label=gettext_lazy("向其他系统推送人员"),
    checker_permission=CHECKS,
    may_make=_may_make,
    version=push_version,
    describe=_describe,
    execute=switch_on,
    is_rehearsed=False,
)
