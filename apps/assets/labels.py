"""QR codes of things, drawn here as SVG: no outside service, nothing to download."""

import qrcode
from qrcode.image.svg import SvgPathImage


def qr_svg(text: str) -> str:
    """Will draw a text as a QR code: an SVG without a size of its own, to stand in a page.

    Medium correction: a label on a pole may lose a seventh of itself.
    """
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    drawn = code.make_image(image_factory=SvgPathImage).to_string(encoding="unicode")
    return str(drawn[drawn.index("<svg") :])
