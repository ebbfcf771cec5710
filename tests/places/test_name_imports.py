"""Files of place names: a preview that changes nothing, then all or nothing."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from apps.accounts.models import User
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places import services
from apps.places.coordinates import wgs84_to_gcj02
from apps.places.geometry import distance_m, point
from apps.places.models import Area, GazetteerEntry, GazetteerImport
from apps.places.selectors import geocode
from tests.places.factories import make_keeper, make_streets

City = dict[str, Area]
HEADER = ["类别", "名称", "所属地名", "号码", "别名", "经度", "纬度", "来源"]
ROWS: list[list[object]] = [
    ["单元", "松鹤苑1号楼1单元", "松鹤苑1号楼", 1, "", 123.0121, 35.006, ""],
    ["楼栋", "松鹤苑1号楼", "松鹤苑", 1, "", 123.012, 35.006, ""],
    ["小区", "松鹤苑", "", "", "松鹤小区、老干部楼", 123.012, 35.0061, "民政普查"],
    ["门牌", "海泊路31号", "海泊路", 31, "", 123.014, 35.0051, ""],
    ["poi", "云台医院", "", "", "云台卫生院", 123.006, 35.008, ""],
    ["兴趣点", "云台医院", "", "", "", 123.016, 35.008, ""],
]


@pytest.fixture
def streets(city: City) -> dict[str, GazetteerEntry]:
    return make_streets(city)


@pytest.fixture
def keeper(city: City) -> User:
    return make_keeper(city["9901"])


def sheet(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def preview(actor: User, rows: list[list[object]], crs: str = "EPSG:4326") -> GazetteerImport:
    return services.preview_names(actor, content=sheet(rows), file_name="名.xlsx", crs=crs)


def test_a_file_is_previewed_and_written_in_the_right_order(streets: object, keeper: User) -> None:
    before = GazetteerEntry.objects.count()
    kept = preview(keeper, ROWS)
    told = {name: kept.summary[name] for name in ("new", "taught", "known", "error_count")}
    assert kept.summary["errors"] == []
    assert told == {"new": 5, "taught": 1, "known": 0, "error_count": 0}
    assert GazetteerEntry.objects.count() == before
    services.apply_names(keeper, import_id=kept.pk)
    assert geocode("老干部楼一号楼1单元")[0].label == "松鹤苑1号楼1单元"
    assert geocode("云台卫生院")[0].label == "云台医院"
    kept.refresh_from_db()
    assert (kept.state, bytes(kept.content)) == ("applied", b"")
    with pytest.raises(Refused):
        services.apply_names(keeper, import_id=kept.pk)
    assert preview(keeper, ROWS).summary["known"] == 6


def test_every_wrong_row_is_told(streets: object, keeper: User) -> None:
    rows: list[list[object]] = [
        ["飞船", "甲乙", "", "", "", 123.01, 35.01, ""],
        ["兴趣点", "", "", "", "", 123.01, 35.01, ""],
        ["兴趣点", "外地", "", "", "", 1, 1, ""],
        ["门牌", "无名路1号", "无名路", 1, "", 123.01, 35.01, ""],
        ["门牌", "海泊路33号", "海泊路", "", "", 123.01, 35.01, ""],
        ["兴趣点", "某处", "海泊路", "", "", "东", 35.01, ""],
        ["兴趣点", "好地方", "", "", "", 123.01, 35.01, ""],
        ["兴趣点", "好地方", "", "", "", 123.01, 35.01, ""],
    ]
    kept = preview(keeper, rows)
    told = [(e["number"], e["header"]) for e in kept.summary["errors"]]
    assert told == [
        (2, "类别"), (3, "名称"), (4, "经度"), (5, "所属地名"), (6, "号码"), (7, "经度"),
        (9, "名称"),
    ]  # fmt: skip
    before = GazetteerEntry.objects.count()
    with pytest.raises(Refused):
        services.apply_names(keeper, import_id=kept.pk)
    assert GazetteerEntry.objects.count() == before


def test_the_stated_coordinate_system_counts(streets: object, keeper: User) -> None:
    lon, lat = wgs84_to_gcj02(123.012, 35.006)
    kept = preview(keeper, [["兴趣点", "梧龄大厦", "", "", "", lon, lat, ""]], crs="GCJ-02")
    services.apply_names(keeper, import_id=kept.pk)
    assert distance_m(geocode("梧龄大厦")[0].point, point(123.012, 35.006)) < 0.1


def test_a_keeper_imports_only_into_the_own_area(streets: object, city: City, clerk: User) -> None:
    neighbour = make_keeper(city["990102"], "neighbour")
    kept = preview(neighbour, ROWS[2:3])
    assert kept.summary["error_count"] == 1
    with pytest.raises(NotAllowed):
        preview(clerk, ROWS)
    with pytest.raises(NotFound):
        services.apply_names(neighbour, import_id=10**9)


@pytest.mark.parametrize(
    ("content", "crs", "field"),
    [
        (b"", "EPSG:4326", "file"),
        ("类别,名称\n".encode(), "EPSG:4326", "file"),
        ("类别,名称,经度,纬度\n".encode(), "EPSG:4326", "file"),
        (b"PK\x03\x04broken", "EPSG:4326", "file"),
        (sheet(ROWS), "火星", "crs"),
    ],
)
def test_a_file_that_is_none_is_refused(
    city: City, keeper: User, content: bytes, crs: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.preview_names(keeper, content=content, file_name="x", crs=crs)
    assert refused.value.field == field
    assert not GazetteerImport.objects.exists()
