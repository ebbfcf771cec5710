"""People on the pages of public accounts, covered."""

from django import template
from django.utils.translation import gettext as _

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


@register.filter
def provider_label(name: str) -> str:
    """Will say who was asked about an identity."""
    labels = {"simulator": _("模拟渠道"), "http": _("权威数据接口"), "closed": _("未接入")}
    return labels.get(name, name)
