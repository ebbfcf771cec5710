"""The call centre's writers, by topic."""

from apps.callcentre.services.controls import call_back, control
from apps.callcentre.services.crew import AgentSpec, SkillSpec, save_agent, save_group
from apps.callcentre.services.following import follow
from apps.callcentre.services.presence import declare, refresh_ledgers
from apps.callcentre.services.routing import route_waiting, withdraw_late
from apps.callcentre.services.scores import feed_scores

__all__ = [
    "AgentSpec",
    "SkillSpec",
    "call_back",
    "control",
    "declare",
    "feed_scores",
    "follow",
    "refresh_ledgers",
    "route_waiting",
    "save_agent",
    "save_group",
    "withdraw_late",
]
