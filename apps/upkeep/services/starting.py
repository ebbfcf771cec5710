"""What a city begins with: policies that honour each clause of the requirements."""

from datetime import time

from apps.upkeep.enums import BackupKind, Rhythm
from apps.upkeep.models import BackupPolicy

#: One clause asks for hourly increments and a weekly full backup, another for a full one daily at
#: 01:00. Each is a policy; a full backup on Sunday at 01:00 serves two of them and is kept longest.
SHIPPED = (
    ("hourly", "每小时增量", BackupKind.INCREMENTAL, Rhythm.HOURLY, None, None, 7, "004:5.3"),
    ("daily", "每日全量", BackupKind.FULL, Rhythm.DAILY, time(1), None, 14, "004:6.2"),
    ("weekly", "每周全量", BackupKind.FULL, Rhythm.WEEKLY, time(1), 6, 90, "004:5.3"),
)


def ensure_policies() -> int:
    """Will add the shipped policies where there is none at all; gives how many. Source: OP-23."""
    if BackupPolicy.objects.exists():
        return 0
    rows = [
        BackupPolicy(
            code=code, name=name, kind=kind, rhythm=rhythm, at=at, weekday=weekday,
            keep_days=keep_days, source=source,
        )
        for code, name, kind, rhythm, at, weekday, keep_days, source in SHIPPED
    ]  # fmt: skip
    return len(BackupPolicy.objects.bulk_create(rows, ignore_conflicts=True))
