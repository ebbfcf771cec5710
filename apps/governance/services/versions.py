"""The way of a version: draft, submitted, published by another person, retired."""

from typing import TypeVar

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound, Refused
from apps.governance.enums import TextState
from apps.governance.models import AppraisalFormula, RiskTemplate

Version = TypeVar("Version", AppraisalFormula, RiskTemplate)
SHOWN = ("state",)


def next_number(versions: "QuerySet[Version]", tenant: Tenant) -> int:
    """Will give the next version number of a body, which is locked until commit."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    last = versions.filter(tenant=tenant).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def lock_version(
    actor: User, versions: "QuerySet[Version]", pk: int, *, right: str, state: TextState
) -> Version:
    """Will lock a version the actor may act on. Raises: NotFound; NotAllowed; Refused."""
    found = versions.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个版本"))
    if not scope_for(actor, right).covers_tenant(found.tenant_id):
        raise NotAllowed(_("您没有执行该操作的权限"))
    if found.state != state:
        raise Refused(
            _("此版本当前为“%(state)s”，不能执行该操作") % {"state": found.get_state_display()}
        )
    return found


def move(actor: User, version: Version, state: TextState, action: str) -> None:
    """Will set the state and write it to the log."""
    before = snapshot(version, *SHOWN)
    version.state = state
    version.save(update_fields=["state"])
    record_row(actor, action, version, **changes(before, snapshot(version, *SHOWN)))


def publish(actor: User, version: Version, replaced: "QuerySet[Version]", action: str) -> None:
    """Will put a version in force and retire what it replaces. Raises: NotAllowed (the author)."""
    if version.author_id == actor.pk:
        raise NotAllowed(_("编制人不能审批自己的版本，请由另一人审批"))
    for earlier in replaced.select_for_update().filter(state=TextState.PUBLISHED).order_by("pk"):
        move(actor, earlier, TextState.RETIRED, f"{action}_retired")
    version.approved_at = clock.now()
    version.approver_id, version.approver_name = actor.pk, actor.log_name[:100]
    version.save(update_fields=["approved_at", "approver_id", "approver_name"])
    move(actor, version, TextState.PUBLISHED, action)
