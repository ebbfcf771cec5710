"""How place names are written: one clean form of what people type, say and print.

Pure functions on text; no database. ``normalise`` keeps what is said, ``address_key`` also
drops what makes no difference between two spellings of the same address.
"""

import re
import unicodedata

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "零〇○一二两三四五六七八九十百千"
# Only before these words is a numeral a number: 三号楼, but never 三元路 or 八一路.
_COUNTED = r"(?=(?:号|弄|幢|栋|座|单元|室|层|楼|米|公里|千米|里地))"
_CHINESE_NUMBER = re.compile(f"([{_NUMERAL}]+?){_COUNTED}")
_SPACES = re.compile(r"\s+")
_CROSSING = re.compile(r"的?(?:交叉路?口|交汇(?:处|口)?|交界(?:处|口)?|相交处|十字路口|丁字路口)")
_NOISE = re.compile(r"[\s,.;:!?()\[\]{}'\"/\\|、。“”‘’《》【】·~]+")


def normalise(text: str) -> str:
    """Will give the text half-width, lower case, single-spaced, counted numerals in digits."""
    # PostgreSQL cannot hold the null character.
    plain = unicodedata.normalize("NFKC", text.replace("\0", "")).lower()
    plain = _SPACES.sub(" ", plain).strip()
    return _CHINESE_NUMBER.sub(lambda m: str(chinese_number(m.group(1))), plain)


def chinese_number(numeral: str) -> int:
    """Will read a Chinese numeral up to 9,999: 十二 = 12, 二〇三 = 203, 一百零五 = 105."""
    if not any(c in _UNITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def address_key(text: str) -> str:
    """Will give the form in which two spellings of one address are equal.

    12#, 12号院 and 12 号 become 12号; 3幢, 3栋 and 3座 become 3号楼; A路与B路交叉口 becomes
    A路B路路口. Spaces and punctuation fall away.
    """
    key = _NOISE.sub("", normalise(text))
    key = re.sub(r"(?<=\d)#", "号", key)
    key = re.sub(r"(?<=\d)号院(?!\w*学)", "号", key)
    key = re.sub(r"(?<=\d)(?:幢|栋|座|号楼|#楼)", "号楼", key)
    key = re.sub(r"(?<=[路街巷道])(?:与|&)(?=\w)", "", key)
    return _CROSSING.sub("路口", key)
