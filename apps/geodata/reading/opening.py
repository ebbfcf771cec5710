"""Which reader a file needs, told by its bytes."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from apps.geodata.enums import Format
from apps.geodata.reading.base import ENCODINGS, Reader, Reading, refuse
from apps.geodata.reading.geojson import GeoJsonReader
from apps.geodata.reading.gpkg import GpkgReader
from apps.geodata.reading.kml import KmlReader
from apps.geodata.reading.shapefile import ShapefileReader
from apps.geodata.reading.tables import CsvReader

_HEAD = 4096


def tell_format(path: Path) -> Format:
    """Will name the format of a file; its name is not asked.

    Raises: InvalidInput (field ``file``: empty, or none of those that are taken).
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise refuse(_("文件是空的"), code="file_empty")
    if head.startswith(b"SQLite format 3\0"):
        return Format.GPKG
    if head.startswith(b"PK\x03\x04"):
        return Format.SHAPEFILE
    text = _decode(head).lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return Format.GEOJSON
    if text.startswith("<"):
        if "kml" not in text.lower():
            raise refuse(_("XML 文件只接受 KML"), code="file_type")
        return Format.KML
    if "\n" in text and any(mark in text for mark in (",", "\t", ";", "|")):
        return Format.CSV
    raise refuse(
        _("只接受 GeoJSON、Shapefile（zip）、GeoPackage、CSV 和 KML 文件"), code="file_type"
    )


def open_reader(path: Path, kind: str, reading: Reading | None = None) -> Reader:
    """Will open a file for reading.

    Raises: InvalidInput (field ``file``: damaged, a zip bomb, without a layer or a place).
    """
    how = reading or Reading()
    match kind:
        case Format.GEOJSON:
            return GeoJsonReader(path)
        case Format.GPKG:
            return GpkgReader(path, how)
        case Format.KML:
            return KmlReader(path)
        case Format.CSV:
            return CsvReader(path, how)
        case Format.SHAPEFILE if zipfile.is_zipfile(path):
            return ShapefileReader(path, how)
    raise refuse(_("压缩包已损坏，无法读取"))


def _decode(head: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start >= len(head) - 4:
                return head[: error.start].decode(encoding)
    raise refuse(
        _("只接受 GeoJSON、Shapefile（zip）、GeoPackage、CSV 和 KML 文件"), code="file_type"
    )
