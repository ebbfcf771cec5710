"""Personal data as it is shown to those who need not know it.

Pure text in, text out. Lists, exports and messages use these; showing the full value is an
audited act of the app that owns the record.
"""

import re

_HIDDEN = "*"
_FIRST_NUMBER = re.compile(
    r"[一二三四五六七八九十百]+(?=\s*(?:号|弄|栋|幢|楼|单元|室|户))|[0-9０-９]"
)


def mask_name(name: str) -> str:
    """Will keep the first and the last character: 张三丰 is 张*丰, 张三 is 张*."""
    name = name.strip()
    if len(name) <= 1:
        return _HIDDEN * len(name)
    if len(name) == 2:
        return name[0] + _HIDDEN
    return name[0] + _HIDDEN * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Will keep at most the first three and the last four digits, never more than half.

    13812345678 is 138****5678, 0532-85911234 is 0532-****1234, 12345 is ***45.
    """
    phone = phone.strip()
    area_code = re.match(r"0\d{2,3}-", phone)
    head = area_code.group() if area_code else ""
    rest = phone[len(head) :]
    kept_front = 3 if not head and len(rest) >= 11 else 0
    kept_back = 4 if len(rest) >= 7 else 2 if len(rest) >= 4 else 0
    hidden = _HIDDEN * (len(rest) - kept_front - kept_back)
    return head + rest[:kept_front] + hidden + rest[len(rest) - kept_back :]


def mask_id_number(number: str) -> str:
    """Will keep the first three and the last two characters: 370*************1X."""
    number = number.strip()
    if len(number) < 8:
        return _HIDDEN * len(number)
    return number[:3] + _HIDDEN * (len(number) - 5) + number[-2:]


def mask_address(address: str) -> str:
    """Will keep the street and hide the house: 海泊路12号3单元 is 海泊路****."""
    address = address.strip()
    house = _FIRST_NUMBER.search(address)
    if house:
        return address[: house.start()] + _HIDDEN * 4
    return address[:6] + _HIDDEN * 4 if len(address) > 6 else address
