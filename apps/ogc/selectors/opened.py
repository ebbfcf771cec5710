"""Layers as the feature service opens them: as ``onemap`` does, and never with personal data.

A service reads thousands of rows for a program nobody looks over the shoulder of, and states no
purpose. So fields that need a permission of their own are masked here, or left out, even for
whoever may read them on a page (AC-09).
"""

from dataclasses import replace

from apps.ogc.questions import RESERVED
from apps.onemap.registry import LayerField, Viewer
from apps.onemap.selectors import OpenLayer, list_layers, open_layer


def open_for_reading(viewer: Viewer, code: str) -> OpenLayer:
    """Will give a layer as this caller may read it here. Raises: NotFound."""
    return _without_personal(open_layer(viewer, code))


def list_opened(viewer: Viewer) -> list[OpenLayer]:
    """Will give every layer this caller may read here, in the order of the tree."""
    return [_without_personal(opened) for opened in list_layers(viewer)]


def queryables(opened: OpenLayer) -> dict[str, LayerField]:
    """Will give the fields a caller may filter by, by name; never a masked one."""
    return {
        field.name: field
        for field in opened.fields
        if field.filterable and field.name not in opened.masked and field.name not in RESERVED
    }


def _without_personal(opened: OpenLayer) -> OpenLayer:
    kept = tuple(f for f in opened.fields if not f.permission or f.mask is not None)
    masked = opened.masked | {f.name for f in kept if f.permission}
    return replace(opened, fields=kept, masked=masked)
