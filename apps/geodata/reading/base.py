"""What all readers share: limits, rows, text encodings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import shapely
from django.utils.translation import gettext as _
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError

from apps.common.errors import InvalidInput

MAX_BYTES = 200 * 1024 * 1024
MAX_UNPACKED = 600 * 1024 * 1024
MAX_RATIO = 200  # an honest shapefile packs to a tenth; a bomb to a thousandth
MAX_FEATURES = 500_000
MAX_VERTICES = 10_000_000
MAX_FEATURE_BYTES = 64 * 1024 * 1024
MAX_FIELDS = 120
MAX_TEXT = 2000  # characters of one value that are kept
ENCODINGS = ("utf-8-sig", "gb18030")
MIN_CRS_CONFIDENCE = 20  # of PROJ, in per cent; names of the maker of shapefiles rank low


@dataclass(frozen=True)
class RawRow:
    """One row as in the file. number: from 1. shape: 2D, in the file's coordinates."""

    number: int
    shape: Any
    values: dict[str, Any]
    was_3d: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Reading:
    """How to read: options a person may set. layer: of several in one file."""

    encoding: str = ""
    layer: str = ""
    x_field: str = ""
    y_field: str = ""
    wkt_field: str = ""
    address_field: str = ""


class Reader(Protocol):
    """An opened file. crs: "EPSG:<n>", or "" where the file says nothing.

    crs_text: what it says in its own words, for people. layers: names to choose from.
    hints: what was recognised by itself (encoding, columns), for the form.
    """

    crs: str
    crs_text: str
    layers: list[str]
    hints: dict[str, str]

    def rows(self) -> Iterator[RawRow]:
        """Will give the rows from the first; may be asked again."""


@dataclass
class Opened:
    """The common part of the readers."""

    path: Path
    crs: str = ""
    crs_text: str = ""
    layers: list[str] = field(default_factory=list)
    hints: dict[str, str] = field(default_factory=dict)


def refuse(message: str, *, code: str = "file_damaged") -> InvalidInput:
    """Will make the refusal of a file."""
    return InvalidInput(message, field="file", code=code)


def row_of(number: int, shape: Any, values: dict[str, Any], problem: str = "") -> RawRow:
    """Will make a row: geometry flattened to 2D, text cut to what is kept."""
    if len(values) > MAX_FIELDS:
        raise refuse(_("字段超过 %(limit)d 个") % {"limit": MAX_FIELDS}, code="too_many_fields")
    was_3d = bool(shape is not None and shapely.has_z(shape))
    flat = shapely.force_2d(shape) if was_3d else shape
    if flat is not None and flat.is_empty:
        flat = None
    return RawRow(number, flat, {k: _plain(v) for k, v in values.items()}, was_3d, problem)


def shape_of_wkb(content: bytes) -> Any:
    """Will read WKB of any kind. Raises: ValueError."""
    try:
        return shapely.from_wkb(content)
    except (ShapelyError, ValueError, TypeError) as error:
        raise ValueError(str(error)) from error


def crs_of_wkt(wkt: str) -> str:
    """Will give the EPSG name of a WKT, "" where none fits; ESRI's own names are understood."""
    try:
        number = CRS.from_wkt(wkt).to_epsg(min_confidence=MIN_CRS_CONFIDENCE)
    except CRSError:
        return ""
    return f"EPSG:{number}" if number else ""


def guess_encoding(path: Path, *, sample: int = 4 * 1024 * 1024) -> str:
    """Will tell UTF-8 from GBK by the bytes; a character cut at the end does not matter."""
    with path.open("rb") as file:
        content = file.read(sample)
    for cut in range(4):
        try:
            (content[: len(content) - cut]).decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        return "utf-8-sig"
    return "gb18030"


def _plain(value: Any) -> Any:
    """A value as JSON holds it: text without the null character, numbers, truth, nothing."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) < 2**63 else str(value)
        case float():
            return value if value == value and abs(value) != float("inf") else None
        case bytes():
            return None
    return str(value).replace("\0", "").strip()[:MAX_TEXT]
