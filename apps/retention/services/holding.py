"""Single cases kept beyond their time: placed and lifted by name, with a reason."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.matters.models import Case
from apps.matters.registry import PersonHolder
from apps.retention import permissions
from apps.retention.models import Hold

REASON_LEAST, REASON_MOST = 2, 300


class HeldCases(PersonHolder):
    """The cases somebody holds."""

    def kept_because(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Will give the reason of each hold."""
        found = Hold.objects.filter(case_id__in=case_ids, lifted_at=None)
        return {
            case_id: _("保全：%s") % reason
            for case_id, reason in found.values_list("case_id", "reason")
        }


@transaction.atomic
def place_hold(actor: User, *, tenant: Tenant, number: str, reason: str) -> Hold:
    """Will keep a case until somebody lifts the hold; audited.

    number: of the case. reason: 2-300 characters, shown wherever the case is passed over.
    Locks the case. Raises: NotAllowed; InvalidInput (fields "number", "reason"); Refused (held
        already, or forgotten already).
    """
    permissions.require(actor, permissions.HOLD, tenant.pk)
    reason = _reason(reason)
    case = (
        Case.objects.select_for_update(of=("self",))
        .only("pk", "number", "tenant_id")
        .filter(tenant=tenant, number=number.strip())
        .first()
    )
    if case is None:
        raise InvalidInput(_("没有这个受理编号"), field="number")
    if hasattr(case, "tombstone"):
        raise Refused(_("该案件已匿名化"))
    if Hold.objects.filter(case=case, lifted_at=None).exists():
        raise Refused(_("该案件已在保全中"))
    hold = Hold.objects.create(
        tenant=tenant, case=case, reason=reason, placed_at=clock.now(), placed_by=actor
    )
    _note(actor, "retention_hold.placed", hold, {})
    return hold


@transaction.atomic
def lift_hold(actor: User, *, hold_id: int, reason: str) -> Hold:
    """Will end a hold; the case goes with the next pass if its time is over. Locks the hold.

    Raises: NotFound; NotAllowed; Refused (lifted already); InvalidInput (field "reason").
    """
    hold = (
        Hold.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=hold_id)
        .first()
    )
    if hold is None:
        raise NotFound(_("没有这条保全"))
    permissions.require(actor, permissions.HOLD, hold.tenant_id)
    if hold.lifted_at is not None:
        raise Refused(_("该保全已解除"))
    reason, before = _reason(reason), _seen(hold)
    hold.lifted_at, hold.lifted_by, hold.lift_reason = clock.now(), actor, reason
    hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    _note(actor, "retention_hold.lifted", hold, before)
    return hold


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise InvalidInput(_("请填写理由（2至300字）"), field="reason")
    return reason


def _seen(hold: Hold) -> dict[str, Any]:
    return audit.snapshot(hold, "placed_by_id", "lifted_at", "lifted_by_id")


def _note(actor: User, action: str, hold: Hold, before: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type="case",
        object_id=hold.case_id,
        object_label=hold.case.number,
        data=audit.changes(before, _seen(hold)),
    )
