"""Private keys as they lie in the database: encrypted, so that a copy of it signs nothing.

The key is derived from ``settings.SECRET_KEY``; ``SECRET_KEY_FALLBACKS`` still open what was
sealed under them.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_INFO = b"citybrain.signon.sealing"


def seal(text: str) -> str:
    """Will encrypt a text for the database."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Will give the text back; None if it was sealed under a key no longer configured."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
