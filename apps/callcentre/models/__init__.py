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
from apps.callcentre.models.quality import Inspection, QualityScore, Sample, ScoreSheet
from apps.callcentre.models.rosters import DeskShift, DutySlot, SwapRequest
from apps.callcentre.models.scripts import Script, ScriptVersion, ScriptVote

__all__ = [
    "Agent",
    "AgentGroup",
    "CallNote",
    "DeskShift",
    "DutySlot",
    "Inspection",
    "Leg",
    "Mark",
    "Presence",
    "QualityScore",
    "Sample",
    "ScoreSheet",
    "Script",
    "ScriptVersion",
    "ScriptVote",
    "Skill",
    "SwapRequest",
]
