import time

import pytest

from apps.places.text import address_key, chinese_number, normalise, traced_key


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
        ("海泊路12～14号", "海泊路十二至十四号"),
    ],
)
def test_two_spellings_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    "text",
    [
        "海泊路１２号",
        "我在 海泊路，十二至十四号 旁",
        "云台花园三幢（2单元）",
        "海泊路与观澜路交叉口",
        "往东1.5公里",
    ],
)
def test_a_traced_key_is_the_key_and_knows_its_source(text: str) -> None:
    traced = traced_key(text)
    assert traced.text == address_key(text)
    assert traced.source(0, len(traced.text))[0] == 0
    for start in range(len(traced.text)):
        begin, end = traced.source(start, start + 1)
        assert 0 <= begin < end <= len(text)


def test_numerals_cost_no_more_than_they_are_long() -> None:
    began = time.perf_counter()
    assert len(normalise("一" * 1_000_000)) == 1_000_000
    assert time.perf_counter() - began < 5
