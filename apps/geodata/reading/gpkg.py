"""GeoPackage through the plain SQLite of Python: read only, no functions, bounded work."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from apps.geodata.reading.base import (
    MAX_FEATURE_BYTES,
    Opened,
    RawRow,
    Reading,
    crs_of_wkt,
    refuse,
    row_of,
    shape_of_wkb,
)

_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
_STEPS = 100_000  # of SQLite's machine between two looks at the budget
_BUDGET = 20_000  # looks; a view that never ends is cut


class GpkgReader(Opened):
    """One feature table. Source: OGC 12-128 (GeoPackage Encoding Standard)."""

    def __init__(self, path: Path, reading: Reading) -> None:
        super().__init__(path)
        try:
            with closing(self._connect()) as connection:
                self._read_header(connection, reading.layer)
        except sqlite3.Error as error:
            raise refuse(_("GeoPackage 无法读取，文件可能已损坏")) from error

    def rows(self) -> Iterator[RawRow]:
        """Will give the rows of the table in the order they are kept."""
        try:
            with closing(self._connect()) as connection:
                found = connection.execute(f"select * from {_quoted(self._table)}")  # noqa: S608
                names = [column[0] for column in found.description]
                for number, line in enumerate(found, start=1):
                    yield self._row(number, dict(zip(names, line, strict=True)))
        except sqlite3.Error as error:
            raise refuse(_("GeoPackage 无法读取，文件可能已损坏")) from error

    def _row(self, number: int, values: dict[str, Any]) -> RawRow:
        blob = values.pop(self._column, None)
        values.pop("fid", None)
        if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
            return row_of(number, None, values)
        size = _ENVELOPE_BYTES.get((blob[3] >> 1) & 7)
        if size is None or blob[3] & 0x10:
            return row_of(number, None, values)
        try:
            return row_of(number, shape_of_wkb(blob[8 + size :]), values)
        except ValueError as error:
            return row_of(number, None, values, problem=str(error)[:200])

    def _read_header(self, connection: sqlite3.Connection, wanted: str) -> None:
        found = connection.execute(
            "select g.table_name, g.column_name, s.organization, s.organization_coordsys_id,"
            " s.definition, s.srs_name from gpkg_geometry_columns g"
            " join gpkg_contents c on c.table_name = g.table_name"
            " left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id"
        ).fetchall()
        tables = {str(line[0]): line for line in found}
        if not tables:
            raise refuse(_("GeoPackage 中没有矢量图层"))
        self.layers = sorted(tables)
        self._table = wanted if wanted in tables else self.layers[0]
        _name, column, organization, number, definition, words = tables[self._table]
        self._column = str(column)
        self.crs_text = str(words or "")[:200]
        if str(organization or "").upper() == "EPSG" and int(number or 0) > 0:
            self.crs = f"EPSG:{int(number)}"
        elif definition and definition != "undefined":
            self.crs = crs_of_wkt(str(definition))
        self.hints = {"layer": self._table}

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro&immutable=1", uri=True)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_FEATURE_BYTES)
        left = _BUDGET

        def tick() -> int:
            nonlocal left
            left -= 1
            return int(left <= 0)

        connection.set_progress_handler(tick, _STEPS)
        connection.set_authorizer(
            lambda action, *_rest: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        return connection


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
