from apps.upkeep.models.backups import BackupCopy, BackupPolicy, BackupRun, RestoreTest

__all__ = ["BackupCopy", "BackupPolicy", "BackupRun", "RestoreTest"]
