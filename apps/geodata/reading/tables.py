"""CSV: longitude and latitude, WKT, or addresses to be located afterwards."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import shapely
from django.utils.translation import gettext as _
from shapely.errors import ShapelyError

from apps.geodata.reading.base import (
    ENCODINGS,
    Opened,
    RawRow,
    Reading,
    guess_encoding,
    refuse,
    row_of,
)

_X = ("lon", "lng", "long", "longitude", "x", "经度", "东经", "x坐标", "横坐标")
_Y = ("lat", "latitude", "y", "纬度", "北纬", "y坐标", "纵坐标")
_WKT = ("wkt", "geom", "geometry", "the_geom", "图形")
_ADDRESS = ("address", "addr", "地址", "详细地址", "位置", "地点")
_MAX_CELL = 8 * 1024 * 1024  # characters; a coastline as WKT


class CsvReader(Opened):
    """A table whose first line names the columns."""

    def __init__(self, path: Path, reading: Reading) -> None:
        super().__init__(path)
        chosen = reading.encoding or guess_encoding(path)
        self._encoding = chosen if chosen in ENCODINGS else "utf-8-sig"
        csv.field_size_limit(_MAX_CELL)
        with self._open() as file:
            self._delimiter = _delimiter(file.readline())
            file.seek(0)
            self._header = [h.strip() for h in next(self._cells(file), [])]
        if len(self._header) < 2 or len(set(self._header)) != len(self._header):
            raise refuse(_("CSV 首行应为互不相同的列名，至少两列"))
        self._x = self._column(reading.x_field, _X)
        self._y = self._column(reading.y_field, _Y)
        self._wkt = self._column(reading.wkt_field, _WKT)
        self._address = self._column(reading.address_field, _ADDRESS)
        if not ((self._x and self._y) or self._wkt or self._address):
            raise refuse(
                _("CSV 中没有位置：需要“经度”“纬度”两列，或 WKT 列，或“地址”列"),
                code="no_place",
            )
        self.hints = {
            "encoding": self._encoding,
            "x_field": self._x,
            "y_field": self._y,
            "wkt_field": self._wkt,
            "address_field": "" if (self._x and self._y) or self._wkt else self._address,
        }

    def rows(self) -> Iterator[RawRow]:
        """Will give the lines below the header; of an address the shape is not known yet."""
        with self._open() as file:
            cells = self._cells(file)
            next(cells, None)
            for number, line in enumerate(cells, start=1):
                if not any(cell.strip() for cell in line):
                    continue
                values: dict[str, Any] = {
                    name: cell.strip() or None
                    for name, cell in zip(self._header, line, strict=False)
                }
                yield self._row(number, values)

    def _row(self, number: int, values: dict[str, Any]) -> RawRow:
        try:
            if self._wkt:
                text = values.pop(self._wkt, None)
                return row_of(number, shapely.from_wkt(text) if text else None, values)
            if self._x and self._y:
                x, y = values.get(self._x), values.get(self._y)
                point = shapely.Point(float(x), float(y)) if x and y else None
                return row_of(number, point, values)
        except (ShapelyError, ValueError, TypeError) as error:
            return row_of(number, None, values, problem=str(error)[:200])
        return row_of(number, None, values)

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self._encoding, newline="", errors="strict")

    def _cells(self, file: IO[str]) -> Iterator[list[str]]:
        try:
            yield from csv.reader(file, delimiter=self._delimiter)
        except UnicodeDecodeError as error:
            raise refuse(_("文件编码无法识别，请选择另一种编码")) from error
        except csv.Error as error:
            raise refuse(_("CSV 无法读取")) from error

    def _column(self, chosen: str, usual: tuple[str, ...]) -> str:
        if chosen:
            return chosen if chosen in self._header else ""
        plain = {name.lower().replace(" ", ""): name for name in self._header}
        return next((plain[name] for name in usual if name in plain), "")


def _delimiter(line: str) -> str:
    return max((",", "\t", ";", "|"), key=line.count)
