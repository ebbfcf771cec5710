"""The two forms an answer has. Source: GeoReport v2, "XML is mandatory, JSON is optional".

An answer is a name, the name of its items, and plain values; both forms are made of that. Lists
within XML repeat their item's name inside the list's. None is an empty element, and null.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

XML, JSON = "xml", "json"
#: By format, with the charset the standard asks for; discovery goes without (its checker does
#: not know the parameter).
BARE_TYPES = {XML: "text/xml", JSON: "application/json"}
TYPES = {name: f"{kind}; charset=utf-8" for name, kind in BARE_TYPES.items()}
#: Characters no XML 1.0 document may hold, whatever a report said.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ITEMS = {
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
    "groups": "group",
}


def render(form: str, root: str, item: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Will give a list of items; JSON: an array, also of one."""
    if form == JSON:
        return _json(list(rows))
    tree = ElementTree.Element(root)
    for row in rows:
        _fill(ElementTree.SubElement(tree, item), row)
    return ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)


def render_one(form: str, root: str, values: Mapping[str, Any]) -> bytes:
    """Will give a single document: discovery, a service's definition."""
    if form == JSON:
        return _json(values)
    tree = ElementTree.Element(root)
    _fill(tree, values)
    return ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)


def xml_item(item: str, row: Mapping[str, Any]) -> bytes:
    """Will give one item of a streamed list."""
    element = ElementTree.Element(item)
    _fill(element, row)
    return ElementTree.tostring(element, encoding="utf-8", xml_declaration=False)


def json_item(row: Mapping[str, Any]) -> bytes:
    """Will give one item of a streamed array."""
    return _json(row)


def _json(values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", errors="replace")


def _fill(element: ElementTree.Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        child = ElementTree.SubElement(element, name)
        match value:
            case dict():
                _fill(child, value)
            case list():
                for each in value:
                    item = ElementTree.SubElement(child, _ITEMS.get(name, "value"))
                    if isinstance(each, dict):
                        _fill(item, each)
                    else:
                        item.text = _text(each)
            case _:
                child.text = _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORBIDDEN.sub("\ufffd", str(value))
