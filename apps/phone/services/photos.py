"""Photographs on their way: in pieces, resumed where they broke off, checked when whole."""

import hashlib
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.services import SYSTEM, record
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.phone.models import PhonePhoto
from apps.phone.services.intake import is_sha256

PIECE_LIMIT_BYTES = 1024 * 1024
REMOVED_AT_ONCE = 1000  # rows locked in one transaction; the rest goes the next day


@transaction.atomic
def receive_piece(
    actor: User, *, sha256: str, size_bytes: int, offset: int, piece: bytes
) -> PhonePhoto:
    """Will add a piece to a photograph and, when it is whole, check and keep it.

    sha256, size_bytes: of the whole, as the phone has it. A piece that is there already is
    taken as read; the answer's ``received_bytes`` says where to go on.
    Locks the photograph's row. The pieces lie in a file that only ever grows or is put back to
    what the row says, so that a killed server leaves nothing half counted.

    A whole that is not what its digest says was damaged on the way: it begins anew at 0.

    Raises: InvalidInput (digest or size is no such thing, or the whole is no picture);
        Refused, code ``offset`` (pieces are missing before this one).
    """
    row = _lock(actor, sha256, size_bytes)
    if row.stored_id is not None or offset + len(piece) <= row.received_bytes:
        return row
    if offset > row.received_bytes:
        raise Refused(
            _("照片传输不连续，将从断点继续"), code="offset", data={"offset": row.received_bytes}
        )
    if offset + len(piece) > row.size_bytes:
        raise InvalidInput(_("照片大小与所报不符"), field="files")
    path = part_path(row)
    _put(path, piece, offset)
    row.received_bytes = offset + len(piece)
    if row.received_bytes == row.size_bytes:
        _finish(row, path)
    row.save(update_fields=["received_bytes", "stored"])
    return row


def find_photo(actor: User, sha256: str) -> PhonePhoto:
    """Will give how far a photograph of this worker has arrived. Raises: NotFound."""
    row = PhonePhoto.objects.filter(user=actor, sha256=sha256).first()
    if row is None:
        raise NotFound(_("没有这张照片"))
    return row


def photos_of(actor: User, digests: tuple[str, ...]) -> tuple[tuple[StoredFile, ...], list[str]]:
    """Will give the kept files of a deed in its order, and the digests still missing."""
    if not digests:
        return (), []
    held = {
        row.sha256: row.stored
        for row in PhonePhoto.objects.filter(
            user=actor, sha256__in=digests, stored__isnull=False
        ).select_related("stored")
    }
    found = tuple(stored for d in digests if (stored := held.get(d)) is not None)
    return found, [d for d in digests if d not in held]


def remove_abandoned() -> int:
    """Will remove photographs not whole after ``PHONE_PIECES_KEEP_DAYS``; gives how many.

    Row and pieces go; a phone that comes back later is told to begin at 0 and loses nothing, it
    holds the picture until it has an answer. Pieces no row knows of go as well. A row that is
    being added to is left for the next time.
    """
    before = clock.now() - timedelta(days=settings.PHONE_PIECES_KEEP_DAYS)
    removed = 0
    with transaction.atomic():
        rows = PhonePhoto.objects.select_for_update(skip_locked=True).filter(
            stored__isnull=True, begun_at__lt=before
        )
        for row in rows.order_by("pk")[:REMOVED_AT_ONCE]:
            part_path(row).unlink(missing_ok=True)
            row.delete()
            removed += 1
        if removed:
            record(SYSTEM, "phone.pieces_removed", data={"photographs": removed})
    return removed + _remove_strays(before.timestamp())


def _remove_strays(before: float) -> int:
    """Removes old pieces without a row, left by an undone transaction. before: of the epoch."""
    removed = 0
    for path in (Path(settings.MEDIA_ROOT) / "phone").glob("*/*.part"):
        if path.stat().st_mtime >= before:
            continue
        if not PhonePhoto.objects.filter(user_id=path.parent.name, sha256=path.stem).exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def part_path(row: PhonePhoto) -> Path:
    """Will give where the pieces of an unfinished photograph lie."""
    return Path(settings.MEDIA_ROOT) / "phone" / str(row.user_id) / f"{row.sha256}.part"


def _lock(actor: User, sha256: str, size_bytes: int) -> PhonePhoto:
    if not is_sha256(sha256):
        raise InvalidInput(_("照片摘要格式不对"), field="files")
    if not 0 < size_bytes <= settings.UPLOAD_MAX_BYTES:
        message = _("照片超过 %(limit)d MB 上限") % {
            "limit": settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        }
        raise InvalidInput(message, field="files", code="file_too_large")
    row, _made = PhonePhoto.objects.select_for_update().get_or_create(
        user=actor,
        sha256=sha256,
        defaults={"size_bytes": size_bytes, "begun_at": clock.now()},
    )
    if row.stored_id is None and row.size_bytes != size_bytes:
        raise InvalidInput(_("照片大小与所报不符"), field="files")
    return row


def _put(path: Path, piece: bytes, offset: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)  # what a killed request wrote beyond the row
        file.seek(offset)
        file.write(piece)


def _finish(row: PhonePhoto, path: Path) -> None:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != row.sha256:
        row.received_bytes = 0
        return
    row.stored = files.store(ContentFile(content, name="photo"), allow=frozenset({"image"}))
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
