"""Files of every kind, honest, strange and hostile."""

import io
import json
import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely

from apps.common.errors import InvalidInput
from apps.geodata.reading import RawRow, Reading, open_reader, tell_format


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def read(path: Path, **how: Any) -> tuple[Any, list[RawRow]]:
    reader = open_reader(path, tell_format(path), Reading(**how))
    return reader, list(reader.rows())


def dbf(encoding: str, names: list[str]) -> bytes:
    """A dBase table with one text column NAME and no declared code page."""
    rows = [b" " + name.encode(encoding).ljust(20) for name in names]
    head = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, len(rows), 65, 21)
    column = struct.pack("<11sc4xBB14x", b"NAME", b"C", 20, 0)
    return head + column + b"\r" + b"".join(rows) + b"\x1a"


def shp(points: list[tuple[float, float]]) -> tuple[bytes, bytes]:
    """A point shapefile and its index."""
    box = struct.pack(
        "<4d32x",
        *(min(p[i] for p in points) for i in (0, 1)),
        *(max(p[i] for p in points) for i in (0, 1)),
    )

    def head(words: int) -> bytes:
        return struct.pack(">i20xi", 9994, words) + struct.pack("<ii", 1000, 1) + box

    records = b"".join(
        struct.pack(">ii", n, 10) + struct.pack("<i2d", 1, *point)
        for n, point in enumerate(points, 1)
    )
    index = b"".join(struct.pack(">ii", 50 + 14 * n, 10) for n in range(len(points)))
    return head(50 + len(records) // 2) + records, head(50 + len(index) // 2) + index


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


PRJ = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_120E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_shapefile_with_chinese_names(tmp_path: Path, encoding: str) -> None:
    main, index = shp([(500100.0, 3985000.0), (500200.0, 3985100.0)])
    content = zipped(
        {
            "管网/路灯.shp": main,
            "管网/路灯.shx": index,
            "管网/路灯.dbf": dbf(encoding, ["香港路", "江西路"]),
            "管网/路灯.prj": PRJ.encode(),
        }
    )
    reader, rows = read(written(tmp_path, "a.zip", content))
    assert [row.values["NAME"] for row in rows] == ["香港路", "江西路"]
    assert rows[0].shape.equals(shapely.Point(500100, 3985000))
    assert reader.crs == "EPSG:4549"
    assert reader.layers == ["路灯"]


def test_a_geopackage_through_plain_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as base:
        base.executescript(
            "create table gpkg_contents (table_name text, data_type text);"
            "create table gpkg_geometry_columns (table_name text, column_name text, srs_id int);"
            "create table gpkg_spatial_ref_sys (srs_id int, srs_name text, organization text,"
            " organization_coordsys_id int, definition text);"
            "insert into gpkg_contents values ('泵站', 'features');"
            "insert into gpkg_geometry_columns values ('泵站', 'geom', 4490);"
            "insert into gpkg_spatial_ref_sys values (4490, 'CGCS2000', 'EPSG', 4490, '');"
            'create table "泵站" (fid integer primary key, geom blob, 名称 text, 功率 real);'
        )
        blob = b"GP\x00\x01" + struct.pack("<i", 4490) + shapely.to_wkb(shapely.Point(120, 36))
        base.execute('insert into "泵站" values (1, ?, ?, ?)', (blob, "一号泵站", 7.5))
    base.close()
    reader, rows = read(path)
    assert reader.crs == "EPSG:4490"
    assert rows[0].values == {"名称": "一号泵站", "功率": 7.5}
    assert rows[0].shape.equals(shapely.Point(120, 36))


def test_kml_with_depth_and_data(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
    <Placemark><name>岛</name><ExtendedData><Data name="面积"><value>3</value></Data></ExtendedData>
    <Polygon><outerBoundaryIs><LinearRing><coordinates>120,36,5 120.1,36,5 120.1,36.1,5 120,36,5
    </coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"""
    _reader, rows = read(written(tmp_path, "a.kml", text.encode()))
    assert rows[0].was_3d
    assert not rows[0].shape.has_z
    assert rows[0].values == {"name": "岛", "面积": "3"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_in_both_encodings(tmp_path: Path, encoding: str) -> None:
    text = "名称,经度,纬度\n甲,120.1,36.2\n乙,abc,36\n"
    _reader, rows = read(written(tmp_path, "a.csv", text.encode(encoding)))
    assert rows[0].shape.equals(shapely.Point(120.1, 36.2))
    assert rows[0].values["名称"] == "甲"
    assert rows[1].shape is None
    assert rows[1].problem


def test_a_long_feature_is_read_across_pieces(tmp_path: Path) -> None:
    ring = [[120 + n / 1e6, 36.0] for n in range(60_000)]
    line = {"type": "LineString", "coordinates": ring}
    features = [{"type": "Feature", "properties": {"a": 1}, "geometry": line}] * 2
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    _reader, rows = read(written(tmp_path, "a.geojson", content))
    assert [shapely.get_num_coordinates(row.shape) for row in rows] == [60_000, 60_000]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty", b"  "),
        ("picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40),
        ("half", b'{"type":"FeatureCollection","features":[{"type":"Feature","geom'),
        ("nan", b'{"type":"FeatureCollection","features":[{"a":NaN}]}'),
        ("deep", b'{"type":"FeatureCollection","features":[' + b"[" * 100_000),
        ("no collection", b'{"type":"Point","coordinates":[1,2]}'),
        ("entity", b'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "b">]><kml>&a;</kml>'),
        ("vrt", b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTDataSource>"),
        ("sqlite", b"SQLite format 3\0" + b"\0" * 200),
        ("zip", b"PK\x03\x04" + b"\0" * 60),
        ("no place", b"a,b\n1,2\n"),
    ],
)
def test_what_is_no_map_data_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(written(tmp_path, name, content))
    assert refused.value.field == "file"


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped({"a.shp": b"\0" * 30_000_000, "a.dbf": b""})
    with pytest.raises(InvalidInput) as refused:
        read(written(tmp_path, "bomb.zip", bomb))
    assert refused.value.code == "file_too_large"


def test_a_path_in_an_archive_leads_nowhere(tmp_path: Path) -> None:
    main, index = shp([(120.0, 36.0)])
    content = zipped(
        {"../../evil.shp": main, "../../evil.shx": index, "../../evil.dbf": dbf("utf-8", ["a"])}
    )
    _reader, rows = read(written(tmp_path, "a.zip", content))
    assert len(rows) == 1
    assert not (tmp_path.parent.parent / "evil.shp").exists()
