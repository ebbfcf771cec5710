"""Rows of a layer by values of its fields, as texts of an address name them.

Values of one field are alternatives, fields must all hold; so it is on the map, in its table and
in what is counted.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.onemap.enums import FieldKind
from apps.onemap.registry import LayerField
from apps.onemap.selectors.layers import FIELD_PREFIX, OpenLayer

_TRUTHS = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
_BIGGEST = 2**63 - 1


def with_values(
    opened: OpenLayer, rows: QuerySet[Any], where: Iterable[tuple[str, str]]
) -> QuerySet[Any]:
    """Will give those of the rows that have the values. where: (field, value) pairs.

    Raises: InvalidInput (``where``: a field that may not be asked, or not a value of its kind).
    """
    chosen: dict[str, list[Any]] = {}
    for name, text in where:
        chosen.setdefault(name, []).append(_value(askable_field(opened, name), text))
    if not chosen:
        return rows
    fields = [f for f in opened.fields if f.name in chosen]
    wanted = {f"{FIELD_PREFIX}{name}__in": values for name, values in chosen.items()}
    return opened.with_fields(rows, fields).filter(**wanted)


def askable_field(opened: OpenLayer, name: str) -> LayerField:
    """Will give a field the viewer may ask by.

    A masked one is not asked: answers would tell, value by value, what it hides.
    Raises: InvalidInput.
    """
    field = next((f for f in opened.fields if f.name == name), None)
    if field is None or not field.filterable or name in opened.masked:
        raise InvalidInput(_("不能按字段“%(name)s”筛选") % {"name": name[:40]}, field="where")
    return field


def aware(moment: datetime) -> datetime:
    """Will give a moment in UTC; one without a zone is the city's."""
    local = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return local.astimezone(UTC)


def _value(field: LayerField, text: str) -> Any:
    try:
        if "\x00" in text:  # which the database has no way to hold
            raise ValueError(text)
        return _converted(field.kind, text)
    except (KeyError, ValueError, OverflowError) as error:
        raise InvalidInput(
            _("字段“%(name)s”的筛选值不正确") % {"name": field.name}, field="where"
        ) from error


def _converted(kind: FieldKind, text: str) -> Any:
    match kind:
        case FieldKind.INTEGER:
            number = int(text)
            if abs(number) > _BIGGEST:
                raise ValueError(text)
            return number
        case FieldKind.NUMBER:
            return float(text)
        case FieldKind.BOOLEAN:
            return _TRUTHS[text.lower()]
        case FieldKind.DATE:
            return date.fromisoformat(text)
        case FieldKind.TIME:
            return aware(datetime.fromisoformat(text))
    return text
