"""Deeds of the map."""

from apps.onemap.services.cards import redraw_layer
from apps.onemap.services.exports import (
    open_export,
    remove_old_exports,
    request_export,
    write_export,
    write_next_export,
)

__all__ = [
    "open_export",
    "redraw_layer",
    "remove_old_exports",
    "request_export",
    "write_export",
    "write_next_export",
]
