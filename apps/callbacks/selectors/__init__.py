"""What pages and other apps read of call-backs, objections and bulletins."""

from apps.callbacks.selectors.bulletins import get_bulletin, list_bulletins, tenants_for
from apps.callbacks.selectors.figures import count_figures, differences
from apps.callbacks.selectors.tasks import (
    Progress,
    count_open_to,
    find_in_hand,
    get_dispute,
    get_pool,
    get_task,
    history_of,
    list_disputes,
    list_pools,
    list_results_of_units,
    list_scripts,
    list_tasks,
    open_to,
    progress,
)

__all__ = [
    "Progress",
    "count_figures",
    "count_open_to",
    "differences",
    "find_in_hand",
    "get_bulletin",
    "get_dispute",
    "get_pool",
    "get_task",
    "history_of",
    "list_bulletins",
    "list_disputes",
    "list_pools",
    "list_results_of_units",
    "list_scripts",
    "list_tasks",
    "open_to",
    "progress",
    "tenants_for",
]
