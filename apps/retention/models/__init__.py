from apps.retention.models.holds import Hold
from apps.retention.models.runs import Run
from apps.retention.models.schedules import Schedule, ScheduleLine

__all__ = ["Hold", "Run", "Schedule", "ScheduleLine"]
