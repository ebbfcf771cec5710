"""People on the pages of public accounts, covered."""

from django import template

from apps.common import masking

register = template.Library()


@register.filter
def masked_name(name: str) -> str:
    """Will keep the first and the last character."""
    return masking.mask_name(name)


@register.filter
def masked_phone(phone: str) -> str:
    """Will keep the first three and the last four digits."""
    return masking.mask_phone(phone)
