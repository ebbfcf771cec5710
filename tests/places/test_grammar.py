"""What people say, cut into parts, without a database."""

import time

import pytest

from apps.places.address import (
    Between,
    Building,
    Crossing,
    Mark,
    Name,
    OnRoad,
    Phrase,
    phrases,
    read,
)
from apps.places.enums import PartKind


def told(text: str) -> list[tuple[str, str]]:
    return [(part.kind.value, part.text) for part in read(text).parts]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "我在港东区海泊路一百二十三号附3号对面",
            "other:我在 area:港东区 road:海泊路 number:一百二十三号 extra:附3号 relation:对面",
        ),
        (
            "云台花园三幢2单元５０１室",
            "place:云台花园 building:三幢 unit:2单元 room:５０１室",
        ),
        ("云台花园3-2-501", "place:云台花园 building:3 unit:2 room:501"),
        ("海泊路与观澜路交叉口西南角", "road:海泊路 road:观澜路 crossing:交叉口 side:西南角"),
        ("观澜路海泊路口", "road:观澜路 road:海泊路 crossing:口"),
        ("海泊路12至14号", "road:海泊路 number:12至14号"),
        ("海泊路12号之一", "road:海泊路 number:12号 extra:之一"),
        ("海泊路甲12号往东走大约200米", "road:海泊路 number:甲12号 walk:往东走大约200米"),
        ("海泊路12号以北1.5公里", "road:海泊路 number:12号 walk:以北1.5公里"),
        ("环城路K3+200处", "road:环城路 mark:K3+200 other:处"),
        ("海泊路灯杆0315号", "road:海泊路 pole:灯杆0315号"),
        ("和平小学与云台医院之间", "place:和平小学 join:与 place:云台医院 between:之间"),
        ("海泊93号", "road:海泊 number:93号"),
        ("清安社区居委会门口", "place:清安社区居委会 relation:门口"),
        ("海泊路路灯不亮", "road:海泊路 other:路灯不亮"),
        ("海泊路3天没人管", "road:海泊路 other:3天没人管"),
        ("甲镇乙村", "area:甲镇乙村"),
    ],
)
def test_parts_and_their_spans(text: str, parts: str) -> None:
    assert " ".join(f"{kind}:{piece}" for kind, piece in told(text)) == parts
    reading = read(text)
    assert all(text[p.start : p.end] == p.text for p in reading.parts)


@pytest.mark.parametrize(
    ("text", "number", "until", "bearing"),
    [
        ("海泊路12-14号", 12, 14, None),
        ("海泊路12-3号", 12, None, None),
        ("海泊路一百零五号", 105, None, None),
        ("和平小学往东北1公里", 1000, None, 45),
        ("和平小学往西三里地", 1500, None, 270),
        ("环城路K3+200", 3200, None, None),
    ],
)
def test_the_last_part_has_its_values(
    text: str, number: float, until: int | None, bearing: int | None
) -> None:
    last = read(text).parts[-1]
    assert (last.number, last.until, last.bearing) == (number, until, bearing)


def test_an_unbelievable_walk_is_none() -> None:
    assert PartKind.WALK not in {part.kind for part in read("和平小学往东900公里").parts}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("海泊路12号", OnRoad),
        ("海泊路与观澜路路口", Crossing),
        ("云台花园3号楼", Building),
        ("环城路K3+200", Mark),
        ("海泊路（观澜路至松台路段）", Between),
        ("从观澜路到松台路段的海泊路", Between),
        ("和平小学与云台医院之间", Between),
    ],
)
def test_phrases(text: str, kind: type[Phrase]) -> None:
    assert kind in {type(phrase) for phrase in phrases(read(text))}


def test_a_stretch_is_no_crossing() -> None:
    found = phrases(read("海泊路（观澜路至松台路段）"))
    assert Crossing not in {type(phrase) for phrase in found}


def test_known_names_come_first() -> None:
    text = "去三元里小商品街逛逛"
    [street] = [p for p in read(text, [Name(1, 8, PartKind.ROAD)]).parts if p.is_known]
    assert street.text == "三元里小商品街"


def test_words_behind_a_place_belong_to_it_alone() -> None:
    found = phrases(read("海泊路12号对面的和平小学往东50米"))
    reading = read("海泊路12号对面的和平小学往东50米")
    told = {type(p).__name__: [reading.parts[i].text for i in p.behind] for p in found}
    assert told["OnRoad"] == ["对面"]
    assert told["Named"] == ["往东50米"]


@pytest.mark.parametrize(
    "text", ["海" * 10_000_000, "1" * 10_000_000, "一二三" * 3_000_000, "k1+" * 999]
)
def test_a_huge_text_costs_no_more_than_its_first_lines(text: str) -> None:
    began = time.perf_counter()
    reading = read(text)
    assert time.perf_counter() - began < 1
    assert len(reading.text) <= 240


@pytest.mark.parametrize(
    "text", ["", "\0", "号", "号楼", "之", "-", "往东", "12-", "k", "附", "甲", "米"]
)
def test_scraps_break_nothing(text: str) -> None:
    assert sum(len(part.key) for part in read(text).parts) == len(read(text).traced.text)
