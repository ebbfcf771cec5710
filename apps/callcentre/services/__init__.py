"""The call centre's writers, by topic."""

from apps.callcentre.services.controls import call_back, control
from apps.callcentre.services.crew import AgentSpec, SkillSpec, save_agent, save_group
from apps.callcentre.services.following import follow
from apps.callcentre.services.presence import declare, refresh_ledgers
from apps.callcentre.services.quality import (
    DrawSpec,
    appeal_score,
    draft_sheet,
    draw_sample,
    publish_sheet,
    score_call,
)
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
from apps.callcentre.services.scripts import ScriptSpec, rule_script, vote_script, write_script

__all__ = [
    "AgentSpec",
    "DrawSpec",
    "ScriptSpec",
    "SkillSpec",
    "appeal_score",
    "ask_swap",
    "assign",
    "call_back",
    "control",
    "copy_week",
    "declare",
    "draft_sheet",
    "draw_sample",
    "feed_scores",
    "follow",
    "monday_of",
    "publish_sheet",
    "refresh_ledgers",
    "route_waiting",
    "rule_script",
    "rule_swap",
    "save_agent",
    "save_group",
    "save_shift",
    "score_call",
    "unassign",
    "vote_script",
    "withdraw_late",
    "write_script",
]
