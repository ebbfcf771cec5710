import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.places import services
from apps.places.coordinates import wgs84_to_gcj02
from apps.places.models import Area, AreaImport

DAY = date(2020, 6, 1)
City = dict[str, Area]
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "boundaries"


def box(x: float, y: float, size: float = 0.02) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def geojson(*features: tuple[str, str, Any]) -> bytes:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": code, "name": name},
                    "geometry": {"type": "Polygon", "coordinates": shape},
                }
                for code, name, shape in features
            ],
        }
    ).encode()


def preview(actor: User, content: bytes, **changes: Any) -> AreaImport:
    given = {"file_name": "a.json", "crs": "4326", "level": "street", "valid_from": DAY}
    return services.preview_import(actor, content=content, **(given | changes))


def test_a_preview_counts_and_changes_nothing(keeper: User, city: City) -> None:
    content = geojson(
        ("990101001", "甲街道", [box(123.0, 35.0)]),
        ("990101002", "改名街道", [box(123.02, 35.0)]),
        ("990101003", "新街道", [box(123.0, 35.02)]),
    )
    kept = preview(keeper, content)
    assert [kept.summary[k] for k in ("new", "changed", "unchanged", "error_count")] == [1, 1, 1, 0]
    assert kept.summary["overlap_count"] == 0
    assert kept.summary["gap_m2"] == pytest.approx(0, abs=1)
    assert not Area.objects.filter(code="990101003").exists()

    services.apply_import(keeper, import_id=kept.pk)
    new = Area.objects.get(code="990101003")
    assert (new.parent.code, new.valid_from, new.code_part) == ("990101", DAY, "003")
    assert Area.objects.get(code="990101002").name == "改名街道"
    with pytest.raises(Refused):
        services.apply_import(keeper, import_id=kept.pk)


def test_overlaps_and_gaps_are_told(keeper: User, city: City) -> None:
    kept = preview(
        keeper,
        geojson(
            ("990101001", "甲街道", [box(123.0, 35.0, 0.02)]),
            ("990101009", "压盖街道", [box(123.01, 35.0, 0.01)]),
        ),
    )
    assert kept.summary["overlap_count"] == 1
    assert kept.summary["overlaps"][0]["m2"] == pytest.approx(1_013_000, rel=0.02)
    assert kept.summary["gap_m2"] > 4_000_000


def test_cells_that_do_not_fit_are_not_written(keeper: User, city: City) -> None:
    wide = [[[123.0, 35.0], [123.02, 35.0], [123.02, 35.011], [123.0, 35.011], [123.0, 35.0]]]
    kept = preview(keeper, geojson(("990101001001", "甲街道第001网格", wide)), level="cell")
    with pytest.raises(Refused) as refusal:
        services.apply_import(keeper, import_id=kept.pk)
    before = city["990101001001"].boundary
    city["990101001001"].refresh_from_db()
    assert refusal.value.code == "cells_do_not_fit"
    assert city["990101001001"].boundary == before


@pytest.mark.parametrize(
    ("shape", "field"),
    [
        ([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]], "geometry"),  # crosses itself
        ([[[0, 0], [1, 1], [0, 1]]], "geometry"),  # too few points
        ([[[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]]], "geometry"),  # open
        ([[0, 0], [1, 0], [1, 1], [0, 0]], "geometry"),  # wrong nesting
        ([[["a", 0], [1, 0], [1, 1], ["a", 0]]], "geometry"),  # no numbers
        ([[[True, 0], [1, 0], [1, 1], [True, 0]]], "geometry"),
        ([[[5e5, 3.9e6], [6e5, 3.9e6], [6e5, 4e6], [5e5, 3.9e6]]], "geometry"),  # metres
        ([], "geometry"),
        (None, "geometry"),
    ],
)
def test_a_bad_boundary_is_an_error_of_its_row(
    keeper: User, city: City, shape: Any, field: str
) -> None:
    kept = preview(keeper, geojson(("990101003", "新街道", shape)))
    assert [(e["line"], e["field"]) for e in kept.summary["errors"]] == [(1, field)]
    with pytest.raises(Refused) as refusal:
        services.apply_import(keeper, import_id=kept.pk)
    assert refusal.value.code == "import_has_errors"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b'{"type":"FeatureCollection","features":[]}',
        b'{"type":"FeatureCollection","features":[{"x":NaN}]}',
        b"[" * 100_000,
        b"\xff\xfe\x00\x81",
        b"name\nx\n",
    ],
)
def test_an_unreadable_file_is_refused(keeper: User, city: City, content: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        preview(keeper, content)
    assert refusal.value.field == "file"


def test_a_huge_file_is_refused_before_it_is_read(keeper: User, city: City) -> None:
    with pytest.raises(InvalidInput):
        preview(keeper, b" " * (20 * 1024 * 1024 + 1))
    ring = [[123 + i / 1e6, 35.0] for i in range(500_001)]
    with pytest.raises(InvalidInput, match="500000"):
        preview(keeper, geojson(("990101003", "新", [[*ring, [123, 36], ring[0]]])))


def test_bad_rows_of_a_csv(keeper: User, city: City) -> None:
    lines = "990101003,新街道 990101003,重复 9901,短 99x,坏 990109001,无上级 990101004,"
    content = "\n".join(["code,name", *lines.split()])
    kept = preview(keeper, content.encode("gb18030"), file_name="a.csv")
    assert sorted((e["line"], e["field"]) for e in kept.summary["errors"]) == [
        (3, "code"), (4, "code"), (5, "code"), (6, "parent"), (7, "name"),
    ]  # fmt: skip


def test_a_csv_without_boundaries_makes_areas(keeper: User, city: City) -> None:
    kept = preview(keeper, "代码,名称\n990101003,新街道\n".encode(), file_name="a.csv")
    services.apply_import(keeper, import_id=kept.pk)
    assert Area.objects.get(code="990101003").boundary is None


def test_gcj02_stated_as_wgs84_is_noticed(keeper: User, city: City) -> None:
    ring = [list(wgs84_to_gcj02(*p)) for p in box(123.0, 35.0)]
    content = geojson(("990101001", "甲街道", [ring]))
    (warning,) = preview(keeper, content).summary["warnings"]
    assert "GCJ-02" in warning
    assert preview(keeper, content, crs="GCJ-02").summary["warnings"] == []
    plain = geojson(("990101001", "甲街道", [box(123.0, 35.0)]))
    (warning,) = preview(keeper, plain, crs="GCJ-02").summary["warnings"]
    assert "WGS 84" in warning


def test_without_reference_the_habits_of_the_file_are_told(keeper: User, city: City) -> None:
    document = json.loads(geojson(("990101003", "新", [box(123.0, 35.02)])))
    document["features"][0]["properties"] |= {"adcode": 990101003, "acroutes": [], "childrenNum": 0}
    (warning,) = preview(keeper, json.dumps(document).encode()).summary["warnings"]
    assert "GCJ-02" in warning


def test_wrong_role_and_wrong_level(clerk: User, keeper: User, city: City) -> None:
    content = geojson(("990101003", "新", [box(123.0, 35.02)]))
    with pytest.raises(NotAllowed):
        preview(clerk, content)
    with pytest.raises(InvalidInput) as refusal:
        preview(keeper, content, level="nowhere")
    assert refusal.value.field == "level"
    kept = preview(keeper, content)
    with pytest.raises(NotAllowed):
        services.apply_import(clerk, import_id=kept.pk)


def test_a_preview_gone_stale_is_checked_again(keeper: User, city: City) -> None:
    kept = preview(keeper, geojson(("990101003", "新", [box(123.0, 35.02)])))
    Area.objects.filter(code__startswith="990101").update(valid_to=DAY)
    with pytest.raises(Refused):
        services.apply_import(keeper, import_id=kept.pk)
    assert not Area.objects.filter(code="990101003").exists()


def test_the_command(city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new.json"
    file.write_bytes(geojson(("990101003", "新街道", [box(123.0, 35.02)])))
    call_command("import_areas", file, crs="4326", level="street", apply=True)
    assert Area.objects.filter(code="990101003").exists()
    with pytest.raises(CommandError):
        call_command("import_areas", file, crs="nonsense", level="street")
    with pytest.raises(CommandError):
        call_command("import_areas", tmp_path / "none", crs="4326", level="street")


@pytest.mark.skipif(not REAL.exists(), reason="../shared is absent: it has the boundaries")
def test_real_files_are_previewed(keeper: User, city: City) -> None:
    boundaries = (REAL / "qingdao-districts-gcj02.json").read_bytes()
    services.register_areas(
        keeper, areas=[services.AreaSpec("city", "3702", "某市")], valid_from=DAY
    )
    kept = preview(keeper, boundaries, level="district", file_name="districts.json")
    assert kept.summary["new"] == 10
    assert kept.summary["error_count"] == 0
    assert "GCJ-02" in kept.summary["warnings"][0]
    services.apply_import(keeper, import_id=kept.pk)
    streets = (REAL / "qingdao-streets.csv").read_bytes()
    kept = preview(keeper, streets, level="street", file_name="streets.csv")
    assert kept.summary["new"] + kept.summary["error_count"] == 141
