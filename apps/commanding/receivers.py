"""What becomes of a command when its approval ends without a yes."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from apps.accounts.approvals.signals import ChangeMoved, change_moved
from apps.accounts.models import HeldChange
from apps.commanding import services

_ENDED = {"refused", "withdrawn", "expired", "stale", "failed"}


@receiver(change_moved, dispatch_uid="commanding.follow_approval")
def follow_approval(event: ChangeMoved, **_signal: Any) -> None:
    """Cancels the command, in the transaction in which the approval ended."""
    if event.step not in _ENDED:
        return
    held = HeldChange.objects.filter(pk=event.change_id, act=services.ACT).first()
    if held is not None:
        why = _("复核：%(state)s") % {"state": held.get_state_display()}
        services.void_command(
            number=held.payload["number"], why=f"{why} {held.note or held.outcome}".strip()
        )
