"""Numbers of persons: telephone as an account has it, resident identity number.

The identity number is kept sealed, and beside it a keyed digest by which the same person is
found again; the digest differs from body to body. Source: GB 11643-1999.
"""

import hashlib
import hmac
import re
import unicodedata
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.gateway import sealing

_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[1-9]\d{16}[\dX]")
_MOBILE = re.compile(r"1[3-9]\d{9}")


def clean_phone(text: str) -> str:
    """Will give a mobile number as 11 digits. Raises: InvalidInput (field "phone")."""
    plain = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"^(\+86|0086)", "", plain)
    if not _MOBILE.fullmatch(plain):
        raise InvalidInput(_("请填写11位手机号码"), field="phone")
    return plain


def clean_identity_number(text: str) -> str:
    """Will give an identity number in capitals without blanks.

    Raises: InvalidInput (field "id_number": shape, birthday, check character); the message
        never repeats the number.
    """
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not _SHAPE.fullmatch(number):
        raise InvalidInput(_("身份证号码应为18位，最后一位可为X"), field="id_number")
    if not _is_birthday(number[6:14]):
        raise InvalidInput(_("身份证号码中的出生日期不对"), field="id_number")
    if number[-1] != check_character(number[:17]):
        raise InvalidInput(_("身份证号码的校验位不对，请核对"), field="id_number")
    return number


def check_character(first_17: str) -> str:
    """Will give the 18th character of an identity number."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def digest(number: str, *, tenant_id: int) -> str:
    """Will give what a number is found by within one body: 64 hexadecimal characters."""
    key = f"citybrain.residents.identity:{settings.IDENTITY_DIGEST_KEY}".encode()
    return hmac.new(key, f"{tenant_id}:{number}".encode(), hashlib.sha256).hexdigest()


def seal(number: str) -> str:
    """Will encrypt a number for the database."""
    return sealing.seal(number)


def unseal(sealed: str) -> str:
    """Will give the number back; "" stays "". Raises: Refused (the system's key has changed)."""
    if not sealed:
        return ""
    try:
        return sealing.unseal(sealed)
    except Refused as error:
        raise Refused(_("证件号码无法解密：系统密钥已更换，请重新实名核验")) from error


def _is_birthday(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= clock.today()
