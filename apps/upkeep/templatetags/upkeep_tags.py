"""How upkeep looks on pages."""

from django import template
from django.template.defaultfilters import filesizeformat, floatformat
from django.utils.translation import gettext as _

from apps.upkeep.selectors import Figure

register = template.Library()

_YES_OR_NO = {"redis_up", "read_only", "restore_test_good"}


@register.simple_tag
def figure_value(figure: Figure) -> str:
    """Will write a figure with its unit, as people read it."""
    if figure.name in _YES_OR_NO:
        return _("是") if figure.value else _("否")
    if figure.unit == "B":
        return str(filesizeformat(figure.value))
    if figure.unit == "s" and figure.value >= 7200:
        return _("%.1f小时") % (figure.value / 3600)
    text = floatformat(figure.value, "-2g")
    words = {"s": _("%s秒"), "d": _("%s天")}
    return words[figure.unit] % text if figure.unit in words else str(text)
