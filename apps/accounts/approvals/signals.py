"""What the engine announces, within the transaction of the deed: who is told is part of it."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class ChangeMoved:
    """A held change was filed, decided or ran out.

    step: "filed", "alone", "approved", "refused", "withdrawn", "expired", "stale", "failed",
    "confirmed", "objected" or "overdue".
    """

    change_id: int
    step: str


change_moved = Signal()
