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
from apps.upkeep.selectors.figures import Figure, all_figures

__all__ = [
    "Figure",
    "all_figures",
    "count_city",
    "last_good_backup",
    "last_restore_test",
    "list_policies",
    "list_restore_tests",
    "list_runs",
    "newest_of_city",
]
