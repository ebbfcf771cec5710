"""GeoJSON, one feature at a time: a file of 200 MB never stands in memory whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry import shape

from apps.geodata.reading.base import (
    MAX_FEATURE_BYTES,
    Opened,
    RawRow,
    guess_encoding,
    refuse,
    row_of,
)

_CHUNK = 1024 * 1024
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_CRS_NAME = re.compile(
    r'"crs"\s*:\s*\{[^{}]*"properties"\s*:\s*\{[^{}]*"name"\s*:\s*"([^"]{1,200})"'
)
_EPSG = re.compile(r"EPSG:(?:[\d.]*:)?(\d{4,6})$", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,]*")


class GeoJsonReader(Opened):
    """A FeatureCollection. Without a stated system it is WGS 84 (RFC 7946)."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._encoding = guess_encoding(path)
        self.hints = {"encoding": self._encoding}
        with path.open(encoding=self._encoding, errors="replace") as file:
            head = file.read(_CHUNK)
        if not _FEATURES.search(head):
            raise refuse(_("GeoJSON 应为要素集合（FeatureCollection）"))
        named = _CRS_NAME.search(head)
        self.crs_text = named.group(1) if named else ""
        self.crs = _epsg(self.crs_text) if named else "EPSG:4326"

    def rows(self) -> Iterator[RawRow]:
        """Will give the features in the order of the file."""
        with self.path.open(encoding=self._encoding) as file:
            try:
                for number, feature in enumerate(_features(file), start=1):
                    yield _row(number, feature)
            except UnicodeDecodeError as error:
                raise refuse(_("文件编码无法识别，请存为 UTF-8")) from error


def _epsg(name: str) -> str:
    if name.upper().endswith("CRS84"):
        return "EPSG:4326"
    found = _EPSG.search(name.strip())
    return f"EPSG:{found.group(1)}" if found else ""


def _features(file: IO[str]) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    text = file.read(_CHUNK)
    found = _FEATURES.search(text)
    assert found is not None
    at = found.end()
    while True:
        at = _skip(text, at)
        if at < len(text) and text[at] == "]":
            return
        try:
            feature, end = decoder.raw_decode(text, at)
        except RecursionError as error:
            raise refuse(_("GeoJSON 嵌套过深")) from error
        except ValueError as error:
            if isinstance(error, _NotANumber):
                raise refuse(_("GeoJSON 中有 NaN 或 Infinity，不是有效的数")) from error
            # Not whole yet: as much again is read, so that a long feature costs no more than
            # a few times its length.
            more = file.read(max(_CHUNK, len(text) - at))
            if not more or len(text) - at > MAX_FEATURE_BYTES:
                raise refuse(_("GeoJSON 无法读取：不是有效的 JSON，或单个要素过大")) from error
            text, at = text[at:] + more, 0
            continue
        yield feature
        at = end


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _row(number: int, feature: Any) -> RawRow:
    if not isinstance(feature, dict):
        raise refuse(_("第 %(row)d 个要素不是对象") % {"row": number})
    properties = feature.get("properties")
    values = {
        str(key)[:80]: json.dumps(value, ensure_ascii=False)
        if isinstance(value, dict | list)
        else value
        for key, value in (properties if isinstance(properties, dict) else {}).items()
    }
    found = feature.get("geometry")
    if not found:
        return row_of(number, None, values)
    try:
        return row_of(number, shape(found), values)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        return row_of(number, None, values, problem=str(error)[:200] or type(error).__name__)


class _NotANumber(ValueError):
    """NaN and Infinity, which JSON does not know."""


def _refuse_constant(name: str) -> float:
    raise _NotANumber(name)
