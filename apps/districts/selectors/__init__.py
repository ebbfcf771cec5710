"""Reads of both sides, scoped by viewer."""

from apps.districts.selectors.links import (
    get_link,
    get_stream,
    list_batches,
    list_dead,
    list_links,
    list_received,
    list_streams,
)
from apps.districts.selectors.peers import (
    count_mirrored,
    get_peer,
    is_silent,
    list_back,
    list_day_counts,
    list_peers,
    list_row_refusals,
    mirrored_devices,
    open_cases,
    standing_alarms,
)

__all__ = [
    "count_mirrored",
    "get_link",
    "get_peer",
    "get_stream",
    "is_silent",
    "list_back",
    "list_batches",
    "list_day_counts",
    "list_dead",
    "list_links",
    "list_peers",
    "list_received",
    "list_row_refusals",
    "list_streams",
    "mirrored_devices",
    "open_cases",
    "standing_alarms",
]
