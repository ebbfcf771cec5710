"""Files from outside: taken in, kept once per content, given out safely.

A view calls ``store`` with what the browser sent and hands the row to a service; another view
checks the right to the record that cites the file and answers ``file_response``. Files are
never reachable by path. Source: CO-04, PF-05.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.http import FileResponse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from apps.common import clock, pictures, sniffing
from apps.common.discarding import lock_content
from apps.common.errors import InvalidInput, NotFound
from apps.common.models import StoredFile
from apps.common.phrases import series

ANYTHING = frozenset({"image", "document", "audio"})
_SHOWN_IN_PAGE = {
    "image/jpeg",
    "image/png",
    "image/webp",
    "application/pdf",
    "audio/ogg",
    "audio/amr",
    "audio/mpeg",
    "audio/flac",
    "audio/wav",
    "audio/mp4",
    "audio/webm",
}
_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/pdf": ".pdf",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/ofd": ".ofd",
    "application/json": ".json",
    "text/plain": ".txt",
    "application/pkcs7-signature": ".p7s",
    "application/jose": ".jws",
}


def store(upload: File, *, allow: frozenset[str] = ANYTHING) -> StoredFile:
    """Will keep an uploaded file and give its row; the same content again gives the same row.

    allow: the groups taken here: ``image``, ``document``, ``audio``.
    Pictures are re-encoded upright without metadata and get a thumbnail. The type is read from
    the bytes. Written to a temporary name and renamed, so a reader never sees half a file and
    two uploads of one file at once both succeed. A rolled-back transaction leaves the bytes,
    which a later upload of the same file takes up again.

    Raises: InvalidInput (field ``file``; codes ``file_empty``, ``file_too_large``,
        ``file_type``, ``file_damaged``, ``file_animated``, ``file_active``,
        ``file_too_many_pixels``).
    """
    content = _read(upload)
    kind = sniffing.sniff(content)
    if kind is None or kind.group not in allow:
        raise InvalidInput(_describe_allowed(allow), field="file", code="file_type")
    if kind.group == "image":
        picture = pictures.reencode(content)
        return _keep(
            picture.content,
            media_type=picture.media_type,
            size_px=(picture.width_px, picture.height_px),
            thumbnail=picture.thumbnail,
        )
    return _keep(content, media_type=kind.media_type)


def keep(content: bytes, *, media_type: str) -> StoredFile:
    """Will keep bytes that this system made, or that the caller has judged itself.

    media_type: one no browser runs; it is saved, never shown. Raises: InvalidInput (too large).
    """
    checked = _read(ContentFile(content))
    return _keep(checked, media_type=media_type)


def read_picture(upload: File) -> bytes:
    """Will give an uploaded picture decoded and written anew without metadata; keeps nothing.

    For a picture that is only shown on to somebody else: a face to an authority.
    Raises: InvalidInput (as ``store``).
    """
    content = _read(upload)
    kind = sniffing.sniff(content)
    if kind is None or kind.group != "image":
        raise InvalidInput(_describe_allowed(frozenset({"image"})), field="file", code="file_type")
    return pictures.reencode(content).content


def open_stored(stored: StoredFile) -> BinaryIO:
    """Will open the kept bytes for reading.

    Raises: NotFound (the row is there, the bytes are not: a restored database without files).
    """
    return _open(stored.path)


def open_thumbnail(stored: StoredFile) -> BinaryIO:
    """Will open the WebP thumbnail. Raises: NotFound (only pictures have one)."""
    return _open(stored.thumbnail_path)


def file_response(
    stored: StoredFile, *, download_name: str, thumbnail: bool = False
) -> FileResponse:
    """Will answer the bytes so that a browser cannot take them for a page.

    download_name: what the person calls the file; the suffix follows the real type.
    Pictures, sound and PDF open in the browser, everything else is saved. The caller has
    checked the right to see the record.
    """
    media_type = "image/webp" if thumbnail else stored.media_type
    response = FileResponse(
        open_thumbnail(stored) if thumbnail else open_stored(stored),
        as_attachment=media_type not in _SHOWN_IN_PAGE,
        filename=_download_name(download_name, media_type),
        content_type=media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=600"
    if media_type != "application/pdf":  # the browser's PDF viewer does not run in a sandbox
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _read(upload: File) -> bytes:
    limit = settings.UPLOAD_MAX_BYTES
    upload.seek(0)
    content: bytes = upload.read(limit + 1)
    if not content:
        raise InvalidInput(_("文件是空的"), field="file", code="file_empty")
    if len(content) > limit:
        message = _("文件超过 %(limit)d MB 上限") % {"limit": limit // (1024 * 1024)}
        raise InvalidInput(message, field="file", code="file_too_large")
    return content


def _keep(
    content: bytes,
    *,
    media_type: str,
    size_px: tuple[int, int] | None = None,
    thumbnail: bytes | None = None,
) -> StoredFile:
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    thumbnail_path = f"{path}.thumb.webp" if thumbnail else ""
    with transaction.atomic():
        lock_content(sha256)  # or its bytes might be on their way out: ``discarding``
        _write(path, content)
        if thumbnail:
            _write(thumbnail_path, thumbnail)
        stored, _made = StoredFile.objects.get_or_create(
            sha256=sha256,
            defaults={
                "path": path,
                "thumbnail_path": thumbnail_path,
                "media_type": media_type,
                "size_bytes": len(content),
                "width_px": size_px[0] if size_px else None,
                "height_px": size_px[1] if size_px else None,
                "created_at": clock.now(),
            },
        )
    return stored


def _write(path: str, content: bytes) -> None:
    """Puts the bytes under ``path`` whole or not at all."""
    target = Path(settings.MEDIA_ROOT) / path
    if target.exists() and target.stat().st_size == len(content):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _open(path: str) -> BinaryIO:
    if not path:
        raise NotFound(_("没有缩略图"))
    try:
        return (Path(settings.MEDIA_ROOT) / path).open("rb")
    except FileNotFoundError as error:
        raise NotFound(_("文件内容不在存储中，请联系管理员")) from error


def _download_name(name: str, media_type: str) -> str:
    cleaned = get_valid_filename(name.replace("/", "_").strip() or "file")
    suffix = ".webp" if media_type == "image/webp" else _SUFFIXES.get(media_type, "")
    return f"{Path(cleaned).stem}{suffix}" if suffix else cleaned


def _describe_allowed(allow: frozenset[str]) -> str:
    names = {
        "image": _("图片（JPG、PNG、WebP）"),
        "document": _("文档（PDF、OFD、docx、xlsx、pptx）"),
        "audio": _("录音（MP3、WAV、M4A、OGG、AMR）"),
    }
    listed = series(str(label) for group, label in names.items() if group in allow)
    return _("不支持这种文件，请上传：%(listed)s") % {"listed": listed}
