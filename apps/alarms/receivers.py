"""What the alarm centre does when something was ordered, or a case has ended."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from apps.accounts.approvals.signals import ChangeMoved, change_moved
from apps.accounts.models import HeldChange
from apps.alarms import services
from apps.alarms.services._shared import CLOSE_CASE, OPEN_CASE
from apps.common import outbox
from apps.common.models import OutboxMessage
from apps.matters.enums import StateCategory
from apps.matters.signals import CaseAdvanced, case_advanced

_ENDED = {"refused", "withdrawn", "expired", "stale", "failed"}


@outbox.handles(OPEN_CASE)
def open_ordered(message: OutboxMessage) -> None:
    """Opens the case a rule wants."""
    services.open_ordered_case(message.payload["alarm"])


@outbox.handles(CLOSE_CASE)
def follow_recovery(message: OutboxMessage) -> None:
    """Ends the case of an alarm that is over, where that may be."""
    services.follow_recovery(message.payload["alarm"])


@receiver(change_moved, dispatch_uid="alarms.follow_warning")
def follow_warning(event: ChangeMoved, **_signal: Any) -> None:
    """Closes a warning whose approval ended without a yes, in the same transaction."""
    if event.step not in _ENDED:
        return
    held = HeldChange.objects.filter(pk=event.change_id, act=services.ISSUE_ACT).first()
    if held is not None:
        why = f"{held.get_state_display()} {held.note or held.outcome}".strip()
        actor = held.checker or held.maker
        services.drop_warning(actor, warning_id=held.payload["warning_id"], why=why)


@receiver(case_advanced, dispatch_uid="alarms.note_ended_case")
def note_ended_case(advanced: CaseAdvanced, **_others: Any) -> None:
    """Tells the alarms of a case that it has ended, was answered, or its class was corrected."""
    if advanced.category == StateCategory.ENDED and advanced.from_state != advanced.to_state:
        services.note_ended_case(advanced.case_id, text=_("案件已办结"))
    if advanced.category == StateCategory.CHECKING and advanced.from_state != advanced.to_state:
        services.follow_answer(advanced.case_id, advanced.event_id)
    if advanced.action == "correct":
        services.follow_correction(advanced.case_id, advanced.event_id)
