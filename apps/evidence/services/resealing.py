"""Bringing what lies encrypted in the database under the key and the cipher of today. CL-02."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from apps.audit import services as audit
from apps.common.sealing import Box, SealedColumn, is_sealed, sealed_columns

RESEALED = "secrets.resealed"
_AT_ONCE = 200  # rows locked together


@dataclass
class Resealed:
    """What was found in one column. done: sealed anew, or would be; lost: opened by no key."""

    column: str
    current: int = 0
    done: int = 0
    lost: int = 0


def reseal(actor: audit.Actor, *, is_trial: bool = False) -> list[Resealed]:
    """Will seal anew what is under an earlier key or another cipher; gives a line per column.

    Rows are locked some at a time, each group in a transaction of its own: it may be stopped and
    run again, and pages go on meanwhile. What no key opens is left as it is and counted.
    is_trial: only counts. Else audited, as the record of this change of keys.
    """
    found = [_reseal_column(column, is_trial=is_trial) for column in sealed_columns()]
    if not is_trial:
        audit.record(
            actor,
            RESEALED,
            object_type="system",
            object_label=settings.FIELD_CIPHER,
            data={line.column: [line.current, line.done, line.lost] for line in found},
        )
    return found


def _reseal_column(column: SealedColumn, *, is_trial: bool) -> Resealed:
    line = Resealed(f"{column.model}.{column.name}")
    model = apps.get_model(column.model)
    for keys in _groups(model):
        with transaction.atomic():
            rows = model._default_manager.filter(pk__in=keys).only("pk", column.name)
            for row in rows.select_for_update(of=("self",)).order_by("pk"):
                value = getattr(row, column.name)
                done = line.done
                fresh = _sealed_anew(value, column.box, line)
                if line.done > done and not is_trial:
                    setattr(row, column.name, fresh)
                    row.save(update_fields=[column.name])
    return line


def _groups(model: type[Model]) -> Iterator[list[Any]]:
    last: Any = None
    while True:
        rows = model._default_manager.order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        keys = list(rows.values_list("pk", flat=True)[:_AT_ONCE])
        if not keys:
            return
        yield keys
        last = keys[-1]


def _sealed_anew(value: Any, box: Box, line: Resealed) -> Any:
    match value:
        case dict():
            return {name: _sealed_anew(one, box, line) for name, one in value.items()}
        case list():
            return [_sealed_anew(one, box, line) for one in value]
        case str() if is_sealed(value):
            return _text_anew(value, box, line)
    return value


def _text_anew(sealed: str, box: Box, line: Resealed) -> str:
    if box.is_current(sealed):
        line.current += 1
        return sealed
    text = box.unseal(sealed)
    if text is None:
        line.lost += 1
        return sealed
    line.done += 1
    return box.seal(text)
