"""Automatic dispatch is switched on by two people, and off by one. Source: HL-18."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.enums import SwitchState
from apps.hotline.learning.dispatching import is_switched_on
from apps.hotline.learning.permissions import AGREE, ASK, SWITCHERS, require_in, tenant_ids
from apps.hotline.models import DispatchSwitch

REASON_MAX = 200


def list_switches(viewer: User) -> QuerySet[DispatchSwitch]:
    """Will give what was asked and decided in the viewer's bodies, the newest first."""
    found = DispatchSwitch.objects.select_related("tenant", "asked_by", "decided_by")
    reached = tenant_ids(viewer, *SWITCHERS)
    return found if reached is None else found.filter(tenant_id__in=reached)


@transaction.atomic
def ask_switch(actor: User, *, tenant: Tenant, is_on: bool, reason: str) -> DispatchSwitch:
    """Will ask for automatic dispatch to begin, or end it at once. Audited; locks the body.

    reason: 2 to 200 characters. Raises: NotAllowed; InvalidInput (field "reason"); Refused (it
    already is so, or a wish waits).
    """
    require_in(actor, tenant.pk, ASK)
    if not 2 <= len(reason.strip()) <= REASON_MAX:
        raise InvalidInput(_("请用2至%s个字写明理由") % REASON_MAX, field="reason")
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    if is_switched_on(tenant.pk) == is_on:
        raise Refused(_("自动派单已是此状态"))
    now = clock.now()
    try:
        with transaction.atomic():
            switch = DispatchSwitch.objects.create(
                tenant=tenant,
                is_on=is_on,
                state=SwitchState.ASKED if is_on else SwitchState.AGREED,
                reason=reason.strip(),
                asked_by=actor,
                asked_at=now,
                decided_by=None if is_on else actor,
                decided_at=None if is_on else now,
            )
    except IntegrityError as error:
        raise Refused(_("已有一份申请待批准")) from error
    _note(actor, "auto_dispatch.asked" if is_on else "auto_dispatch.switched_off", switch, {})
    return switch


@transaction.atomic
def decide_switch(actor: User, *, switch_id: int, agree: bool) -> DispatchSwitch:
    """Will let automatic dispatch begin, or not; by somebody else than who asked. Audited.

    Locks the row. Raises: NotFound; NotAllowed; Refused (decided already).
    """
    switch = DispatchSwitch.objects.select_for_update().filter(pk=switch_id).first()
    reached = tenant_ids(actor, *SWITCHERS)
    if switch is None or (reached is not None and switch.tenant_id not in reached):
        raise NotFound(_("没有这份申请，或您无权查看"))
    require_in(actor, switch.tenant_id, AGREE)
    if switch.asked_by_id == actor.pk:
        raise NotAllowed(_("申请人不能批准自己的申请，请由另一人批准"))
    if switch.state != SwitchState.ASKED:
        raise Refused(_("该申请已有结果"))
    before = audit.snapshot(switch, "state", "decided_by_id")
    switch.state = SwitchState.AGREED if agree else SwitchState.REFUSED
    switch.decided_by, switch.decided_at = actor, clock.now()
    switch.save(update_fields=["state", "decided_by", "decided_at"])
    after = audit.snapshot(switch, "state", "decided_by_id")
    deed = "auto_dispatch.switched_on" if agree else "auto_dispatch.refused"
    _note(actor, deed, switch, audit.changes(before, after))
    return switch


def _note(actor: User, action: str, switch: DispatchSwitch, data: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type="hotline.dispatch_switch",
        object_id=switch.pk,
        object_label=switch.tenant.name,
        data={"reason": switch.reason, **data},
    )
