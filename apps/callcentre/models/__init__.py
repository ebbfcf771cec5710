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

__all__ = ["Agent", "AgentGroup", "CallNote", "Leg", "Mark", "Presence", "Skill"]
