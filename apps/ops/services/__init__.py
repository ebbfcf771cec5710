"""The only writers of work orders, repairs, contracts, levels and plans.

Another app reports a fault it found by ``report_found`` and proves a repair through
``registry.register_proof``; it never writes an order.
"""

from apps.ops.services.auto_orders import (
    endings_of,
    standing_case,
    switch_auto_orders,
    wants_order,
)
from apps.ops.services.following import follow_event, require_proof
from apps.ops.services.handing_up import hand_up, hand_up_due
from apps.ops.services.handling import (
    PHOTOS_MAX,
    Confirmation,
    Outcome,
    PartSpec,
    RepairSpec,
    confirm_many,
    confirm_order,
    cost_of,
    do,
    feed_back,
    read_parts,
    reassign_order,
)
from apps.ops.services.keeping import (
    ContractSpec,
    KindSpec,
    LevelSpec,
    RuleSpec,
    save_contract,
    save_kind,
    save_level,
    save_rule,
)
from apps.ops.services.planning import PlanSpec, day_of, make_due, save_plan, turns_between
from apps.ops.services.proving import order_proofs, prove, prove_again
from apps.ops.services.reporting import (
    FaultReport,
    plan_for,
    report_fault,
    report_found,
)

__all__ = [
    "PHOTOS_MAX",
    "Confirmation",
    "ContractSpec",
    "FaultReport",
    "KindSpec",
    "LevelSpec",
    "Outcome",
    "PartSpec",
    "PlanSpec",
    "RepairSpec",
    "RuleSpec",
    "confirm_many",
    "confirm_order",
    "cost_of",
    "day_of",
    "do",
    "endings_of",
    "feed_back",
    "follow_event",
    "hand_up",
    "hand_up_due",
    "make_due",
    "order_proofs",
    "plan_for",
    "prove",
    "prove_again",
    "read_parts",
    "reassign_order",
    "report_fault",
    "report_found",
    "require_proof",
    "save_contract",
    "save_kind",
    "save_level",
    "save_plan",
    "save_rule",
    "standing_case",
    "switch_auto_orders",
    "turns_between",
    "wants_order",
]
