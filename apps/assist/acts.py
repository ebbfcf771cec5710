"""Switching an assistant on waits for a second person. Source: TX-05, TX-06, decision 0099."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, Execution, Result, register_act
from apps.accounts.models import Organization, User
from apps.assist import permissions, services
from apps.assist.models import Assistant
from apps.common.phrases import series


def register() -> None:
    """Will make the act known."""
    register_act(_ON)


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_keep_in(maker, organization)


def _version(payload: dict[str, Any]) -> str:
    assistant = Assistant.objects.select_for_update().get(pk=payload["assistant"])
    return f"{assistant.revision}:{assistant.is_on}"


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("用途"), "—", payload["kind"]),
        Difference(_("地址"), "—", payload["address"]),
        Difference(_("使用目的"), "—", payload["purpose"]),
        Difference(_("可使用的单位"), "—", series(payload["units"])),
        Difference(_("状态"), _("停用"), _("启用")),
    ]


def _execute(execution: Execution) -> Result:
    told = execution.payload
    assistant = services.switch_on(
        execution.maker, assistant_id=told["assistant"], revision=told["revision"]
    )
    return Result(_("“%(name)s”已启用。") % {"name": assistant.name})


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("assist:assistant-detail", args=[payload["assistant"]])


_ON = Act(
    code=services.ACT,
    label=gettext_lazy("启用智能辅助服务"),
    checker_permission=permissions.APPROVE,
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
    link=_link,
)
