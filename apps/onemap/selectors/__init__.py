"""Reads of the map, scoped by viewer."""

from apps.onemap.selectors.layers import (
    FIELD_PREFIX,
    OpenLayer,
    card_of,
    grants_to,
    list_layers,
    open_layer,
)

__all__ = ["FIELD_PREFIX", "OpenLayer", "card_of", "grants_to", "list_layers", "open_layer"]
