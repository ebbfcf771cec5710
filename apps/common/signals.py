"""What the ground floor announces.

``configuration_changed`` carries a ``Change``. It is sent inside the transaction of the deed
and its receivers may refuse by raising: the audit log, one layer above, writes its entry here,
so a change that cannot be logged does not happen.
"""

from dataclasses import dataclass, field
from typing import Any

from django.dispatch import Signal

configuration_changed = Signal()


@dataclass(frozen=True)
class Change:
    """One deed on the ground floor, told in the words of an audit entry.

    before, after: what the deed changed as plain JSON values; before is empty for what is new.
    """

    actor: Any
    action: str
    object_type: str
    object_id: str
    object_label: str
    data: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def announce(change: Change) -> None:
    """Will tell the receivers of ``configuration_changed``; their errors reach the caller."""
    configuration_changed.send(sender=Change, change=change)
