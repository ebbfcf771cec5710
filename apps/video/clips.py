"""Video and pictures from outside, kept as they came: they may be evidence.

Written piece by piece to the disk, so that a long recording fills no memory; named by its
SHA-256, typed by its first bytes, never by its name, never decoded. Source: VD-15, CO-04, PF-05.
"""

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.models import StoredFile

HEAD_BYTES = 1024
_PICTURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_PACKET = 188  # of an MPEG transport stream, each beginning with 0x47


@dataclass(frozen=True)
class Kept:
    """What was taken in. file: its row; the same bytes again are the same row."""

    file: StoredFile
    digest: str
    media_type: str
    size_bytes: int


def keep(upload: File, *, allow: frozenset[str]) -> Kept:
    """Will keep an upload whole or not at all. allow: "video", "picture".

    Raises: InvalidInput (field "file"; codes ``file_empty``, ``file_too_large``,
        ``file_type``).
    """
    folder = Path(settings.MEDIA_ROOT) / "files"
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as kept:
            digest, size, head = _copy(upload, kept)
        media_type = kind_of(head)
        if media_type is None or media_type.split("/")[0] not in _groups(allow):
            told = _("不支持这种文件，请上传视频（MP4、MKV、AVI、TS）或照片（JPG、PNG）")
            raise InvalidInput(told, field="file", code="file_type")
        path = f"files/{digest[:2]}/{digest[2:4]}/{digest}"
        target = Path(settings.MEDIA_ROOT) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    stored, _made = StoredFile.objects.get_or_create(
        sha256=digest,
        defaults={
            "path": path, "media_type": media_type, "size_bytes": size, "created_at": clock.now(),
        },
    )  # fmt: skip
    return Kept(stored, digest, media_type, size)


def kind_of(head: bytes) -> str | None:
    """Will name the type of a file by its first 1024 bytes, None for one not taken."""
    for prefix, media_type in _PICTURES:
        if head.startswith(prefix):
            return media_type
    if head[4:8] == b"ftyp" and head[8:11] != b"M4A":
        return "video/mp4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/x-matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "video/x-msvideo"
    if head.startswith(b"\x00\x00\x01\xba"):
        return "video/mpeg"
    packets = [head[place : place + 1] for place in range(0, min(len(head), 4 * _PACKET), _PACKET)]
    if len(packets) >= 3 and all(one == b"G" for one in packets):
        return "video/mp2t"
    return None


def _copy(upload: File, kept: IO[bytes]) -> tuple[str, int, bytes]:
    limit = settings.VIDEO_UPLOAD_MAX_BYTES
    digest, size, head = hashlib.sha256(), 0, b""
    for piece in upload.chunks(1024 * 1024):
        size += len(piece)
        if size > limit:
            told = {"limit": limit // (1024 * 1024)}
            raise InvalidInput(
                _("文件超过 %(limit)d MB 上限") % told, field="file", code="file_too_large"
            )
        head = head or piece[:HEAD_BYTES]
        digest.update(piece)
        kept.write(piece)
    if not size:
        raise InvalidInput(_("文件是空的"), field="file", code="file_empty")
    return digest.hexdigest(), size, head


def _groups(allow: frozenset[str]) -> set[str]:
    return {{"video": "video", "picture": "image"}[one] for one in allow}
