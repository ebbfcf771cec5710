"""Fault levels and kinds, contracts, work orders, repairs, maintenance plans."""

from apps.ops.models.contracts import HandUpRule, MaintenanceContract
from apps.ops.models.faults import AutoOrder, FaultKind, FaultLevel
from apps.ops.models.orders import Proof, Repair, RepairPart, RepairPhoto, WorkOrder
from apps.ops.models.plans import MaintenancePlan, PlannedWork

__all__ = [
    "AutoOrder",
    "FaultKind",
    "FaultLevel",
    "HandUpRule",
    "MaintenanceContract",
    "MaintenancePlan",
    "PlannedWork",
    "Proof",
    "Repair",
    "RepairPart",
    "RepairPhoto",
    "WorkOrder",
]
