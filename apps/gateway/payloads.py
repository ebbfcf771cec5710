"""What may leave the house: personal data covered, in whatever shape a payload has.

Source: GW-01, AC-07; the fields are those a client may be granted (``enums.PersonalField``).
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from apps.common import masking
from apps.common.personal import mask_personal
from apps.gateway.enums import PersonalField

_BY_NAME: dict[str, tuple[PersonalField, Callable[[str], str]]] = {
    "name": (PersonalField.NAME, masking.mask_name),
    "phone": (PersonalField.PHONE, masking.mask_phone),
    "mobile": (PersonalField.PHONE, masking.mask_phone),
    "telephone": (PersonalField.PHONE, masking.mask_phone),
    "id_number": (PersonalField.ID_NUMBER, masking.mask_id_number),
    "id_card": (PersonalField.ID_NUMBER, masking.mask_id_number),
    "address": (PersonalField.ADDRESS, masking.mask_address),
}
_PERSONS = ("reporter", "caller", "applicant", "citizen", "person", "contact")
#: Only of persons: ``unit_name`` and ``area_name`` say what they say.
_PERSON_PREFIXES = tuple(f"{person}_" for person in _PERSONS)
#: Members that carry references, never words; their digits are not somebody's number.
_REFERENCES = frozenset(
    {
        "after",
        "asset_code",
        "credit_code",
        "digest",
        "document_number",
        "id",
        "key",
        "next",
        "number",
        "previous",
        "progress_url",
        "sha256",
    }
    | {"signature", "token", "url"}
)


#: Digests in hexadecimal, 128 bits and more.
_HEX = re.compile(r"((?<![0-9A-Za-z])(?=\d*[a-fA-F])[0-9a-fA-F]{32,}(?![0-9A-Za-z]))")


class Masker:
    """Covers personal data in plain JSON values; ``clear`` is left as it is.

    A member named like a person's datum (``reporter_name``, ``phone``, ``id_number``, or
    ``name`` within ``reporter``) is masked whole; numbers of telephones, identity cards, bank
    cards and car plates are covered in every other text. places: a bare ``address`` is where
    somebody was or lives and counts too. Names inside running text cannot be found; do not
    send texts that need not be sent. ``shown`` and ``covered`` collect what was met.
    """

    def __init__(self, clear: Iterable[str] = (), *, places: bool = True) -> None:
        self.clear = frozenset(clear)
        self.shown: set[str] = set()
        self.covered: set[str] = set()
        self._places = places

    def __call__(self, value: Any, name: str = "") -> Any:
        """Will give a copy with personal data covered."""
        match value:
            case dict():
                prefix = f"{name}_" if name in _PERSONS else ""
                return {key: self(inner, f"{prefix}{key}") for key, inner in value.items()}
            case list() | tuple():
                return [self(inner, name) for inner in value]
            case str() if value:
                return self._text(value, name)
        return value

    def _text(self, value: str, name: str) -> str:
        lowered = name.lower()
        known = self._known(lowered)
        if known is not None:
            field, cover = known
            return value if self._is_clear(field) else cover(value)
        if lowered in _REFERENCES:
            return value
        # A digest holds digits in a row by chance; what was signed must not change.
        parts = _HEX.split(value)
        return "".join(part if place % 2 else self._words(part) for place, part in enumerate(parts))

    def _words(self, value: str) -> str:
        # Asked one by one only where there is something: most texts hold no number at all.
        if mask_personal(value) == value:
            return value
        phones, ids = (
            self._is_hidden_in(value, PersonalField.PHONE, phones=True),
            self._is_hidden_in(value, PersonalField.ID_NUMBER, ids=True),
        )
        return mask_personal(value, phones=phones, ids=ids)

    def _is_hidden_in(
        self, value: str, field: PersonalField, *, phones: bool = False, ids: bool = False
    ) -> bool:
        if mask_personal(value, phones=phones, ids=ids, others=False) == value:
            return field not in self.clear
        return not self._is_clear(field)

    def _is_clear(self, field: PersonalField) -> bool:
        is_clear = field in self.clear
        (self.shown if is_clear else self.covered).add(str(field))
        return is_clear

    def _known(self, lowered: str) -> tuple[PersonalField, Callable[[str], str]] | None:
        for prefix in _PERSON_PREFIXES:
            if lowered.startswith(prefix):
                return _BY_NAME.get(lowered.removeprefix(prefix))
        if lowered == "name" or (lowered == "address" and not self._places):
            return None
        return _BY_NAME.get(lowered)


def mask_payload(value: Any, *, clear: Iterable[str] = ()) -> Any:
    """Will give a copy of plain JSON values with all personal data covered but ``clear``."""
    return Masker(clear)(value)
