"""Shapefile in a zip: unpacked by us under guard, then read by GDAL from plain files."""

import shutil
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.contrib.gis.gdal import DataSource, GDALException
from django.utils.translation import gettext as _

from apps.geodata.reading.base import (
    MAX_RATIO,
    MAX_UNPACKED,
    Opened,
    RawRow,
    Reading,
    crs_of_wkt,
    refuse,
    row_of,
    shape_of_wkb,
)

_PARTS = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
_NEEDED = {".shp", ".dbf"}
_MAX_MEMBERS = 200
_CHUNK = 1024 * 1024
_MAGIC = b"\x00\x00\x27\x0a"  # 9994, ESRI Shapefile Technical Description
_CPG = {"utf-8-sig": "UTF-8", "gb18030": "GBK"}


class ShapefileReader(Opened):
    """One shapefile of a zip. Its texts are GBK unless they are UTF-8 by their bytes."""

    def __init__(self, path: Path, reading: Reading) -> None:
        super().__init__(path)
        self._folder = Path(tempfile.mkdtemp(prefix="geodata-"))
        self._cleaner = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        found = _members(path)
        self.layers = sorted(found)
        if not found:
            raise refuse(_("压缩包中没有 Shapefile（需要同名的 .shp 和 .dbf）"))
        layer = reading.layer if reading.layer in found else self.layers[0]
        missing = _NEEDED - found[layer].keys()
        if missing:
            raise refuse(_("压缩包缺少 %(part)s 文件") % {"part": f"{layer}{min(missing)}"})
        _unpack(path, found[layer], self._folder)
        self._shp = self._folder / "layer.shp"
        with self._shp.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise refuse(_("Shapefile 已损坏，无法读取"))
        encoding = reading.encoding or _dbf_encoding(self._folder)
        (self._folder / "layer.cpg").write_text(_CPG.get(encoding, "UTF-8"), "ascii")
        prj = self._folder / "layer.prj"
        if prj.exists():
            wkt = prj.read_text("utf-8", errors="replace")[:10_000]
            self.crs, self.crs_text = crs_of_wkt(wkt), wkt.split('"')[1][:200] if '"' in wkt else ""
        self.hints = {"encoding": encoding, "layer": layer}

    def rows(self) -> Iterator[RawRow]:
        """Will give the records in the order of the file."""
        try:
            # Opened by the path of a real file with its own suffix: GDAL takes no other way in.
            source = DataSource(str(self._shp))
            layer = source[0]
            names = layer.fields
            for number, feature in enumerate(layer, start=1):
                values = {name: feature.get(name) for name in names}
                try:
                    shape = shape_of_wkb(bytes(feature.geom.wkb))
                except (GDALException, ValueError) as error:
                    yield row_of(number, None, values, problem=_problem(error))
                else:
                    yield row_of(number, shape, values)
        except (GDALException, UnicodeDecodeError) as error:
            raise refuse(_("Shapefile 已损坏，或文字编码不符，无法读取")) from error


def _problem(error: Exception) -> str:
    return "" if isinstance(error, GDALException) else str(error)[:200]


def _members(path: Path) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """Will give the parts of each shapefile by its name, refusing bombs before unpacking."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise refuse(_("压缩包已损坏，无法读取")) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if len(members) > _MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked / packed > MAX_RATIO:
        raise refuse(_("文件解压后过大，已拒收"), code="file_too_large")
    found: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in members:
        name = Path(member.filename)
        if member.is_dir() or name.name.startswith("._") or member.flag_bits & 1:
            continue
        if name.suffix.lower() in _PARTS:
            found.setdefault(name.stem, {})[name.suffix.lower()] = member
    return {name: parts for name, parts in found.items() if ".shp" in parts}


def _unpack(path: Path, parts: dict[str, zipfile.ZipInfo], folder: Path) -> None:
    """Writes the parts under our own names, counting real bytes: a header may lie."""
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(path) as archive:
            for suffix, member in parts.items():
                with archive.open(member) as packed, (folder / f"layer{suffix}").open("wb") as out:
                    while chunk := packed.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise refuse(_("文件解压后过大，已拒收"), code="file_too_large")
                        out.write(chunk)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise refuse(_("压缩包已损坏，无法读取")) from error


def _dbf_encoding(folder: Path) -> str:
    """Will tell UTF-8 from GBK by the texts themselves; the declared code page often lies."""
    content = (folder / "layer.dbf").read_bytes()[: 4 * 1024 * 1024]
    if len(content) < 32:
        raise refuse(_("Shapefile 已损坏，无法读取"))
    body = content[int.from_bytes(content[8:10], "little") :] + b" " + content[32:]
    size = max(1, int.from_bytes(content[10:12], "little"))
    records = [body[at : at + size] for at in range(0, min(len(body), size * 2000), size)]
    try:
        for record in records[:-1]:
            record.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"
