"""A threshold rule comes into force when a second person agrees. Source: AL-02, AC-09."""

import hashlib
import json
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import (
    Act,
    Difference,
    Execution,
    Proposal,
    Result,
    register_act,
)
from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.alarms import permissions, services
from apps.alarms.models import AlarmRuleVersion

PUBLISH = "alarms-publish-rule"


def register() -> None:
    """Will make the act known."""
    register_act(_PUBLISH)


def publication(draft: AlarmRuleVersion) -> Proposal:
    """Will propose to put a draft in force."""
    rule = draft.rule
    return Proposal(
        act=PUBLISH,
        subject_type="alarms.rule",
        subject_id=rule.pk,
        subject_label=rule.name,
        organization=rule.unit,
        payload={
            "rule_id": rule.pk,
            "version_id": draft.pk,
            "number": draft.number,
            "name": rule.name,
            "before": rule.current.body if rule.current is not None else {},
            "after": draft.body,
        },
    )


def _may_publish(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    scope = scope_for(maker, permissions.EDIT)
    return scope.covers_tenant(organization.tenant_id) and scope.covers_organization(
        organization.path
    )


def _version(payload: dict[str, Any]) -> str:
    """Another text of the draft voids the change."""
    draft = AlarmRuleVersion.objects.select_for_update().get(pk=payload["version_id"])
    said = json.dumps([draft.body, draft.state], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _describe(payload: dict[str, Any]) -> list[Difference]:
    before, after = lines_of(payload["before"]), lines_of(payload["after"])
    names = dict.fromkeys([*before, *after])
    return [
        Difference(name, before.get(name, "—"), after.get(name, "—"))
        for name in names
        if before.get(name) != after.get(name)
    ] or [Difference(_("内容"), _("与现行版本相同"), _("与现行版本相同"))]


def lines_of(body: dict[str, Any]) -> dict[str, str]:
    """A rule in lines for people: level by level, then the rest."""
    found: dict[str, str] = {}
    for one in body.get("levels", ()):
        level = services.level_name(one["level"])
        found[_("%s触发条件") % level] = str(one["raise"])
        found[_("%s恢复条件") % level] = str(one.get("clear") or _("触发条件不再成立"))
        found[_("%s持续（秒）") % level] = str(one.get("for_s") or 0)
    for name, label in services.body_labels().items():
        if body.get(name):
            found[label] = str(body[name])
    return found


def _publish(execution: Execution) -> Result:
    draft = services.publish_rule(
        execution.maker, version_id=execution.payload["version_id"], checker=execution.checker
    )
    return Result(_("规则第%d版已生效。") % draft.number)


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("alarms:rule-detail", args=[payload["rule_id"]])


_PUBLISH = Act(
    code=PUBLISH,
    label=gettext_lazy("发布告警阈值规则"),
    checker_permission=permissions.PUBLISH,
    may_make=_may_publish,
    version=_version,
    describe=_describe,
    execute=_publish,
    link=_link,
)
