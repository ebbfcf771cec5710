"""The only writers of diagnosis.

rounds: plans and runs. looking: cameras claimed and looked at. life: what comes of a look.
sets: thresholds. marking: what people say. Source: VD-06.
"""

from apps.diagnosis.services.keeping import purge
from apps.diagnosis.services.life import kind_of, write_down
from apps.diagnosis.services.looking import claim_due, look_due
from apps.diagnosis.services.marking import mark_finding
from apps.diagnosis.services.rounds import (
    PlanSpec,
    ask_run,
    cancel_run,
    run_plan,
    save_plan,
    set_plan_active,
    start_due,
    take_proof,
)
from apps.diagnosis.services.seeing import Seen
from apps.diagnosis.services.sets import (
    Proposal,
    Tried,
    propose,
    publish_set,
    save_draft,
    set_in_force,
    try_set,
    values_of,
)

__all__ = [
    "PlanSpec",
    "Proposal",
    "Seen",
    "Tried",
    "ask_run",
    "cancel_run",
    "claim_due",
    "kind_of",
    "look_due",
    "mark_finding",
    "propose",
    "publish_set",
    "purge",
    "run_plan",
    "save_draft",
    "save_plan",
    "set_in_force",
    "set_plan_active",
    "start_due",
    "take_proof",
    "try_set",
    "values_of",
    "write_down",
]
