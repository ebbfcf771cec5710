"""A limit as people write it in a table of rules: "5个工作日", "24小时"."""

import re
from typing import Any

from django.utils.translation import gettext as _

#: The unit of the clocks, with the words that mean it; the first is how we write it.
WORDS: dict[str, tuple[str, ...]] = {
    "working_days": ("个工作日", "工作日"),
    "working_hours": ("个工作小时", "工作小时"),
    "calendar_days": ("个自然日", "自然日", "天"),
    "calendar_hours": ("小时",),
}
_FORM = re.compile(r"\s*(\d{1,4})\s*(\D+?)\s*\Z")


def parse_limit(text: str) -> dict[str, Any]:
    """Will read a limit as {"amount": whole number, "unit": unit of the clocks}.

    Raises: ValueError, with a message for people.
    """
    found = _FORM.match(text)
    if found:
        amount, word = int(found[1]), found[2]
        for unit, words in WORDS.items():
            if word in words and amount > 0:
                return {"amount": amount, "unit": unit}
    raise ValueError(_("时限应写成“5个工作日”“4个工作小时”“7个自然日”或“24小时”"))


def write_limit(limit: dict[str, Any]) -> str:
    """Will write a limit the way ``parse_limit`` reads it."""
    return f"{limit['amount']}{WORDS[limit['unit']][0]}"


def limit_trouble(text: str) -> str | None:
    """Will say what is wrong with a limit in a table, or None."""
    try:
        parse_limit(text)
    except ValueError as error:
        return str(error)
    return None
