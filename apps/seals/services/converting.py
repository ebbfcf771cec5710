"""What is handed in becomes what can be sealed: office files PDF, and pages OFD where asked for.

Pages do this for PDF and pictures at once; office files wait for a worker (``reading``).
Source: ES-01.
"""

import io
import secrets
import tempfile
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image

from apps.common import clock, files
from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.seals import office
from apps.seals.enums import SignedForm
from apps.seals.ofd import writing
from apps.seals.pdf import child
from apps.seals.services.documents import (
    OFD_TYPE,
    PER_MM,
    REASONS,
    Taken,
    take_document,
    take_record,
)

OFD_DPI = 150
OFD_MOST_PAGES = 60


def take(upload: File, form: str, *, converts: bool = False) -> Taken:
    """Will keep what a request of this form is about. converts: a worker, which opens office files.

    Elsewhere an office file is kept as it is and stays pending.
    Raises: InvalidInput (field "file": as ``take_document``, ``take_record``, ``office.convert``;
        "ofd_pages": too many for OFD; "ofd_signed": signed by others, which OFD cannot carry on).
    """
    if form not in (SignedForm.PDF, SignedForm.OFD):
        return take_record(upload)
    upload.seek(0)
    content = upload.read(settings.UPLOAD_MAX_BYTES + 1)
    if len(content) > settings.UPLOAD_MAX_BYTES:
        return take_document(upload)  # refuses it, with the limit
    kind = office.kind_of(content)
    if kind is None:
        return _as_asked(take_document(upload), form)
    office.require_switched_on()
    source = files.keep(content, media_type=kind.media_type)
    if not converts:
        return Taken(source, [], is_pending=True)
    made = take_document(ContentFile(office.convert(content, kind), name="office.pdf"))
    asked = _as_asked(made, form)
    return Taken(asked.file, asked.pages, asked.earlier, source)


def _as_asked(taken: Taken, form: str) -> Taken:
    if form != SignedForm.OFD:
        return taken
    if taken.earlier:
        raise InvalidInput(_("已有签名的 PDF 不能转为 OFD"), field="file", code="ofd_signed")
    if len(taken.pages) > OFD_MOST_PAGES:
        raise InvalidInput(
            _("转为 OFD 最多 %(n)d 页") % {"n": OFD_MOST_PAGES}, field="file", code="ofd_pages"
        )
    try:
        content = _ofd_of(taken.file)
    except (child.ChildFailed, ParseError) as error:
        raise InvalidInput(REASONS["too_heavy"], field="file", code="too_heavy") from error
    # The pictures are of the pages as shown.
    pages = [page | {"rotation": 0} for page in taken.pages]
    return Taken(files.keep(content, media_type=OFD_TYPE), pages)


def _ofd_of(stored: StoredFile) -> bytes:
    """Each page drawn, with its words beneath."""
    with tempfile.TemporaryDirectory(prefix="seal-ofd-") as folder:
        source = Path(folder) / "given.pdf"
        with files.open_stored(stored) as given:
            source.write_bytes(given.read())
        child.run(["pdftoppm", "-png", "-r", str(OFD_DPI), str(source), f"{folder}/page"])
        told = child.run(["pdftotext", "-bbox-layout", str(source), "-"])
        drawn = [path.read_bytes() for path in sorted(Path(folder).glob("page-*.png"))]
    shown = [each for each in fromstring(told).iter() if each.tag.endswith("}page")]
    pages = [_page(png, page) for png, page in zip(drawn, shown, strict=True)]
    return writing.write(pages, identifier=secrets.token_hex(16), on=clock.today())


def _page(png: bytes, told: Any) -> writing.Page:
    with Image.open(io.BytesIO(png)) as picture:
        width, height = (side * 25.4 / OFD_DPI for side in picture.size)
    rows = [_row(line) for line in told.iter() if line.tag.endswith("}line")]
    return writing.Page(png, width, height, [row for row in rows if row.text])


def _row(line: Any) -> writing.Row:
    text = " ".join((word.text or "").strip() for word in line.iter() if word.tag.endswith("}word"))
    left, top = float(line.attrib["xMin"]), float(line.attrib["yMin"])
    width, height = float(line.attrib["xMax"]) - left, float(line.attrib["yMax"]) - top
    return writing.Row(text, left / PER_MM, top / PER_MM, width / PER_MM, height / PER_MM)
