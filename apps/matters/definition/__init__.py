"""The shape of a matter definition: parsing it, and refusing one that could trap a case.

``MatterVersion.body`` is a JSON object:

    title       str; the name shown to citizens
    basic, materials_in, materials_out, subscriptions, kind_parts   see ``definition.parts``
    states      [{code, label, category, public_label, is_key?}]; the first is where a case
                  begins; ``is_key`` states are told to subscribers
    actors      {name: {permission?, reach: tenant|unit|task|reporter|system, task?,
                  label?}}
    actions     [{code, from: [state], to?: state, outcomes?: {outcome: state}, who: [actor],
                  label?, trust?: {level, minutes}}]; ``to`` absent and ``outcomes`` absent:
                  the state does not change; ``trust``: how sure one must be of who acts
    tables      {dispatch: code of a decision table}
    clocks      [{name, label, main?, limit: {amount, unit} | "dispatch", starts: [action],
                  stops: [action], pauses: [category], thresholds: [...]}]
    form        a form definition (CO-03), optional
    splits, calls, unsuccessful   see ``definition.splits``
    instant     see ``definition.instant``; optional
    policies    {returns_per_unit, extension_max_days, callback_attempts, redo_days,
                 low_score, ...}: whole numbers, defaults in ``POLICY_DEFAULTS``

Time in ``limit`` is {"amount": n, "unit": "working_days" | "working_hours" |
"calendar_hours" | "calendar_days"}. Source: MT-01, MT-02, architecture 3.1.
"""

from apps.matters.definition.accept import accept
from apps.matters.definition.check import check
from apps.matters.definition.kinds import (
    has_action,
    has_service,
    kinds_with,
    parts_of,
    switch_problems,
)
from apps.matters.definition.parsing import definition_of, parse
from apps.matters.definition.parts import kind_problems
from apps.matters.definition.problems import Problem
from apps.matters.definition.schema import POLICY_DEFAULTS, SCHEMA
from apps.matters.definition.shape import (
    ActionDef,
    ActorDef,
    ClockDef,
    MatterDefinition,
    StateDef,
    ThresholdDef,
    TrustDef,
)
from apps.matters.definition.splits import MapRow, SplitDef, waiting_states

__all__ = [
    "POLICY_DEFAULTS",
    "SCHEMA",
    "ActionDef",
    "ActorDef",
    "ClockDef",
    "MapRow",
    "MatterDefinition",
    "Problem",
    "SplitDef",
    "StateDef",
    "ThresholdDef",
    "TrustDef",
    "accept",
    "check",
    "definition_of",
    "has_action",
    "has_service",
    "kind_problems",
    "kinds_with",
    "parse",
    "parts_of",
    "switch_problems",
    "waiting_states",
]
