"""Reads of devices and of what they report, scoped by viewer."""

from apps.sensing.selectors.claims import get_claim_batch, list_claim_batches, list_unplaced
from apps.sensing.selectors.devices import (
    count_by_state,
    find_profile,
    get_device,
    get_profile,
    list_devices,
    list_profiles,
)
from apps.sensing.selectors.readings import (
    Curve,
    Point,
    curve_of,
    curves_of,
    latest_of,
    list_refusals,
    refusals_of,
    rows_of,
)

__all__ = [
    "Curve",
    "Point",
    "count_by_state",
    "curve_of",
    "curves_of",
    "find_profile",
    "get_claim_batch",
    "get_device",
    "get_profile",
    "latest_of",
    "list_claim_batches",
    "list_devices",
    "list_profiles",
    "list_refusals",
    "list_unplaced",
    "refusals_of",
    "rows_of",
]
