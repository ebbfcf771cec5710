"""Chinese names as people type them."""

from pypinyin import Style, pinyin

# Surnames whose everyday reading differs from the character's usual one.
_SURNAME_READINGS = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "翟": "zhai",
    "朴": "piao", "盖": "ge", "任": "ren", "华": "hua", "尉": "wei", "缪": "miao", "覃": "qin",
}  # fmt: skip


def pinyin_of(full_name: str) -> str:
    """Will give "zhangsan zs" for 张三: the whole reading, a blank, the initials.

    Latin letters stay as they are, in lower case.
    """
    name = full_name.strip()
    syllables = [part[0].lower() for part in pinyin(name, style=Style.NORMAL) if part[0].strip()]
    if syllables and name[:1] in _SURNAME_READINGS:
        syllables[0] = _SURNAME_READINGS[name[0]]
    whole = "".join("".join(s.split()) for s in syllables)
    initials = "".join(s[0] for s in syllables)
    return f"{whole} {initials}".strip()
