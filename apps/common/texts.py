"""Checks of what people write."""

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

#: The characters of a reason that is kept with a decision.
REASON_LEAST, REASON_MOST = 4, 300


def clean_text(value: str, field: str, label: str, *, most: int) -> str:
    """Will give a text without blanks around it. Raises: InvalidInput (empty, too long)."""
    text = value.replace("\x00", "").strip()
    if not text:
        raise InvalidInput(_("请填写%s") % label, field=field)
    if len(text) > most:
        raise InvalidInput(
            _("%(label)s不能超过%(most)s个字，现有%(now)s个字")
            % {"label": label, "most": most, "now": len(text)},
            field=field,
        )
    return text


def clean_reason(value: str, label: str, *, field: str = "reason") -> str:
    """Will give a reason without blanks around it. label: what it is called on the page.

    Raises: InvalidInput (shorter than ``REASON_LEAST``, longer than ``REASON_MOST``).
    """
    text = value.replace("\x00", "").strip()
    if not REASON_LEAST <= len(text) <= REASON_MOST:
        raise InvalidInput(
            _("%(label)s须写 %(least)d 至 %(most)d 个字")
            % {"label": label, "least": REASON_LEAST, "most": REASON_MOST},
            field=field,
        )
    return text
