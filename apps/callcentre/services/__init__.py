"""The call centre's writers, by topic."""

from apps.callcentre.services.controls import call_back, control
from apps.callcentre.services.crew import AgentSpec, SkillSpec, save_agent, save_group
from apps.callcentre.services.following import follow
from apps.callcentre.services.presence import declare, refresh_ledgers
from apps.callcentre.services.rosters import (
    ask_swap,
    assign,
    copy_week,
    monday_of,
    rule_swap,
    save_shift,
    unassign,
)
from apps.callcentre.services.routing import route_waiting, withdraw_late
from apps.callcentre.services.scores import feed_scores

__all__ = [
    "AgentSpec",
    "SkillSpec",
    "ask_swap",
    "assign",
    "call_back",
    "control",
    "copy_week",
    "declare",
    "feed_scores",
    "follow",
    "monday_of",
    "refresh_ledgers",
    "route_waiting",
    "rule_swap",
    "save_agent",
    "save_group",
    "save_shift",
    "unassign",
    "withdraw_late",
]
