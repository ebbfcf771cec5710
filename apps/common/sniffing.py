"""What a file really is, by its bytes.

Nothing is executed or unpacked here; a name or a declared type is never believed.
Called by ``apps.common.files`` and ``apps.common.imports``.
"""

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.utils.translation import gettext_lazy as _

from apps.common.errors import InvalidInput

MAX_UNPACKED_BYTES = 200 * 1024 * 1024  # an honest office file of 20 MB unpacks to far less
MAX_ARCHIVE_MEMBERS = 4000

_PREFIXES: list[tuple[bytes, str, str]] = [
    (b"\xff\xd8\xff", "image/jpeg", "image"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "image"),
    (b"GIF87a", "image/gif", "image"),
    (b"GIF89a", "image/gif", "image"),
    (b"BM", "image/bmp", "image"),
    (b"%PDF-", "application/pdf", "document"),
    (b"OggS", "audio/ogg", "audio"),
    (b"#!AMR", "audio/amr", "audio"),
    (b"ID3", "audio/mpeg", "audio"),
    (b"fLaC", "audio/flac", "audio"),
]
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OFFICE = [
    ("word/document.xml", _OPEN_XML + "wordprocessingml.document"),
    ("xl/workbook.xml", _OPEN_XML + "spreadsheetml.sheet"),
    ("ppt/presentation.xml", _OPEN_XML + "presentationml.presentation"),
    ("OFD.xml", "application/ofd"),  # GB/T 33190, the national format of official papers
]
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|Launch|XFA)\b")
_ESCAPED_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_VIDEO_CODECS = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG")


@dataclass(frozen=True)
class Kind:
    """A recognised type; group is image, document or audio."""

    media_type: str
    group: str


def sniff(content: bytes) -> Kind | None:
    """Will name the type of a whole file, or give None for one that is not taken.

    Raises: InvalidInput (field ``file``: an archive that unpacks to too much, macros in an
        office file, active content in a PDF).
    """
    for prefix, media_type, group in _PREFIXES:
        if content.startswith(prefix):
            if media_type == "application/pdf":
                _refuse_active_pdf(content)
            return Kind(media_type, group)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Kind("image/webp", "image")
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return Kind("audio/wav", "audio")
    if len(content) > 1 and content[0] == 0xFF and content[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return Kind("audio/mpeg", "audio")
    if content[4:8] == b"ftyp" and content[8:11] == b"M4A":
        return Kind("audio/mp4", "audio")
    if content.startswith(b"\x1aE\xdf\xa3") and not any(c in content[:4096] for c in _VIDEO_CODECS):
        return Kind("audio/webm", "audio")
    if content.startswith(b"PK\x03\x04"):
        return _sniff_office(content)
    return None


def check_archive(file: IO[bytes]) -> list[str]:
    """Will give the member names of a zip file whose declared size is bearable.

    Raises: InvalidInput (field ``file``: damaged, or it unpacks to more than 200 MB).
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InvalidInput(_("文件已损坏，无法读取"), field="file", code="file_damaged") from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_ARCHIVE_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
        raise InvalidInput(_("文件解压后过大，已拒收"), field="file", code="file_too_large")
    return [member.filename for member in members]


def _sniff_office(content: bytes) -> Kind | None:
    names = set(check_archive(BytesIO(content)))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise InvalidInput(
            _("文件含有宏，请另存为不含宏的文件后上传"), field="file", code="file_active"
        )
    for member, media_type in _OFFICE:
        if member in names:
            return Kind(media_type, "document")
    return None


def _refuse_active_pdf(content: bytes) -> None:
    """A name may be written with #xx escapes: /Java#53cript is /JavaScript."""
    plain = _ESCAPED_NAME.sub(lambda match: bytes([int(match.group(1), 16)]), content)
    if _ACTIVE_PDF.search(plain):
        raise InvalidInput(
            _("PDF 含有脚本或可执行内容，请重新导出后上传"), field="file", code="file_active"
        )
