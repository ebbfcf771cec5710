"""Secrets that must be read again by us: kept encrypted, so a copy of the database is no key.

The key is derived from ``settings.SECRET_KEY``; old keys in ``SECRET_KEY_FALLBACKS`` still
open what was sealed under them.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused

_INFO = b"citybrain.gateway.sealing"


def seal(text: str) -> str:
    """Will encrypt a text for the database."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Will give the text back. Raises: Refused (sealed under a key no longer configured)."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Refused(_("签名密钥无法解密：系统密钥已更换，请重新生成签名密钥")) from error


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
