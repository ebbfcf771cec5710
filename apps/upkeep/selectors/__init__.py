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
from apps.upkeep.selectors.cycles import (
    EVIDENCE,
    FieldCount,
    count_year,
    evidence_of,
    find_evidence,
    get_item,
    list_items,
    years_of_plans,
)
from apps.upkeep.selectors.exercises import (
    Trend,
    get_exercise,
    half_of,
    list_exercises,
    list_improvements,
    list_plans,
    slope,
    trend_of,
)
from apps.upkeep.selectors.figures import Figure, all_figures
from apps.upkeep.selectors.runbooks import (
    get_runbook,
    list_runbooks,
    runbooks_for,
    steps_for,
    versions_of,
)
from apps.upkeep.selectors.servers import get_server, list_servers

__all__ = [
    "EVIDENCE",
    "FieldCount",
    "Figure",
    "Trend",
    "all_figures",
    "count_city",
    "count_year",
    "evidence_of",
    "find_evidence",
    "get_exercise",
    "get_item",
    "get_runbook",
    "get_server",
    "half_of",
    "last_good_backup",
    "last_restore_test",
    "list_exercises",
    "list_improvements",
    "list_items",
    "list_plans",
    "list_policies",
    "list_restore_tests",
    "list_runbooks",
    "list_runs",
    "list_servers",
    "newest_of_city",
    "runbooks_for",
    "slope",
    "steps_for",
    "trend_of",
    "versions_of",
    "years_of_plans",
]
