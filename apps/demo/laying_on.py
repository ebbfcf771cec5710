"""Lays real reports whose places were made anonymous onto the demo city, and frames others.

The texts stay what they are; the places put in are invented, and every row says so.
"""

import csv
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.common.errors import InvalidInput
from apps.demo.geography import City
from apps.demo.geography.names import NamePool

NOTICE = "地点为虚构：演示城市生成，与原文地点无关"
ADDED = ("演示地址", "演示经度", "演示纬度", "演示标注")
PLACE = re.compile(r"([A-Z])(\d{0,3})(市|区|县)")
MARGIN_DEGREES = 0.01
GRID = 6


@dataclass
class Names:
    """Which invented name stands for which letter; the same for one seed."""

    city: City
    seed: int

    def __post_init__(self) -> None:
        self._pool = NamePool(random.Random(self.seed))
        self._known: dict[str, str] = {}

    def replace(self, text: str) -> str:
        """Will put invented names where the letters were."""
        return PLACE.sub(self._name, text)

    def district_code(self, text: str) -> str:
        """Will give the district the first place named lies in; the city where none is."""
        for found in PLACE.finditer(text):
            if found[1] == "A" and found[2]:
                return self._district(int(found[2]))
        return self.city.city.code

    def _district(self, number: int) -> str:
        districts = self.city.districts
        return districts[(number - 1) % len(districts)].code

    def _name(self, found: re.Match[str]) -> str:
        letter, number, kind = found.groups()
        if letter == "A" and not number:
            return self.city.city.name if kind == "市" else f"{self.city.city.name[:-1]}{kind}"
        if letter == "A":
            code = self._district(int(number))
            return next(z.name for z in self.city.districts if z.code == code)
        if found[0] not in self._known:
            self._known[found[0]] = f"{self._pool.stem()}{kind}"
        return self._known[found[0]]


def lay_on(rows: Iterable[dict[str, str]], city: City, *, seed: int) -> Iterator[dict[str, str]]:
    """Will give each row with invented names and an invented place, the same for its number.

    rows: need 留言编号, 留言主题, 留言详情. Raises: InvalidInput (field "file": not such a file).
    """
    names = Names(city, seed)
    for row in rows:
        if not {"留言编号", "留言主题", "留言详情"} <= row.keys():
            raise InvalidInput("文件缺少列：留言编号、留言主题、留言详情", field="file")
        wording = f"{row['留言主题']}\n{row['留言详情']}"
        digest = hashlib.sha256(f"{seed}:{row['留言编号']}".encode()).digest()
        rng = random.Random(int.from_bytes(digest[:8], "big"))
        text, (lon, lat) = city.random_address(rng, names.district_code(wording))
        changed = {name: names.replace(value or "") for name, value in row.items() if name}
        place = (text, f"{lon:.7f}", f"{lat:.7f}", NOTICE)
        yield changed | dict(zip(ADDED, place, strict=True))


def lay_file_on(source: Path, target: Path, city: City, *, seed: int) -> int:
    """Will write a file laid on the demo city and give the number of its rows."""
    count = 0
    with source.open(encoding="utf-8-sig", newline="") as inside:
        reader = csv.DictReader(inside)
        fields = [*(reader.fieldnames or []), *ADDED]
        with target.open("w", encoding="utf-8-sig", newline="") as outside:
            writer = csv.DictWriter(outside, fields)
            writer.writeheader()
            for row in lay_on(reader, city, seed=seed):
                writer.writerow(row)
                count += 1
    return count


def frame(points: Iterable[tuple[float, float]], *, code: str, name: str) -> dict[str, Any]:
    """Will build a rectangle and a grid of squares that cover the points, as two collections.

    points: lon, lat in WGS 84. Gives {"city", "district"} as GeoJSON; no real boundary is
    drawn. Raises: InvalidInput (no point at all).
    """
    known = list(points)
    if not known:
        raise InvalidInput("文件中没有坐标", field="file")
    west, east = min(p[0] for p in known), max(p[0] for p in known)
    south, north = min(p[1] for p in known), max(p[1] for p in known)
    west, south = round(west - MARGIN_DEGREES, 4), round(south - MARGIN_DEGREES, 4)
    east, north = round(east + MARGIN_DEGREES, 4), round(north + MARGIN_DEGREES, 4)
    step_x, step_y = (east - west) / GRID, (north - south) / GRID
    squares = []
    for row in range(GRID):
        for column in range(GRID):
            number = row * GRID + column + 1
            corner = (round(west + column * step_x, 7), round(south + row * step_y, 7))
            far = (
                east if column == GRID - 1 else round(west + (column + 1) * step_x, 7),
                north if row == GRID - 1 else round(south + (row + 1) * step_y, 7),
            )
            label = f"样例片区{number:02d}"
            squares.append(_feature(f"{code}{number:02d}", label, corner, far))
    return {
        "city": _collection([_feature(code, name, (west, south), (east, north))]),
        "district": _collection(squares),
    }


def read_points(source: Path, *, lon: str, lat: str) -> Iterator[tuple[float, float]]:
    """Will give the points of a CSV file; rows without numbers are left out."""
    with source.open(encoding="utf-8-sig", newline="") as inside:
        for row in csv.DictReader(inside):
            try:
                yield float(row[lon]), float(row[lat])
            except (KeyError, TypeError, ValueError):
                continue


def write_frame(frame_of: dict[str, Any], target: Path) -> list[Path]:
    """Will write one file per level beside ``target`` and give their paths."""
    written = []
    for level, collection in frame_of.items():
        path = target.with_name(f"{target.stem}-{level}.geojson")
        path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
        written.append(path)
    return written


def _feature(
    code: str, name: str, corner: tuple[float, float], far: tuple[float, float]
) -> dict[str, Any]:
    (west, south), (east, north) = corner, far
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, "note": "样例覆盖范围，不是真实边界"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}
