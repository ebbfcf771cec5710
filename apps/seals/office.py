"""Office files made into PDF by LibreOffice: in workers only, in a program that may be ended.

The program has a home of its own that is thrown away, no network (a namespace of its own where
the machine allows it, and always settings that fetch nothing), no macros, bounded time, memory
and output. What people approve and seal is the PDF, never the office file. Source: ES-01.
"""

import io
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.common import sniffing
from apps.common.errors import InvalidInput
from apps.seals.crypto import workshop
from apps.seals.pdf import child

PROGRAM = Path("/usr/lib/libreoffice/program/soffice")
WALL_S = 90
CPU_S = 60
MEMORY_BYTES = 3 * 1024 * 1024 * 1024  # of addresses; what it really uses is a tenth
_NO_NETWORK = ("unshare", "--user", "--map-root-user", "--net", "--")


@dataclass(frozen=True)
class Kind:
    """suffix: by which LibreOffice knows the file; filter: how it writes PDF of it."""

    suffix: str
    filter: str
    media_type: str


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_BY_PART = {
    "word/document.xml": Kind("docx", "writer", f"{_OOXML}wordprocessingml.document"),
    "xl/workbook.xml": Kind("xlsx", "calc", f"{_OOXML}spreadsheetml.sheet"),
    "ppt/presentation.xml": Kind("pptx", "impress", f"{_OOXML}presentationml.presentation"),
}
_BY_TYPE = {
    f"{_ODF}text": Kind("odt", "writer", f"{_ODF}text"),
    f"{_ODF}spreadsheet": Kind("ods", "calc", f"{_ODF}spreadsheet"),
    f"{_ODF}presentation": Kind("odp", "impress", f"{_ODF}presentation"),
}


def kind_of(content: bytes) -> Kind | None:
    """Will tell what office file bytes are, by the list of parts alone; None for none.

    Raises: InvalidInput (field "file"; codes "file_damaged", "file_too_large" of what is packed;
        "macro").
    """
    if not content.startswith(b"PK\x03\x04"):
        return None
    names = sniffing.check_archive(io.BytesIO(content))
    kind = next((kind for part, kind in _BY_PART.items() if part in names), None)
    if kind is None and "mimetype" in names:
        kind = _open_kind(content)
    if kind is not None and any(_is_macro(name.lower()) for name in names):
        raise InvalidInput(_("文件含宏，请另存为不含宏的格式"), field="file", code="macro")
    return kind


def _open_kind(content: bytes) -> Kind | None:
    """An OpenDocument file says what it is in its first part."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("mimetype") as source:
            return _BY_TYPE.get(source.read(100).decode("ascii", "replace").strip())
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError):
        return None


def _is_macro(name: str) -> bool:
    return name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/"))


def require_switched_on() -> None:
    """Raises: InvalidInput (field "file", code "not_pdf": this city converts no office files)."""
    if not settings.SEALS_OFFICE:
        raise InvalidInput(
            _("本系统未启用办公文件转换；Word、表格、演示文稿请先另存为 PDF"),
            field="file", code="not_pdf",
        )  # fmt: skip


def convert(content: bytes, kind: Kind) -> bytes:
    """Will give the PDF of an office file. In workers only.

    Raises: InvalidInput (field "file", code "office": broken, too heavy, or no LibreOffice here);
        KeysClosed (no worker).
    """
    workshop.require_open()
    if not PROGRAM.exists():
        raise InvalidInput(
            _("本机没有安装 LibreOffice，请另存为 PDF 后提交"), field="file", code="office"
        )
    with tempfile.TemporaryDirectory(prefix="seal-office-") as folder:
        given, profile = Path(folder) / f"given.{kind.suffix}", Path(folder) / "profile"
        given.write_bytes(content)
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
        command = [
            *(_NO_NETWORK if _may_cut_off() else ()), str(PROGRAM), "--headless", "--norestore",
            "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard",
            f"-env:UserInstallation={profile.as_uri()}", "--convert-to",
            f"pdf:{kind.filter}_pdf_Export:{_FILTER}", "--outdir", folder, str(given),
        ]  # fmt: skip
        try:
            child.run(command, wall_s=WALL_S, cpu_s=CPU_S, memory_bytes=MEMORY_BYTES, home=folder)
            made = (Path(folder) / "given.pdf").read_bytes()
        except (child.ChildFailed, FileNotFoundError) as error:
            raise InvalidInput(
                _("办公文件无法转换（损坏、加密或过于复杂），请另存为 PDF 后提交"),
                field="file", code="office",
            ) from error  # fmt: skip
    return made


@lru_cache(maxsize=1)
def _may_cut_off() -> bool:
    """Whether this machine lets a program have a network of its own: none."""
    try:
        child.run([*_NO_NETWORK, "true"])
    except child.ChildFailed:
        return False
    return True


#: No fields to be filled in: a seal vouches for what was seen.
_FILTER = '{"ExportFormFields":{"type":"boolean","value":"false"}}'


def _setting(path: str, name: str, value: str) -> str:
    return (
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
    )


_SETTINGS = "".join(
    [
        '<?xml version="1.0" encoding="UTF-8"?><oor:items '
        'xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
        _setting("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
        _setting("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
        _setting("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
        _setting("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
        # 2: never; and whatever asks all the same finds a proxy that is not there.
        _setting("Office.Writer/Content/Update", "Link", "2"),
        _setting("Office.Calc/Content/Update", "Link", "2"),
        _setting("Inet/Settings", "ooInetProxyType", "1"),
        _setting("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
        _setting("Inet/Settings", "ooInetHTTPProxyPort", "9"),
        _setting("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
        _setting("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
        "</oor:items>",
    ]
)
