"""Words of the hotline's pages: masks, numbers read aloud, durations."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from apps.common import masking
from apps.hotline import phones

register = template.Library()


@register.filter
def mask_phone(phone: str) -> str:
    """Will give 138****5678."""
    return masking.mask_phone(phone) if phone else ""


@register.filter
def mask_name(name: str) -> str:
    """Will give 张*丰."""
    return masking.mask_name(name) if name else ""


@register.filter
def phone_spaced(phone: str) -> str:
    """Will give a stored number as it is read aloud."""
    return phones.spaced(phone) if phone else ""


@register.filter
def duration(seconds: int) -> str:
    """Will give 3 分 20 秒."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return _("%s 秒") % rest
    return _("%(minutes)s 分 %(seconds)s 秒") % {"minutes": minutes, "seconds": rest}


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], number: int) -> str:
    """Will give this address with another page number."""
    query = context["request"].GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
