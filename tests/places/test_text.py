import pytest

from apps.places import address
from apps.places.text import address_key, chinese_number, normalise


@pytest.mark.parametrize(
    ("numeral", "number"),
    [("十二", 12), ("二〇三", 203), ("一百零五", 105), ("三千二百", 3200), ("两", 2), ("二十", 20)],
)
def test_chinese_numerals(numeral: str, number: int) -> None:
    assert chinese_number(numeral) == number


@pytest.mark.parametrize(
    ("said", "clean"),
    [
        ("海泊路１２号", "海泊路12号"),
        ("海泊路十二号三栋２单元", "海泊路12号3栋2单元"),
        ("三元路", "三元路"),
        ("八一路五号", "八一路5号"),
        ("第一百货大楼", "第一百货大楼"),
        ("  A座　B ", "a座 b"),
    ],
)
def test_normalise(said: str, clean: str) -> None:
    assert normalise(said) == clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云台花园三幢", "云台花园3号楼"),
        ("云台花园3栋", "云台花园 3 号楼"),
        ("海泊路与观澜路交叉口", "海泊路观澜路路口"),
        ("海泊路12#", "海泊路12号"),
    ],
)
def test_two_spellings_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


def test_a_walk_is_read_with_bearing_and_unit() -> None:
    walk = address.find_offset("海泊路12号往东北1公里")
    assert walk is not None
    assert (walk.east_m, walk.north_m) == pytest.approx((707.1, 707.1), abs=0.1)


def test_an_unbelievable_walk_is_ignored() -> None:
    assert address.find_offset("往东900公里") is None


@pytest.mark.parametrize("word", ["对面", "旁", "附近"])
def test_nearness(word: str) -> None:
    assert address.find_nearness(f"海泊路小学{word}") == word
