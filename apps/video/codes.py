"""The 20 digits that name cameras and recorders. Source: GB/T 28181-2016 annex D, rule A.

8 centre (6 of an administrative division, 2 of a local unit), 2 trade, 3 kind of device, 1
network, 6 serial.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

CAMERA_KINDS = frozenset({"131", "132"})  # camera, network camera
RECORDER_KINDS = frozenset({"111", "112", "118", "130", "200"})  # DVR, server, NVR, HVR, platform


@dataclass(frozen=True)
class GbCode:
    """The parts of a code. centre: 8 digits, the first 6 a division; trade, kind, network."""

    centre: str
    trade: str
    kind: str
    network: str
    serial: str


def read_code(text: str, *, kinds: frozenset[str], field: str = "gb_code") -> GbCode:
    """Will take a code apart. kinds: the kinds of device it may be.

    Raises: InvalidInput (the field; which part is wrong stands in the message).
    """
    if len(text) != 20 or not (text.isascii() and text.isdecimal()):
        raise InvalidInput(_("国标编码须为 20 位数字"), field=field)
    code = GbCode(text[:8], text[8:10], text[10:13], text[13], text[14:])
    if not _is_stepped(code.centre):
        raise InvalidInput(_("国标编码的区划部分上级为 00 时下级也应为 00"), field=field)
    if code.kind not in kinds:
        told = {"kind": code.kind, "kinds": "、".join(sorted(kinds))}
        raise InvalidInput(
            _("国标编码第 11 至 13 位为 %(kind)s，应为 %(kinds)s") % told, field=field
        )
    if code.serial == "000000":
        raise InvalidInput(_("国标编码的序号不能全为 0"), field=field)
    return code


def check_division(code: GbCode, area_code: str, *, field: str = "gb_code") -> None:
    """Will refuse a code whose division is not the one the camera stands in, or above it.

    area_code: of the area it stands in; its first six digits are the division's.
    Raises: InvalidInput (the field).
    """
    division = area_code[:6].ljust(6, "0")
    for place in (0, 2, 4):
        told, here = code.centre[place : place + 2], division[place : place + 2]
        if told == "00" or here == "00":
            return
        if told != here:
            words = {"told": code.centre[:6], "here": division}
            raise InvalidInput(
                _("国标编码的区划 %(told)s 与所在区划 %(here)s 不符") % words, field=field
            )


def _is_stepped(centre: str) -> bool:
    """A district of no city does not exist: 37000102 names nobody."""
    pairs = [centre[0:2], centre[2:4], centre[4:6]]
    return "00" not in pairs or (
        pairs.index("00") > 0 and all(pair == "00" for pair in pairs[pairs.index("00") :])
    )
