"""What may leave the house: personal data covered, in whatever shape a payload has."""

from collections.abc import Callable
from typing import Any

from apps.common import masking
from apps.common.personal import mask_personal

_BY_NAME: dict[str, Callable[[str], str]] = {
    "name": masking.mask_name,
    "phone": masking.mask_phone,
    "mobile": masking.mask_phone,
    "telephone": masking.mask_phone,
    "id_number": masking.mask_id_number,
    "id_card": masking.mask_id_number,
    "address": masking.mask_address,
}
#: Only of persons: ``unit_name`` and ``area_name`` say what they say.
_PERSON_PREFIXES = ("reporter_", "caller_", "applicant_", "citizen_", "person_", "contact_")


def mask_payload(value: Any, *, name: str = "") -> Any:
    """Will cover personal data in plain JSON values and give a copy.

    A member named like a person's datum (``reporter_name``, ``phone``, ``id_number``) is
    masked whole; numbers of telephones, identity cards, bank cards and car plates are covered
    in every other text. Names inside running text cannot be found; do not send texts that
    need not be sent.
    """
    match value:
        case dict():
            return {key: mask_payload(inner, name=str(key)) for key, inner in value.items()}
        case list() | tuple():
            return [mask_payload(inner, name=name) for inner in value]
        case str():
            cover = _cover_of(name)
            return cover(value) if cover else mask_personal(value)
    return value


def _cover_of(name: str) -> Callable[[str], str] | None:
    lowered = name.lower()
    for prefix in _PERSON_PREFIXES:
        if lowered.startswith(prefix):
            return _BY_NAME.get(lowered.removeprefix(prefix))
    return None if lowered in {"name", "address"} else _BY_NAME.get(lowered)
