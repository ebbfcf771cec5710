"""Telephone numbers as people say and type them, brought to one form.

The stored form is digits only, with ``-`` before an extension: 13812345678, 053285881234,
053285881234-801, 4008001234, 0085223456789 (abroad, with 00). Two spellings of one number
are one caller.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)\s*-?\s*(\d{1,6})$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(\d{3,4}-\d{7,8}|\d{10,12})-(\d{1,6})$")
_SEPARATORS = re.compile(r"[\s()\-.·/]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_SERVICE = re.compile(r"(?:[48]00\d{7}|1[12]\d|1[0-2]\d{3}|9[56]\d{3,6})")
_ABROAD = re.compile(r"00[1-9]\d{6,14}")


def normalise(spelling: str) -> str:
    """Will give the stored form of a number; empty stays empty (anonymous).

    Accepts full-width digits, spaces, dashes, brackets, +86 / 0086 / 086, mobiles, landlines
    with area code, local landlines of 7-8 digits, 400/800, service numbers, extensions
    (转, 分机, ext, #, a last dash) and numbers abroad (+ or 00).
    Raises: InvalidInput (field "reporter_phone").
    """
    found = parse(spelling)
    if found is None:
        raise InvalidInput(
            _(
                "认不出电话号码“%(number)s”。可填手机（13812345678）、带区号的座机"
                "（0532-85881234，分机写作 0532-85881234 转 801），匿名请留空"
            )
            % {"number": spelling.strip()[:40]},
            field="reporter_phone",
        )
    return found


def parse(spelling: str) -> str | None:
    """Will give the stored form, or None for what is no telephone number.

    For numbers an exchange delivers: a withheld one must not lose the call.
    """
    text = _dashes(unicodedata.normalize("NFKC", spelling)).strip()
    if not text:
        return ""
    text, extension = _split_extension(text)
    digits = _SEPARATORS.sub("", text)
    if digits.startswith("+"):
        digits = "00" + digits[1:]
    if not digits.isascii() or not digits.isdigit():
        return None
    number = _national(digits)
    if number is None or (extension and not _LANDLINE.fullmatch(number)):
        return None
    return f"{number}-{extension}" if extension else number


def spaced(number: str) -> str:
    """Will give a stored number as it is read aloud: 138 1234 5678, 0532-85881234 转 801."""
    main, _dash, extension = number.partition("-")
    if _MOBILE.fullmatch(main):
        return f"{main[:3]} {main[3:7]} {main[7:]}"
    if _LANDLINE.fullmatch(main):
        code = 3 if main.startswith(("010", "02")) else 4
        main = f"{main[:code]}-{main[code:]}"
    return main + (_(" 转 %s") % extension if extension else "")


def _dashes(text: str) -> str:
    return re.sub(r"[‐‑‒–—―−－ー]", "-", text)


def _split_extension(text: str) -> tuple[str, str]:
    spoken = _EXTENSION.search(text)
    if spoken:
        return text[: spoken.start()].rstrip(" -,，"), spoken.group(1)
    dashed = _DASHED_EXTENSION.match(re.sub(r"[\s()]", "", text))
    if dashed:
        return dashed.group(1), dashed.group(2)
    return text, ""


def _national(digits: str) -> str | None:
    for prefix in ("0086", "086", "86"):
        rest = digits.removeprefix(prefix)
        if rest != digits and (found := _with_trunk_zero(rest)):
            return found
    for pattern in (_MOBILE, _LANDLINE, _SERVICE, _LOCAL):
        if pattern.fullmatch(digits):
            return digits
    if digits.startswith("01") and _MOBILE.fullmatch(digits[1:]):
        return digits[1:]  # a zero dialled before a mobile from another city
    return digits if _ABROAD.fullmatch(digits) else None


def _with_trunk_zero(rest: str) -> str | None:
    if _MOBILE.fullmatch(rest):
        return rest
    for candidate in (rest, "0" + rest):
        if _LANDLINE.fullmatch(candidate):
            return candidate
    return None
