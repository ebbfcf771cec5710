"""A table from a file of any format that is understood; told apart by how the file begins."""

from typing import IO, Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.rules.dmn import read_dmn
from apps.rules.engine.vocabulary import Vocabulary
from apps.rules.sheets import read_sheet

_ZIP = b"PK"
_XML = (b"<", b"\xef\xbb\xbf<", b"\xfe\xff", b"\xff\xfe")


def read_upload(vocabulary: Vocabulary, upload: IO[bytes]) -> dict[str, Any]:
    """Will read an Excel sheet or a DMN file as the body of a table.

    Raises: InvalidInput (neither, too big, hostile); InvalidRules (data["problems"]: cells).
    """
    start = upload.read(64)
    upload.seek(0)
    if start.startswith(_ZIP):
        return read_sheet(vocabulary, upload)
    if start.lstrip().startswith(_XML):
        return read_dmn(vocabulary, upload)
    raise InvalidInput(_("请上传 Excel（.xlsx）或 DMN（.dmn）文件"), field="file")
