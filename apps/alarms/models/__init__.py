"""Alarms, their history, the rules that raise them, and what is arranged about them."""

from apps.alarms.models.alarms import Alarm, AlarmEvent
from apps.alarms.models.arranging import Dependency, EscalationStep, Silence, WarningLevel
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
    "EscalationStep",
    "PublicWarning",
    "RuleRehearsal",
    "RuleState",
    "Silence",
    "WarningLevel",
    "WatchRound",
]
