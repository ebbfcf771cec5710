"""Stored files that nobody may keep any more: the row now, the bytes once that is committed."""

from collections.abc import Collection
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import ProtectedError, RestrictedError

from apps.common import outbox
from apps.common.models import OutboxMessage, StoredFile

REMOVE = "common.remove_file"


def discard(file_ids: Collection[int]) -> list[str]:
    """Will drop files no record cites any more and give the SHA-256 of those dropped.

    A file another record cites stays with it. The bytes go by the outbox after commit, also
    when the process dies in between. Waits for uploads of the same content (advisory lock).
    """
    dropped = []
    for stored in StoredFile.objects.filter(pk__in=file_ids).order_by("sha256"):
        lock_content(stored.sha256)
        try:
            with transaction.atomic():
                stored.delete()
        except (ProtectedError, RestrictedError):
            continue
        outbox.enqueue(
            REMOVE,
            key=f"{stored.sha256}:{stored.created_at.timestamp()}",
            payload={"sha256": stored.sha256, "paths": [stored.path, stored.thumbnail_path]},
        )
        dropped.append(stored.sha256)
    return dropped


def remove_orphans(digests: Collection[str]) -> int:
    """Will take bytes off the disk that no row knows, by their SHA-256; gives the number.

    For files a backup brought back without, or after, the row that cited them.
    """
    known = set(StoredFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    removed = 0
    for sha256 in set(digests) - known:
        if len(sha256) != 64 or not sha256.isalnum():
            continue
        path = Path(settings.MEDIA_ROOT) / f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        removed += path.exists()
        path.unlink(missing_ok=True)
        path.with_name(f"{sha256}.thumb.webp").unlink(missing_ok=True)
    return removed


def lock_content(sha256: str) -> None:
    """Will keep others from storing or dropping this content until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sha256])


@outbox.handles(REMOVE)
def remove_bytes(message: OutboxMessage) -> None:
    """Will take the bytes off the disk unless the same content was stored again since."""
    sha256 = message.payload["sha256"]
    lock_content(sha256)
    if StoredFile.objects.filter(sha256=sha256).exists():
        return
    for path in filter(None, message.payload["paths"]):
        (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
