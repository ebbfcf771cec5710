"""Rows of the call centre."""

from apps.callcentre.models.agents import (
    Agent,
    AgentGroup,
    CallNote,
    Leg,
    Mark,
    Presence,
    Skill,
)
from apps.callcentre.models.rosters import DeskShift, DutySlot, SwapRequest

__all__ = [
    "Agent",
    "AgentGroup",
    "CallNote",
    "DeskShift",
    "DutySlot",
    "Leg",
    "Mark",
    "Presence",
    "Skill",
    "SwapRequest",
]
