"""Alarms, their history, their rules, what is arranged about them, the cases they became."""

from apps.alarms.models.alarms import Alarm, AlarmEvent
from apps.alarms.models.arranging import Dependency, EscalationStep, Silence, WarningLevel
from apps.alarms.models.discoveries import Discovery
from apps.alarms.models.rehearsals import RuleRehearsal
from apps.alarms.models.rules import AlarmRule, AlarmRuleVersion, RuleState
from apps.alarms.models.warnings import PublicWarning
from apps.alarms.models.watching import WatchRound

__all__ = [
    "Alarm",
    "AlarmEvent",
    "AlarmRule",
    "AlarmRuleVersion",
    "Dependency",
    "Discovery",
    "EscalationStep",
    "PublicWarning",
    "RuleRehearsal",
    "RuleState",
    "Silence",
    "WarningLevel",
    "WatchRound",
]
