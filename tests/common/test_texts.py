"""What people write is taken without blanks, and refused at its field when it is no text."""

import pytest

from apps.common.errors import InvalidInput
from apps.common.texts import clean_reason, clean_text


@pytest.mark.parametrize("text", ["四个字了", " 值班复盘\x00 ", "字" * 300])
def test_a_reason_is_kept_without_blanks(text: str) -> None:
    assert clean_reason(text, "理由") == text.replace("\x00", "").strip()


@pytest.mark.parametrize("text", ["", "   短了  ", "\x00" * 9, "字" * 301])
def test_a_reason_too_short_or_too_long_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(InvalidInput, match="用途须写 4 至 300 个字") as refused:
        clean_reason(text, "用途", field="purpose")
    assert refused.value.field == "purpose"


def test_a_text_says_how_much_is_too_much() -> None:
    assert clean_text(" 路灯 ", "name", "名称", most=2) == "路灯"
    with pytest.raises(InvalidInput, match="请填写名称"):
        clean_text("\x00 ", "name", "名称", most=2)
    with pytest.raises(InvalidInput, match="名称不能超过2个字，现有3个字"):
        clean_text("路灯杆", "name", "名称", most=2)
