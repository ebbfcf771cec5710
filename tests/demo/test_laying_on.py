"""Anonymous places become invented ones, always the same."""

import json
from pathlib import Path

import pytest

from apps.common.errors import InvalidInput
from apps.demo.geography import build_city
from apps.demo.laying_on import frame, lay_on, write_frame

ROW = {"留言编号": "7", "留言主题": "A2区路灯不亮", "留言详情": "A市A2区的路灯坏了，B市也是。"}
CITY = build_city(3, "small")


def test_places_are_replaced_and_labelled() -> None:
    first, again = (next(lay_on([ROW], CITY, seed=5)) for _turn in range(2))
    assert first == again
    assert "A2" not in first["留言主题"]
    assert CITY.districts[1].name in first["留言主题"]
    assert CITY.city.name in first["留言详情"]
    assert "B市" not in first["留言详情"]
    assert "虚构" in first["演示标注"]
    assert float(first["演示经度"]) > 122


def test_a_file_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidInput):
        next(lay_on([{"id": "1"}], CITY, seed=5))


def test_a_frame_covers_its_points(tmp_path: Path) -> None:
    points = [(-74.0, 40.6), (-73.8, 40.9)]
    paths = write_frame(frame(points, code="9801", name="样例"), tmp_path / "x.geojson")
    city, districts = (json.loads(p.read_text(encoding="utf-8")) for p in paths)
    assert len(city["features"]) == 1
    assert len(districts["features"]) == 36
    ring = city["features"][0]["geometry"]["coordinates"][0]
    assert ring[0][0] < -74.0
    assert ring[2][1] > 40.9
    assert "不是真实边界" in city["features"][0]["properties"]["note"]


def test_no_points_no_frame() -> None:
    with pytest.raises(InvalidInput):
        frame([], code="9801", name="样例")
