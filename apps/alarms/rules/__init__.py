"""Threshold rules as data and the pure functions that follow them. No I/O in here.

``condition`` reads a condition, ``document`` a whole rule, ``engine`` follows one rule for one
thing reading by reading, ``trend`` looks ahead, ``examples`` tries a rule on its own test cases,
``wording`` says why.
"""

from apps.alarms.rules.condition import Condition, ConditionError, parse
from apps.alarms.rules.document import (
    LevelRule,
    Rule,
    RuleError,
    Schedule,
    WorkDays,
    read_rule,
)
from apps.alarms.rules.engine import Effect, Reading, State, begin, next_due, step, tick

__all__ = [
    "Condition",
    "ConditionError",
    "Effect",
    "LevelRule",
    "Reading",
    "Rule",
    "RuleError",
    "Schedule",
    "State",
    "WorkDays",
    "begin",
    "next_due",
    "parse",
    "read_rule",
    "step",
    "tick",
]
