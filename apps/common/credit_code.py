"""Unified social credit codes (统一社会信用代码): 18 characters, the last checks the others.

Source: GB 32100-2015.
"""

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def check_character(first_17: str) -> str:
    """Will give the 18th character. Raises: ValueError (a character not of the alphabet)."""
    total = sum(
        ALPHABET.index(character) * weight
        for character, weight in zip(first_17, WEIGHTS, strict=True)
    )
    return ALPHABET[-total % 31]


def clean_credit_code(text: str) -> str:
    """Will give the code in capitals without blanks; "" stays "".

    Raises: InvalidInput (field "credit_code": length, a character, the check character).
    """
    code = "".join(text.split()).upper()
    if not code:
        return ""
    if len(code) != 18:
        raise InvalidInput(_("统一社会信用代码应为18位，现有%d位") % len(code), field="credit_code")
    strange = [character for character in code if character not in ALPHABET]
    if strange:
        raise InvalidInput(
            _("统一社会信用代码中不能有“%s”（不使用 I、O、S、V、Z）") % strange[0],
            field="credit_code",
        )
    if code[-1] != check_character(code[:17]):
        raise InvalidInput(
            _("统一社会信用代码的校验位不对，请对照营业执照核对"), field="credit_code"
        )
    return code
