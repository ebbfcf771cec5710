"""KML, placemark by placemark. Always WGS 84 by its standard; often not in truth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _
from shapely.errors import ShapelyError

from apps.geodata.reading.base import Opened, RawRow, refuse, row_of

_SHAPES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}


class KmlReader(Opened):
    """Placemarks of all folders, in the order of the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, crs="EPSG:4326")

    def rows(self) -> Iterator[RawRow]:
        """Will give the placemarks; network links and overlays are not followed."""
        number = 0
        try:
            for _event, element in iterparse(str(self.path), events=("end",)):
                if _tag(element) != "Placemark":
                    continue
                number += 1
                yield _row(number, element)
                element.clear()
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise refuse(_("KML 无法读取：不是有效的 XML，或含有外部实体")) from error


def _row(number: int, placemark: Element) -> RawRow:
    values: dict[str, Any] = {}
    shape = None
    problem = ""
    for child in placemark:
        tag = _tag(child)
        if tag in {"name", "description"}:
            values[tag] = child.text
        elif tag == "ExtendedData":
            values |= _extended(child)
        elif tag in _SHAPES:
            try:
                shape = _shape(child)
            except (ShapelyError, ValueError, TypeError, IndexError) as error:
                problem = str(error)[:200]
    return row_of(number, shape, values, problem)


def _extended(data: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element in data.iter():
        name = element.get("name")
        if not name:
            continue
        if _tag(element) == "SimpleData":
            found[name[:80]] = element.text
        elif _tag(element) == "Data":
            found[name[:80]] = next((v.text for v in element if _tag(v) == "value"), None)
    return found


def _shape(element: Element) -> Any:
    match _tag(element):
        case "Point":
            return shapely.Point(_coordinates(element)[0])
        case "LineString" | "LinearRing":
            return shapely.LineString(_coordinates(element))
        case "Polygon":
            rings = {"outerBoundaryIs": [], "innerBoundaryIs": []}  # type: dict[str, list[Any]]
            for child in element:
                if _tag(child) in rings:
                    rings[_tag(child)] += [_coordinates(ring) for ring in child]
            return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])
        case "MultiGeometry":
            parts = [_shape(child) for child in element if _tag(child) in _SHAPES]
            return _gathered([part for part in parts if part is not None])
    return None


def _gathered(parts: list[Any]) -> Any:
    kinds = {part.geom_type for part in parts}
    if kinds == {"Point"}:
        return shapely.MultiPoint(parts)
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(parts)
    return shapely.GeometryCollection(parts) if parts else None


def _coordinates(element: Element) -> list[tuple[float, ...]]:
    text = next((child.text or "" for child in element if _tag(child) == "coordinates"), "")
    return [tuple(float(n) for n in part.split(",")[:3]) for part in text.split()]


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
