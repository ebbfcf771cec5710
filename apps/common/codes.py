"""Codes that nobody has to type: made from what a thing is called."""

from collections.abc import Iterable

from pypinyin import lazy_pinyin


def fresh_code(label: str, taken: Iterable[str]) -> str:
    """Will make a code from a Chinese name: 待审批 gives dai_shen_pi."""
    words = "_".join(lazy_pinyin(label))
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in words.lower())
    base = "_".join(part for part in kept.split("_") if part)[:34]
    if not base or not base[0].isalpha():
        base = f"x_{base}".rstrip("_")
    used, code, number = set(taken), base, 2
    while code in used:
        code, number = f"{base}_{number}", number + 1
    return code
