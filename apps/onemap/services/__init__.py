"""Deeds of the map."""

from apps.onemap.services.cards import redraw_layer
from apps.onemap.services.exports import (
    open_export,
    remove_old_exports,
    request_export,
    write_export,
    write_next_export,
)
from apps.onemap.services.views import forget_shared, keep_choice, share_map

__all__ = [
    "forget_shared",
    "keep_choice",
    "open_export",
    "redraw_layer",
    "remove_old_exports",
    "request_export",
    "share_map",
    "write_export",
    "write_next_export",
]
