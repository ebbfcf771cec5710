from apps.upkeep.models.backups import BackupCopy, BackupPolicy, BackupRun, RestoreTest
from apps.upkeep.models.figures import RequestMinute
from apps.upkeep.models.runbooks import Runbook, RunbookCheck, RunbookVersion

__all__ = [
    "BackupCopy",
    "BackupPolicy",
    "BackupRun",
    "RequestMinute",
    "RestoreTest",
    "Runbook",
    "RunbookCheck",
    "RunbookVersion",
]
