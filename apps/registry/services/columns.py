"""From values to the columns of a file. Writes, decides nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

from apps.common import clock
from apps.places.models import Area
from apps.places.text import address_key
from apps.registry import identity
from apps.registry.core_fields import DETAIL_COLUMNS, FILE_COLUMNS, ID_NUMBER, RESERVED
from apps.registry.enums import FileKind
from apps.registry.models import Firm, Goods, Person, Premises, RegistryFile, Site

TABLES: dict[str, Any] = {
    FileKind.PERSON: Person,
    FileKind.PREMISES: Premises,
    FileKind.FIRM: Firm,
    FileKind.SITE: Site,
    FileKind.GOODS: Goods,
}
_EMPTY_AS_NONE = frozenset({"born_on", "floor", "staff_count", "capacity", "quantity"})


def put_into_file(file: RegistryFile, values: dict[str, Any], *, spot: Any, area: Area) -> None:
    """Will set the columns of the file itself, unsaved."""
    for field, column in FILE_COLUMNS.items():
        if field in values:
            setattr(file, column, values[field] or "")
    if file.kind == FileKind.PREMISES:
        file.title = " ".join(identity.house_parts(values))[:120]
        file.address_key = identity.house_key(values)
    else:
        file.address_key = address_key(file.address)[:200]
    file.point, file.area, file.area_path = spot, area, area.path
    file.same_as = identity.same_as(file.kind, values, tenant_id=file.tenant_id)
    file.extra = {name: value for name, value in values.items() if name not in RESERVED}
    file.confirmed_at = clock.now()


def put_into_detail(detail: Any, kind: str, values: dict[str, Any]) -> None:
    """Will set the columns of the kind's own table, unsaved."""
    for name in DETAIL_COLUMNS[kind]:
        value = values.get(name)
        if name in _EMPTY_AS_NONE:
            setattr(detail, name, _typed(name, value))
        else:
            setattr(detail, name, value or "")
    if kind == FileKind.PERSON:
        number = values.get(ID_NUMBER) or {"digest": "", "sealed": "", "shown": ""}
        detail.id_digest, detail.id_sealed = number["digest"], number["sealed"]
        detail.id_shown = number["shown"]


def _typed(name: str, value: Any) -> Any:
    if value in (None, ""):
        return None
    if name == "born_on":
        return date.fromisoformat(value)
    return Decimal(value) if name == "quantity" else value
