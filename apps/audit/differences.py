"""What a deed changed, field by field, as the log keeps it. Source: AU-01.

A service takes a ``snapshot`` of what it may change before it writes, and gives the
``changes`` with the entry. Personal data is masked: the log is read by more people than the row.
What is kept as one document (a definition, a table of rules) is compared by ``document_changes``.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import ManyToManyField, Model

from apps.common import masking
from apps.common.personal import mask_personal

LONGEST = 300  # characters of a text; more is not read in a list of entries
PLACES_MOST = 40  # of a document; a paste of a whole table changes thousands
_NOTHING: Any = object()  # not there, which differs from null
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


def document_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Will give ``before`` and ``after`` of the places where two JSON documents differ.

    A place: ``states.2.name``; where a list grew or shrank the run that differs, ``rows.3-``.
    Personal data is masked, what is long is cut and named by its digest. Only the first
    ``PLACES_MOST`` places are told; ``further`` is the number of the others.
    """
    places = list(_differing("", before, after))
    told = places[:PLACES_MOST]
    said: dict[str, Any] = {
        "before": {at: _covered(at, old, ()) for at, old, _new in told if old is not _NOTHING},
        "after": {at: _covered(at, new, ()) for at, _old, new in told if new is not _NOTHING},
    }
    return said | ({"further": len(places) - len(told)} if len(places) > len(told) else {})


def _differing(at: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if before == after:
        return
    match before, after:
        case dict(), dict():
            for key in before | after:
                below = f"{at}.{key}" if at else str(key)
                yield from _differing(below, before.get(key, _NOTHING), after.get(key, _NOTHING))
        case list(), list():
            yield from _differing_items(at, before, after)
        case _:
            yield at, before, after


def _differing_items(
    at: str, before: list[Any], after: list[Any]
) -> Iterator[tuple[str, Any, Any]]:
    """An item put in or taken out must not make all those behind it look changed."""
    if len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(f"{at}.{number}", old, new)
        return
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - start
    same = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    yield f"{at}.{start}-", before[start : len(before) - same], after[start : len(after) - same]


def _covered(name: str, value: Any, names: Collection[str]) -> Any:
    covered = _masked(name, value, names)
    match covered:
        case str():
            return _shortened(covered)
        case dict() | list():
            text = json.dumps(covered, ensure_ascii=False, sort_keys=True)
            return covered if len(text) <= LONGEST else _shortened(text)
    return covered


def _masked(name: str, value: Any, names: Collection[str]) -> Any:
    match value:
        case str() if name in names:
            return masking.mask_name(value)
        case str():
            return _COVERS.get(name.rpartition(".")[2], mask_personal)(value)
        case dict():
            return {key: _masked(key, part, names) for key, part in value.items()}
        case list():
            return [_masked(name, part, names) for part in value]
    return value


def _shortened(text: str) -> str:
    """Two long texts that begin alike are told apart by the digest of the (masked) whole."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case None | bool() | int() | float() | str() | list() | dict():
            return value
    return str(value)
