"""Deeds of the ground floor, which may not import upward, are logged from here."""

from typing import Any

from django.dispatch import receiver

from apps.audit import services
from apps.common.signals import Change, configuration_changed


@receiver(configuration_changed)
def record_change(change: Change, **_signal: Any) -> None:
    changed = services.changes(change.before, change.after) if change.after else {}
    services.record(
        change.actor,
        change.action,
        object_type=change.object_type,
        object_id=change.object_id,
        object_label=change.object_label,
        data=change.data | changed,
    )
