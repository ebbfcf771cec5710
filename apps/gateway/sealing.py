"""Secrets and numbers this app and those above it must read again, see ``apps.common.sealing``."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused
from apps.common.sealing import Box

BOX = Box("citybrain.gateway.sealing")


def seal(text: str) -> str:
    """Will encrypt a text for the database."""
    return BOX.seal(text)


def unseal(sealed: str) -> str:
    """Will give the text back. Raises: Refused (sealed under a key no longer configured)."""
    text = BOX.unseal(sealed)
    if text is None:
        raise Refused(_("签名密钥无法解密：系统密钥已更换，请重新生成签名密钥"))
    return text
