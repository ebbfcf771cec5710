from apps.upkeep.models.backups import BackupCopy, BackupPolicy, BackupRun, RestoreTest
from apps.upkeep.models.cycles import CycleEvidence, CycleItem
from apps.upkeep.models.exercises import (
    CapacityReview,
    CapacitySample,
    EmergencyPlan,
    Exercise,
    ExerciseEvent,
    Improvement,
    LoadTest,
    PlanRevision,
)
from apps.upkeep.models.figures import RequestMinute
from apps.upkeep.models.runbooks import Runbook, RunbookCheck, RunbookVersion
from apps.upkeep.models.servers import ServerTerm

__all__ = [
    "BackupCopy",
    "BackupPolicy",
    "BackupRun",
    "CapacityReview",
    "CapacitySample",
    "CycleEvidence",
    "CycleItem",
    "EmergencyPlan",
    "Exercise",
    "ExerciseEvent",
    "Improvement",
    "LoadTest",
    "PlanRevision",
    "RequestMinute",
    "RestoreTest",
    "Runbook",
    "RunbookCheck",
    "RunbookVersion",
    "ServerTerm",
]
