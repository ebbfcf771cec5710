"""Personal data in free text: find it, cover it.

For everything that leaves the circle of the people handling a case: public pages, search
results, training texts. Covers what has a form (numbers, plates); names have none.
"""

import re
from collections.abc import Callable
from functools import partial

_ID = re.compile(
    r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXxＸ](?!\d)"
)
_CARD = re.compile(r"(?<!\d)\d{16,19}(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d(?:[- ]?\d{4}){2})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[-－ ]?\d{7,8}(?!\d)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z]"
    r"[·•・ ]?[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9])"
)

#: What a number is replaced with where it must not be guessed from what is left.
_FORMS = (
    (_ID, "〔证件号〕"),
    (_CARD, "〔号码〕"),
    (_MOBILE, "〔电话〕"),
    (_LANDLINE, "〔电话〕"),
    (_PLATE, "〔车牌〕"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII), "〔邮箱〕"),
)
#: A name has no form of its own, but people say whose it is; a house has its number.
_SAID = (
    (re.compile(r"((?:我叫|姓名|联系人)[是为：: ]{0,2})[\u4e00-\u9fff·]{2,3}"), r"\1〔姓名〕"),
    (re.compile(r"[\u4e00-\u9fff](?=先生|女士|小姐)"), "〔姓〕"),
    (
        re.compile(
            r"[0-9０-９一二三四五六七八九十百]+(?:号楼|号院|栋|幢|单元|室|户)"
            r"(?:[0-9０-９-]+(?:室|户)?)?"
        ),
        "〔门牌〕",
    ),
)


def mask_personal(text: str, *, phones: bool = True, ids: bool = True, others: bool = True) -> str:
    """Will cover telephone, identity, bank-card numbers and car plates in a text.

    phones, ids, others: which of them; for a reader who may see some as they are.
    """
    covers: list[tuple[bool, re.Pattern[str], Callable[[str], str]]] = [
        (ids, _ID, lambda found: found[:3] + "*" * (len(found) - 5) + found[-2:]),
        (others, _CARD, _cover_card),
        (phones, _MOBILE, _cover_mobile),
        (phones, _LANDLINE, lambda found: found[:4] + "*" * (len(found) - 6) + found[-2:]),
        (others, _PLATE, lambda found: found[:2] + "*" * (len(found) - 3) + found[-1]),
    ]
    for is_wanted, pattern, cover in covers:
        if not is_wanted:
            continue
        text = pattern.sub(partial(_covered, cover), text)
    return text


def remove_personal(text: str) -> str:
    """Will take telephone, identity and card numbers, plates, e-mail addresses and houses out.

    Nothing of them is kept, unlike ``mask_personal``: for words nobody may trace back any more.
    """
    for pattern, word in (*_FORMS, *_SAID):
        text = pattern.sub(word, text)
    return text


def extract_phones(text: str) -> list[str]:
    """Will give the telephone numbers in a text, digits only, in order, once each."""
    rest = _CARD.sub(" ", _ID.sub(" ", text))
    found = [(m.start(), m.group(1)) for m in _MOBILE.finditer(rest)]
    found += [(m.start(), m.group()) for m in _LANDLINE.finditer(rest)]
    return list(dict.fromkeys(re.sub(r"\D", "", number) for _at, number in sorted(found)))


def extract_ids(text: str) -> list[str]:
    """Will give the identity numbers in a text, in order, once each."""
    return list(dict.fromkeys(found.upper() for found in _ID.findall(text)))


def _covered(cover: Callable[[str], str], match: re.Match[str]) -> str:
    return cover(match.group())


def _cover_card(found: str) -> str:
    if _ID.fullmatch(found):
        return found  # an identity number that is to be left
    return "*" * (len(found) - 4) + found[-4:]


def _cover_mobile(found: str) -> str:
    kept_before, kept_after = 3, 4
    digits = [i for i, char in enumerate(found) if char.isdecimal()]
    number = digits[-11:]
    hidden = set(number[kept_before:-kept_after])
    return "".join("*" if i in hidden else char for i, char in enumerate(found))
