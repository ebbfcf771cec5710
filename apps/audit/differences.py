"""What a deed changed, field by field, as the log keeps it. Source: AU-01.

A service takes a ``snapshot`` of what it may change before it writes, and gives the
``changes`` with the entry. Personal data is masked: the log is read by more people than the row.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import ManyToManyField, Model

from apps.common import masking
from apps.common.personal import mask_personal

LONGEST = 300  # characters of a text; more is not read in a list of entries
_COVERS: dict[str, Callable[[str], str]] = {
    "full_name": masking.mask_name,
    "reporter_name": masking.mask_name,
    "phone": masking.mask_phone,
    "mobile": masking.mask_phone,
    "reporter_phone": masking.mask_phone,
    "id_number": masking.mask_id_number,
    "address": masking.mask_address,
}


def snapshot(row: Model, *fields: str) -> dict[str, Any]:
    """Will give these fields of a row as plain values; nothing of a row that is not there yet.

    Foreign keys by key, many-to-many relations as sorted keys (one query each).
    """
    if row.pk is None or row._state.adding:
        return {}
    found: dict[str, Any] = {}
    for name in fields:
        field = row._meta.get_field(name)
        if isinstance(field, ManyToManyField):
            keys = getattr(row, name).order_by("pk").values_list("pk", flat=True)
            found[name] = list(keys)
        else:
            found[name] = _plain(getattr(row, getattr(field, "attname", name)))
    return found


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], *, names: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """Will give ``before`` and ``after`` of what differs, personal data masked.

    names: further fields that hold the name of a person.
    """
    differing = [name for name in after if before.get(name) != after[name]]
    return {
        "before": {n: _covered(n, before[n], names) for n in differing if n in before},
        "after": {n: _covered(n, after[n], names) for n in differing},
    }


def _covered(name: str, value: Any, names: Collection[str]) -> Any:
    if not isinstance(value, str):
        return value
    if name in names:
        return masking.mask_name(value)
    cover = _COVERS.get(name)
    return (cover(value) if cover else mask_personal(value))[:LONGEST]


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case None | bool() | int() | float() | str() | list() | dict():
            return value
    return str(value)
