"""Reads of what is asked by us and collected for us, scoped by viewer."""

from apps.polling.selectors.applications import (
    get_application,
    get_release,
    installs_on,
    list_applications,
    nodes_for,
    releases_of,
    rollouts_of,
)
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
    "get_application",
    "get_edge",
    "get_file",
    "get_gateway",
    "get_plan",
    "get_release",
    "installs_on",
    "keys_above",
    "list_applications",
    "list_edges",
    "list_files",
    "list_gateways",
    "list_links",
    "list_plans",
    "nodes_for",
    "polls_of",
    "problems_of",
    "releases_of",
    "rollouts_of",
    "with_devices",
]
