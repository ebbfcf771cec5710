"""What the features of a layer are, as JSON Schema: queryables and the whole feature.

Source: OGC 19-079r2 (queryables), 23-058r1 (schemas).
"""

from collections.abc import Iterable
from typing import Any

from apps.ogc.cql import GEOMETRY
from apps.onemap.enums import FieldKind, Geometry
from apps.onemap.registry import LayerField
from apps.onemap.selectors import OpenLayer

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[FieldKind, dict[str, str]] = {
    FieldKind.TEXT: {"type": "string"},
    FieldKind.INTEGER: {"type": "integer"},
    FieldKind.NUMBER: {"type": "number"},
    FieldKind.BOOLEAN: {"type": "boolean"},
    FieldKind.DATE: {"type": "string", "format": "date"},
    FieldKind.TIME: {"type": "string", "format": "date-time"},
}
_SHAPES = {
    Geometry.POINT: "geometry-point-or-multipoint",
    Geometry.LINE: "geometry-linestring-or-multilinestring",
    Geometry.POLYGON: "geometry-polygon-or-multipolygon",
    Geometry.MIXED: "geometry-any",
}


def of_field(field: LayerField) -> dict[str, Any]:
    """Will give the schema of one field; its words stand beside its values."""
    found: dict[str, Any] = {"title": str(field.label), **_TYPES[FieldKind(field.kind)]}
    if field.choices:
        found["oneOf"] = [
            {"const": value, "title": str(words)} for value, words in field.choices.items()
        ]
    return found


def of_parameter(field: LayerField) -> dict[str, Any]:
    """Will give the same for OpenAPI 3.0, which knows neither ``const`` nor titles of values."""
    found: dict[str, Any] = dict(_TYPES[FieldKind(field.kind)])
    if field.choices:
        found["enum"] = list(field.choices)
    return found


def queryables(opened: OpenLayer, fields: Iterable[LayerField], address: str) -> dict[str, Any]:
    """Will give what may be filtered by. address: of the document itself."""
    return _document(opened, fields, address) | {"additionalProperties": False}


def feature(opened: OpenLayer, address: str) -> dict[str, Any]:
    """Will give what a feature carries."""
    found = _document(opened, opened.fields, address)
    for name in opened.masked:
        found["properties"][name]["x-masked"] = True
    return found


def _document(opened: OpenLayer, fields: Iterable[LayerField], address: str) -> dict[str, Any]:
    shape = _SHAPES[Geometry(opened.layer.geometry)]
    roles = {opened.layer.time_field: "primary-instant"}
    if opened.layer.end_field:
        roles = {
            opened.layer.time_field: "primary-interval-start",
            opened.layer.end_field: "primary-interval-end",
        }
    properties: dict[str, Any] = {
        GEOMETRY: {"format": shape, "x-ogc-role": "primary-geometry"},
    }
    for field in fields:
        properties[field.name] = of_field(field)
        if isinstance(field.expression, str) and field.expression in roles:
            properties[field.name]["x-ogc-role"] = roles[field.expression]
    return {
        "$schema": DIALECT,
        "$id": address,
        "type": "object",
        "title": str(opened.layer.label),
        "properties": properties,
    }
