"""By what the same person, house or firm is known again, and how an identity number is kept.

A number is kept encrypted; beside it stands a keyed digest by which the person is found by the
whole number only, and the number as lists show it. Source: RG-01.
"""

import hashlib
import hmac
from typing import Any

from django.conf import settings

from apps.common.masking import mask_id_number
from apps.gateway import sealing
from apps.places.text import address_key
from apps.registry.enums import FileKind

_NUMBER_KEY = b"citybrain.registry.identity:"
_MALE_IS_ODD, _SEX_AT = 2, 16  # place of the digit that tells the sex, GB 11643-1999


def sealed_number(number: str, *, tenant_id: int) -> dict[str, str]:
    """Will give a number as edits and files keep it: digest, sealed, shown; "" gives empty ones."""
    if not number:
        return {"digest": "", "sealed": "", "shown": ""}
    return {
        "digest": number_digest(number, tenant_id=tenant_id),
        "sealed": sealing.seal(number),
        "shown": mask_id_number(number),
    }


def number_digest(number: str, *, tenant_id: int) -> str:
    """Will give what a number is found by within one body: 64 hexadecimal characters."""
    key = _NUMBER_KEY + str(settings.IDENTITY_DIGEST_KEY).encode()
    said = f"{tenant_id}:{number.strip().upper()}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def told_by_number(number: str) -> dict[str, str]:
    """Will give what an identity number tells by itself: date of birth and sex."""
    day = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    sex = "1" if int(number[_SEX_AT]) % _MALE_IS_ODD else "2"
    return {"born_on": day, "sex": sex, "id_kind": "id_card"}


def same_as(kind: str, values: dict[str, Any], *, tenant_id: int) -> str:
    """Will give the mark two files of the same thing share; "" where nothing is sure.

    A person by the number, else by name, birthday and telephone together; a house by its
    address down to the room; a firm by its credit code; a place by name and address.
    """
    match kind:
        case FileKind.PERSON:
            if number := values.get("id_number"):
                return str(number["digest"])
            parts = [values.get("name"), values.get("born_on"), values.get("phone")]
        case FileKind.PREMISES:
            parts = [house_key(values)]
        case FileKind.FIRM:
            parts = [values.get("credit_code")]
        case FileKind.SITE:
            parts = [values.get("name"), address_key(values.get("address") or "")]
        case _:
            return ""
    if not all(parts):
        return ""
    return hashlib.sha256(f"{tenant_id}|{kind}|{'|'.join(map(str, parts))}".encode()).hexdigest()


def house_key(values: dict[str, Any]) -> str:
    """Will give an address down to the room, with what makes no difference left out."""
    return address_key(" ".join(house_parts(values)))[:200]


def house_parts(values: dict[str, Any]) -> list[str]:
    """Will give address, building, unit and room, each as people write it."""
    endings = {"building": "号楼", "unit_number": "单元", "room": "室"}
    found = [str(values.get("address") or "")]
    for name, ending in endings.items():
        if said := str(values.get(name) or "").strip():
            found.append(said if not said[-1].isdigit() else f"{said}{ending}")
    return found


def opened_number(sealed: str) -> str:
    """Will give the number back; "" stays "". Raises: Refused (the system's key has changed)."""
    return sealing.unseal(sealed) if sealed else ""
