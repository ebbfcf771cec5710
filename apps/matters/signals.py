"""What the engine announces, after commit."""

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal


@dataclass(frozen=True)
class CaseAdvanced:
    """One event happened to a case.

    at: aware, UTC. is_new: the event that opened the case. public_text: what the reporter may
    read of it; empty when there is nothing to tell.
    """

    case_id: int
    event_id: int
    seq: int
    matter_type: str
    action: str
    from_state: str
    to_state: str
    category: str
    at: datetime
    is_new: bool
    public_text: str


case_advanced = Signal()
"""Sent with ``advanced: CaseAdvanced`` once per event, after commit, in the same process."""
