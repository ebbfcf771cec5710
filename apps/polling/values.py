"""Raw values of devices made into values of the profile's fields. No I/O."""

from typing import Any

from django.utils.translation import gettext as _

from apps.polling.wire import Line, Problem
from apps.sensing.enums import FieldKind

_YES = frozenset({"1", "true", "on", "yes"})
_NO = frozenset({"0", "false", "off", "no"})


def value_of(line: Line, raw: Any) -> float | str | bool | Problem | None:
    """Will give raw x scale + offset, the yes or no, or the code of the category.

    None: the device says it has no value. Whether the value is plausible is judged by intake.
    """
    if raw is None or isinstance(raw, Problem):
        return raw
    if line.kind == FieldKind.BOOLEAN:
        return _yes_or_no(raw)
    if line.kind == FieldKind.CATEGORY:
        return f"{raw:g}" if isinstance(raw, float) else str(raw)
    try:
        number = float(raw) * line.scale + line.offset
    except (TypeError, ValueError, OverflowError):
        return Problem(_("不是数值：%(told)s") % {"told": str(raw)[:40]})
    return float(f"{number:.12g}")  # 234 x 0.1 is 23.4, not 23.400000000000002


def _yes_or_no(raw: Any) -> bool | Problem:
    if isinstance(raw, bool | int | float):
        return raw != 0
    told = str(raw).strip().lower()
    if told in _YES | _NO:
        return told in _YES
    return Problem(_("不是是否值：%(told)s") % {"told": told[:40]})
