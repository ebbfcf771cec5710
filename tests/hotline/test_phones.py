import pytest

from apps.common.errors import InvalidInput
from apps.hotline import phones


@pytest.mark.parametrize(
    ("spelling", "stored"),
    [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("013812345678", "13812345678"),
        ("0532-85881234", "053285881234"),
        ("(0532) 8588 1234", "053285881234"),
        ("（0532）85881234", "053285881234"),
        ("010-65881234", "01065881234"),
        ("+86 532 8588 1234", "053285881234"),
        ("0532—85881234转801", "053285881234-801"),
        ("0532-85881234-801", "053285881234-801"),
        ("0532-85881234 分机 801", "053285881234-801"),
        ("010 65881234 ext. 12", "01065881234-12"),
        ("85881234", "85881234"),
        ("400-800-1234", "4008001234"),
        ("95588", "95588"),
        ("12345", "12345"),
        ("+852 2345 6789", "0085223456789"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_spellings_of_a_number(spelling: str, stored: str) -> None:
    assert phones.normalise(spelling) == stored


@pytest.mark.parametrize(
    "spelling",
    ["1381234567", "23812345678", "电话", "138123456789", "0532", "13812345678转2", "<b>"],
)
def test_what_is_no_number_names_the_field_and_gives_examples(spelling: str) -> None:
    with pytest.raises(InvalidInput, match="13812345678") as refused:
        phones.normalise(spelling)
    assert refused.value.field == "reporter_phone"


@pytest.mark.parametrize(
    ("stored", "spoken"),
    [
        ("13812345678", "138 1234 5678"),
        ("053285881234-801", "0532-85881234 转 801"),
        ("01065881234", "010-65881234"),
        ("12345", "12345"),
        ("", ""),
    ],
)
def test_a_number_as_it_is_read_aloud(stored: str, spoken: str) -> None:
    assert phones.spaced(stored) == spoken


def test_a_number_read_aloud_is_understood_again() -> None:
    for number in ("13812345678", "053285881234-801", "01065881234"):
        assert phones.normalise(phones.spaced(number)) == number
