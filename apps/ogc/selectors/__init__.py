"""Reads of the feature service. What a caller may read is ``onemap``'s to say."""

from apps.ogc.selectors.features import (
    COUNT_MOST,
    Extent,
    Feature,
    Page,
    extent_of,
    get_feature,
    read_page,
)
from apps.ogc.selectors.opened import list_opened, open_for_reading, queryables

__all__ = [
    "COUNT_MOST",
    "Extent",
    "Feature",
    "Page",
    "extent_of",
    "get_feature",
    "list_opened",
    "open_for_reading",
    "queryables",
    "read_page",
]
