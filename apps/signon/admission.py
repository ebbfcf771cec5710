"""Admitting an application as an act of two people: what the checker sees."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, register_act
from apps.accounts.models import Organization, User
from apps.common.phrases import series
from apps.signon.enums import AccessMode, Protocol
from apps.signon.permissions import can_manage
from apps.signon.services.applications import ADMIT, admit, version_of

CHECKS = "accounts.manage_roles"


def register() -> None:
    """Will make the act known to the engine of approvals."""
    register_act(_ADMIT)


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return can_manage(maker, organization.tenant_id)


def describe(payload: dict[str, Any]) -> list[Difference]:
    """Will say line by line what would change."""
    before, after = payload["before"], payload["settings"]
    lines = []
    for name, label, tell in _LINES:
        was = tell(before[name]) if before else ""
        will = tell(after[name])
        if was != will or name in ("mode", "minimum_level"):
            lines.append(Difference(str(label), was or "—", will or "—"))
    whom = series([*payload["roles"], *payload["units"]]) or _("本单位全体人员")
    lines.append(Difference(_("可用范围"), "—", whom))
    return lines


def _yes(value: bool) -> str:
    return _("是") if value else _("否")


def _many(values: list[str]) -> str:
    return "\n".join(values)


_LINES: tuple[tuple[str, Any, Any], ...] = (
    ("name", gettext_lazy("名称"), str),
    ("mode", gettext_lazy("接入方式"), lambda v: str(AccessMode(v).label)),
    ("protocol", gettext_lazy("协议"), lambda v: str(Protocol(v).label)),
    ("minimum_level", gettext_lazy("最低可信等级"), str),
    ("redirect_uris", gettext_lazy("回调地址"), _many),
    ("post_logout_uris", gettext_lazy("退出后返回地址"), _many),
    ("logout_url", gettext_lazy("退出通知地址"), str),
    ("scopes", gettext_lazy("授权范围"), series),
    ("is_public", gettext_lazy("无法保管密钥"), _yes),
    ("allows_refresh", gettext_lazy("可续期"), _yes),
    ("allows_device", gettext_lazy("可用设备登录"), _yes),
    ("asks_consent", gettext_lazy("登录时征得本人同意"), _yes),
    ("is_shared", gettext_lazy("全市可用"), _yes),
    ("start_url", gettext_lazy("入口地址"), str),
    ("description", gettext_lazy("说明"), str),
    ("icon", gettext_lazy("图标"), str),
    ("position", gettext_lazy("顺序"), str),
)

_ADMIT = Act(
    code=ADMIT,
    label=gettext_lazy("接入应用的登录设置"),
    checker_permission=CHECKS,
    may_make=_may_make,
    version=version_of,
    describe=describe,
    execute=admit,
    # Trying it out would need a second person; what cannot be done is refused before filing.
    is_rehearsed=False,
)
