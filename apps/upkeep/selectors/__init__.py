"""Reads of upkeep, for pages and for its own services."""

from apps.upkeep.selectors.backups import (
    count_city,
    last_good_backup,
    last_restore_test,
    list_policies,
    list_restore_tests,
    list_runs,
    newest_of_city,
)

__all__ = [
    "count_city",
    "last_good_backup",
    "last_restore_test",
    "list_policies",
    "list_restore_tests",
    "list_runs",
    "newest_of_city",
]
