import pytest

from apps.matters.limits import limit_trouble, parse_limit, write_limit


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5个工作日", 5, "working_days"),
        ("3 工作日", 3, "working_days"),
        ("4个工作小时", 4, "working_hours"),
        ("7天", 7, "calendar_days"),
        (" 24小时 ", 24, "calendar_hours"),
    ],
)
def test_a_limit_is_read_as_people_write_it(text: str, amount: int, unit: str) -> None:
    assert parse_limit(text) == {"amount": amount, "unit": unit}
    assert parse_limit(write_limit(parse_limit(text))) == parse_limit(text)


@pytest.mark.parametrize(
    "text", ["", "五天", "0小时", "-1小时", "5", "5周", "1.5小时", "99999小时"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    assert "5个工作日" in (limit_trouble(text) or "")
