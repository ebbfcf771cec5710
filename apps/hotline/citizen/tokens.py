"""What a browser carries for us between two requests, signed so that it cannot be made up."""

import uuid
from dataclasses import dataclass

from django.core import signing

from apps.common.models import StoredFile

FORM_SALT, FILE_SALT = "citizen.form", "citizen.file"
FORM_SECONDS = 24 * 3600
PHOTOS_MOST = 6


@dataclass(frozen=True)
class Photo:
    """A picture already stored, waiting for its report to be sent. url_key: for its preview."""

    file_id: int
    name: str
    url_key: str


def new_form() -> str:
    """Will give the identity of an empty form; sent twice it makes one case."""
    return signing.dumps(str(uuid.uuid4()), salt=FORM_SALT)


def form_id(token: str, *, min_seconds: int) -> uuid.UUID | None:
    """Will give the identity of a form between ``min_seconds`` and a day old, else None."""
    try:
        found = signing.loads(token, salt=FORM_SALT, max_age=FORM_SECONDS)
        is_young = min_seconds > 0 and _younger_than(token, min_seconds)
        return None if is_young else uuid.UUID(found)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _younger_than(token: str, seconds: int) -> bool:
    try:
        signing.loads(token, salt=FORM_SALT, max_age=seconds)
    except signing.SignatureExpired:
        return False
    return True


def pack(photos: list[Photo]) -> str:
    """Will give one signed value for the pictures of a form."""
    return signing.dumps([[p.file_id, p.name] for p in photos], salt=FILE_SALT)


def unpack(packed: str) -> list[Photo]:
    """Will give the pictures of a packed value; none for anything not made by ``pack``."""
    try:
        rows = signing.loads(packed, salt=FILE_SALT, max_age=FORM_SECONDS)
    except signing.BadSignature:
        return []
    return [photo(file_id, name) for file_id, name in rows][:PHOTOS_MOST]


def photo(file_id: int, name: str) -> Photo:
    """Will describe a stored picture."""
    return Photo(file_id, name, signing.dumps(file_id, salt=f"{FILE_SALT}.preview"))


def previewed(url_key: str) -> StoredFile | None:
    """Will find the stored picture of a preview address that we made."""
    try:
        file_id = signing.loads(url_key, salt=f"{FILE_SALT}.preview", max_age=FORM_SECONDS)
    except signing.BadSignature:
        return None
    return StoredFile.objects.filter(pk=file_id).first()
