"""Deeds of the map."""

from apps.onemap.services.cards import redraw_layer
from apps.onemap.services.views import keep_choice, share_map

__all__ = ["keep_choice", "redraw_layer", "share_map"]
