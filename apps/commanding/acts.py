"""A grave command waits for a second person. Source: AC-09, decision 0063."""

import hashlib
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, Execution, Result, register_act
from apps.accounts.models import Organization, User
from apps.commanding import permissions, services
from apps.commanding.models import Command


def register() -> None:
    """Will make the act known."""
    register_act(_SEND)


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    found = Command.objects.select_related("device__asset__area", "kind")
    command = found.filter(pk=payload["number"]).first()
    return command is not None and permissions.can_send(maker, command.device, command.kind)


def _version(payload: dict[str, Any]) -> str:
    found = Command.objects.select_for_update(of=("self",)).select_related("device", "kind")
    command = found.get(pk=payload["number"])
    kind = command.kind
    told = (command.state, command.device.is_active, kind.is_active, kind.parameters)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _describe(payload: dict[str, Any]) -> list[Difference]:
    asked = [Difference(label, "—", text or "—") for label, text in payload["parameters"]]
    return [
        Difference(_("感知设备"), payload["device"], payload["device"]),
        Difference(_("命令"), "—", payload["command"]),
        *asked,
    ]


def _execute(execution: Execution) -> Result:
    command = services.release_command(execution.maker, number=execution.payload["number"])
    return Result(_("命令 %(n)d 已放行，待设备接收。") % {"n": command.pk})


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("commanding:command-detail", args=[payload["number"]])


_SEND = Act(
    code=services.ACT,
    label=gettext_lazy("下达设备命令"),
    checker_permission=permissions.APPROVE,
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
    link=_link,
)
