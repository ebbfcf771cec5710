"""Deeds of the map."""

from apps.onemap.services.cards import redraw_layer

__all__ = ["redraw_layer"]
