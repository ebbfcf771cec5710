"""Reads of what is asked by us and collected for us, scoped by viewer."""

from apps.polling.selectors.edge import batches_of, behind, get_edge, list_edges
from apps.polling.selectors.files import get_file, list_files, problems_of
from apps.polling.selectors.links import (
    assets_below,
    changes_of,
    count_direct,
    count_standings,
    keys_above,
    list_links,
    with_devices,
)
from apps.polling.selectors.polled import (
    find_poll,
    get_gateway,
    get_plan,
    list_gateways,
    list_plans,
    polls_of,
)

__all__ = [
    "assets_below",
    "batches_of",
    "behind",
    "changes_of",
    "count_direct",
    "count_standings",
    "find_poll",
    "get_edge",
    "get_file",
    "get_gateway",
    "get_plan",
    "keys_above",
    "list_edges",
    "list_files",
    "list_gateways",
    "list_links",
    "list_plans",
    "polls_of",
    "problems_of",
    "with_devices",
]
