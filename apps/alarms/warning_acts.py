"""A warning goes to the public when a second person agrees. Source: AL-07, AC-09."""

import hashlib
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, Execution, Result, register_act
from apps.accounts.models import Organization, User
from apps.alarms import permissions, services
from apps.alarms.enums import Level
from apps.alarms.models import PublicWarning


def register() -> None:
    """Will make the act known."""
    register_act(_ISSUE)


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    found = PublicWarning.objects.filter(pk=payload["warning_id"]).select_related("area").first()
    return found is not None and permissions.can_issue_in(maker, found.area)


def _version(payload: dict[str, Any]) -> str:
    found = PublicWarning.objects.select_for_update(of=("self",)).select_related("replaces")
    warning = found.get(pk=payload["warning_id"])
    replaced = warning.replaces.state if warning.replaces is not None else ""
    return hashlib.sha256(f"{warning.state} {replaced}".encode()).hexdigest()


def _describe(payload: dict[str, Any]) -> list[Difference]:
    until = parse_datetime(payload["until_at"]) if payload["until_at"] else None
    shown = date_format(localtime(until), "SHORT_DATETIME_FORMAT") if until else ""
    lines = [
        (_("级别"), Level(payload["level"]).label),
        (_("标题"), payload["title"]),
        (_("情况说明"), payload["text"]),
        (_("影响区域"), payload["area"]),
        (_("告知对象"), payload["audience"]),
        (_("应采取的措施"), payload["action"]),
        (_("解除条件"), payload["lift"]),
        (_("预计持续至"), shown),
        (_("接替的预警"), payload["replaces"]),
    ]
    return [Difference(label, "—", str(text)) for label, text in lines if text]


def _execute(execution: Execution) -> Result:
    warning = services.issue_warning(
        execution.maker, warning_id=execution.payload["warning_id"], checker=execution.checker
    )
    return Result(_("预警“%(title)s”已向公众发布。") % {"title": warning.title})


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("alarms:warning-detail", args=[payload["warning_id"]])


_ISSUE = Act(
    code=services.ISSUE_ACT,
    label=gettext_lazy("发布公众预警"),
    checker_permission=permissions.APPROVE,
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
    link=_link,
)
