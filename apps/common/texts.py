"""Checks of what people write."""

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput


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
