"""What a file says, field by field: as it is kept, and as those see it who need not know."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apps.common import forms_data
from apps.common.forms_data import Definition, ShownValue
from apps.common.masking import mask_address, mask_name, mask_phone
from apps.registry.core_fields import DETAIL_COLUMNS, FILE_COLUMNS, ID_NUMBER, core_fields
from apps.registry.enums import FileKind
from apps.registry.models import FieldSet, RegistryFile

HIDDEN = "***"


def field_set(kind: str) -> FieldSet | None:
    """Will give the further fields in force of a kind."""
    return FieldSet.objects.filter(kind=kind).order_by("-number").first()


def form_of(kind: str) -> Definition:
    """Will give the whole form of a kind: the fields every file has, then those of the city.

    ``number`` beside ``fields`` is the version of the latter, 0 without any.
    """
    further = field_set(kind)
    extra = further.body["fields"] if further else []
    return {"fields": [*core_fields(kind), *extra], "number": further.number if further else 0}


def values_of(file: RegistryFile) -> dict[str, Any]:
    """Will give every value as edits keep it: plain JSON, the identity number as a digest."""
    detail = getattr(file, file.kind)
    columns = {field: getattr(file, name) for field, name in FILE_COLUMNS.items()}
    if file.kind == FileKind.PREMISES:
        del columns["name"]  # a house is called by its address
    columns |= {name: getattr(detail, name) for name in DETAIL_COLUMNS[file.kind]}
    found = {name: plain(value) for name, value in columns.items()}
    found["point"] = {"lng": file.point.x, "lat": file.point.y} if file.point else None
    if file.kind == FileKind.PERSON:
        found[ID_NUMBER] = {
            "digest": detail.id_digest,
            "sealed": detail.id_sealed,
            "shown": detail.id_shown,
        }
    return found | file.extra


def plain(value: Any) -> Any:
    """Will give a column as plain JSON; a decimal without idle zeros."""
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
    return value


def is_same(one: Any, other: Any) -> bool:
    """Will tell whether two kept values say the same; nothing is nothing, however written."""
    one, other = _bare(one), _bare(other)
    return bool(one == other or (one in _NOTHING and other in _NOTHING))


def _bare(value: Any) -> Any:
    """An identity number is compared by its digest: sealed twice it reads differently."""
    return value["digest"] if isinstance(value, dict) and "digest" in value else value


_NOTHING: tuple[Any, ...] = (None, "", [], {}, False)


def masked(kind: str, name: str, value: Any, definition: Definition | None = None) -> Any:
    """Will give a value as lists, packs and the log show it."""
    if isinstance(value, dict) and "digest" in value:
        return value["shown"]
    if not value:
        return value
    if name == "point" and kind == FileKind.PERSON:
        return None  # where somebody lives is told by the masked address only
    if name == "name" and kind == FileKind.PERSON:
        return mask_name(str(value))
    if name == "phone":
        return mask_phone(str(value))
    if name == "address" and kind == FileKind.PERSON:
        return mask_address(str(value))
    if definition is not None and name in forms_data.masked_names(definition):
        return HIDDEN
    return value


def masked_values(file: RegistryFile, definition: Definition | None = None) -> dict[str, Any]:
    """Will give every value of a file masked."""
    known = definition or form_of(file.kind)
    return {n: masked(file.kind, n, v, known) for n, v in values_of(file).items()}


def shown_title(file: RegistryFile) -> str:
    """Will give what a file is called in lists: a person's name is masked."""
    return mask_name(file.title) if file.kind == FileKind.PERSON else file.title


def shown_address(file: RegistryFile) -> str:
    """Will give the address in lists: of a person without the house."""
    return mask_address(file.address) if file.kind == FileKind.PERSON else file.address


def shown_fields(
    file: RegistryFile, *, opened: Mapping[str, Any] | None = None
) -> list[ShownValue]:
    """Will give the fields of a file for its page. opened: values revealed to the viewer."""
    definition = form_of(file.kind)
    values = dict(opened) if opened is not None else masked_values(file, definition)
    covered = forms_data.masked_names(definition)
    entries = [e for e in definition["fields"] if values.get(e["name"]) not in (None, "", [], {})]
    rows = forms_data.show({"fields": entries}, values, unmasked=True)
    return [
        ShownValue(
            row.name,
            row.label,
            row.text,
            is_masked=row.name in covered and opened is None,
            point=row.point,
            files=row.files,
        )
        for row in rows
    ]
