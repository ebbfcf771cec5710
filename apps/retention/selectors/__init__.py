"""What is due under a schedule, and what a viewer may see of all this."""

from apps.retention.selectors.due import Preview, due_cases, preview, rule_of
from apps.retention.selectors.lists import (
    get_schedule,
    list_holds,
    list_runs,
    list_schedules,
    list_tombstones,
    tenants_for,
)

__all__ = [
    "Preview",
    "due_cases",
    "get_schedule",
    "list_holds",
    "list_runs",
    "list_schedules",
    "list_tombstones",
    "preview",
    "rule_of",
    "tenants_for",
]
