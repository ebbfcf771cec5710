from apps.upkeep.models.backups import BackupCopy, BackupPolicy, BackupRun, RestoreTest
from apps.upkeep.models.figures import RequestMinute

__all__ = ["BackupCopy", "BackupPolicy", "BackupRun", "RequestMinute", "RestoreTest"]
