"""The shape of a matter definition: parsing it, and refusing one that could trap a case.

``MatterVersion.body`` is a JSON object:

    title       str; the name shown to citizens
    states      [{code, label, category, public_label}]; the first is where a case begins
    actors      {name: {permission?, reach: tenant|unit|task|reporter|system, task?}}
    actions     [{code, from: [state], to?: state, outcomes?: {outcome: state}, who: [actor],
                  label?}]; ``to`` absent and ``outcomes`` absent: the state does not change
    tables      {dispatch: code of a decision table}
    clocks      [{name, label, main?, limit: {amount, unit} | "dispatch", starts: [action],
                  stops: [action], pauses: [category], thresholds: [...]}]
    form        a form definition (CO-03), optional
    policies    {returns_per_unit, extension_max_days, callback_attempts, redo_days,
                 low_score, ...}: whole numbers, defaults in ``POLICY_DEFAULTS``

Time in ``limit`` is {"amount": n, "unit": "working_days" | "working_hours" |
"calendar_hours" | "calendar_days"}. Source: MT-01, MT-02, architecture 3.1.
"""

from apps.matters.definition.check import check
from apps.matters.definition.parsing import definition_of, parse
from apps.matters.definition.schema import POLICY_DEFAULTS, SCHEMA
from apps.matters.definition.shape import (
    ActionDef,
    ActorDef,
    ClockDef,
    MatterDefinition,
    StateDef,
    ThresholdDef,
)

__all__ = [
    "POLICY_DEFAULTS",
    "SCHEMA",
    "ActionDef",
    "ActorDef",
    "ClockDef",
    "MatterDefinition",
    "StateDef",
    "ThresholdDef",
    "check",
    "definition_of",
    "parse",
]
