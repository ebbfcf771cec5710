"""Files as honest and as hostile people send them, and a few rows."""

import struct
import zipfile
import zlib
from io import BytesIO

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.common.models import Dictionary, DictionaryEntry


class DictionaryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Dictionary

    code = factory.Sequence(lambda n: f"list-{n}")
    name = "退单原因"


class DictionaryEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DictionaryEntry

    dictionary = factory.SubFactory(DictionaryFactory)
    code = factory.Sequence(lambda n: f"{n:02d}")
    label = factory.Sequence(lambda n: f"原因{n}")
    position = factory.Sequence(int)


def upload(content: bytes, name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def picture(
    format: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **save
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, (200,) * len(mode)).save(out, format, **save)
    return out.getvalue()


def turned_photo() -> bytes:
    """A 60 x 40 photo lying on its side (orientation 6) with a GPS block."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes())


def huge_png(side: int = 60_000) -> bytes:
    """A PNG of a few bytes that declares side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def archive(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})
