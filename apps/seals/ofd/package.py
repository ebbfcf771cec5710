"""An OFD document as a package of parts: opened with bounds, packed the same way every time.

What strangers packed is opened by ``checking`` alone, in a program of its own. Nothing is ever
written to a path named in a package. Source: GB/T 33190-2016 chapter 7; ES-01.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, SubElement, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACE = "http://www.ofdspec.org/2016"
MOST_PARTS = 4000
MOST_BYTES = 200 * 1024 * 1024
_DATED = (1980, 1, 1, 0, 0, 0)  # the same parts make the same bytes
_ENCRYPTED = 0x1
_LINK = 0o120000

register_namespace("ofd", NAMESPACE)


class BadPackage(Exception):
    """Why a package is refused: a code of ``REASONS``."""


def is_package(content: bytes) -> bool:
    """Will tell whether bytes claim to be an OFD document, without opening it."""
    return content.startswith(b"PK\x03\x04") and b"OFD.xml" in content


def unpack(content: bytes) -> dict[str, bytes]:
    """Will give the parts by name ("Doc_0/Document.xml").

    Raises: BadPackage ("ofd_broken"; "ofd_heavy": more than the bounds when unpacked; "ofd_path":
        names that lead out, come twice, or are links; "encrypted").
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.comment or not content.startswith(b"PK\x03\x04"):
                raise BadPackage("ofd_broken")  # something stands before or behind the package
            return _parts(archive)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
        RuntimeError,
    ) as error:  # fmt: skip
        raise BadPackage("ofd_broken") from error


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    listed = archive.infolist()
    if len(listed) > MOST_PARTS or sum(each.file_size for each in listed) > MOST_BYTES:
        raise BadPackage("ofd_heavy")
    found: dict[str, bytes] = {}
    taken: set[str] = set()
    left = MOST_BYTES
    for each in listed:
        if each.flag_bits & _ENCRYPTED:
            raise BadPackage("encrypted")
        _require_plain(each, taken)
        if each.is_dir():
            continue
        with archive.open(each) as source:
            found[each.filename] = source.read(left + 1)
        left -= len(found[each.filename])
        if left < 0:  # the directory lied about the size
            raise BadPackage("ofd_heavy")
    return found


def _require_plain(each: zipfile.ZipInfo, taken: set[str]) -> None:
    name = each.filename
    is_whole = name == posixpath.normpath(name) or name == posixpath.normpath(name) + "/"
    leads_out = name.startswith(("/", "..")) or "\\" in name or ":" in name or "\0" in name
    is_link = (each.external_attr >> 16) & 0o170000 == _LINK
    if not is_whole or leads_out or is_link or name.lower() in taken:
        raise BadPackage("ofd_path")
    taken.add(name.lower())


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Will give the package of these parts, OFD.xml first."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(parts, key=lambda each: (each != "OFD.xml", each)):
            told = zipfile.ZipInfo(name, _DATED)
            is_pressed = name.endswith(".png")
            told.compress_type = zipfile.ZIP_STORED if is_pressed else zipfile.ZIP_DEFLATED
            archive.writestr(told, parts[name])
    return out.getvalue()


def read_xml(parts: Mapping[str, bytes], name: str) -> Element:
    """Will read one part as XML. Raises: BadPackage ("ofd_broken"; "ofd_entities")."""
    try:
        found: Element = fromstring(parts[name], forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadPackage("ofd_entities") from error
    except (KeyError, ParseError, ValueError) as error:
        raise BadPackage("ofd_broken") from error
    return found


def located(text: str, *, beside: str) -> str:
    """Will give the part a reference means: from the root ("/Doc_0/x"), or beside a part.

    Raises: BadPackage ("ofd_path": it leads out of the package).
    """
    text = text.strip()
    joined = text[1:] if text.startswith("/") else posixpath.join(posixpath.dirname(beside), text)
    found = posixpath.normpath(joined)
    if not text or found.startswith(("..", "/")):
        raise BadPackage("ofd_path")
    return found


def tag(name: str) -> str:
    """Will give the name of an element of OFD as the parser writes it."""
    return f"{{{NAMESPACE}}}{name}"


def text_of(above: Element, path: str) -> str:
    """Will give the text of the element below, "" where there is none. path: "A/B"."""
    return (above.findtext("/".join(tag(each) for each in path.split("/"))) or "").strip()


def below(above: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Will add an element of OFD below another and give it."""
    made = SubElement(above, tag(name), attributes)
    made.text = text or None
    return made


def root(name: str, **attributes: str) -> Element:
    """Will begin a part with this element."""
    return Element(tag(name), attributes)


def written(made: Element) -> bytes:
    """Will give a part as bytes."""
    told: bytes = tostring(made, encoding="UTF-8", xml_declaration=True)
    return told


def millimetres(*values: float) -> str:
    """Will write lengths as OFD does: in mm, a blank between."""
    return " ".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in values)
