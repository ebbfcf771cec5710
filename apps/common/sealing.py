"""Secrets we must read again, kept encrypted, so that a copy of the database is no key.

New values are sealed with SM4 in GCM (GB/T 32907-2016, GB/T 36624-2018), or with AES where
``settings.FIELD_CIPHER`` says so; both are opened whichever is set. Keys are derived from
``settings.SECRET_KEY`` by HKDF, one for each purpose; ``SECRET_KEY_FALLBACKS`` still open what
was sealed under them. A sealed value tells its cipher and which key it needs, never the key:
``sm4.3f9a01c2.<nonce, text and tag in base64>``, or a Fernet token.

Apps register which columns hold sealed values; ``manage.py reseal`` brings them all under the
key and the cipher of today. Source: CL-02.
"""

import base64
import binascii
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db.models import JSONField

SM4, AES = "sm4", "aes"
CIPHERS = (SM4, AES)
_NONCE, _TAG, _KEY_NAME = 12, 16, 4  # bytes
_FERNET = "gAAAA"  # how every Fernet token begins until the year 2106

#: Makes the AES key of Fernet, 32 bytes in base64, out of the system's key.
Derive = Callable[[str], bytes]


class Box:
    """Seals and opens the values of one purpose.

    purpose: what the keys are derived for; a value of another purpose is not opened. derive: how
    Fernet keys are made where that was settled before; None: HKDF with SHA-256.
    """

    def __init__(self, purpose: str, derive: Derive | None = None) -> None:
        self._purpose = purpose.encode()
        self._derive = derive or self._fernet_key

    def seal(self, text: str) -> str:
        """Will encrypt a text under the key and the cipher of today."""
        if settings.FIELD_CIPHER == AES:
            return Fernet(self._derive(settings.SECRET_KEY)).encrypt(text.encode()).decode()
        key, name = _sm4_key(settings.SECRET_KEY, self._purpose)
        nonce = os.urandom(_NONCE)
        work = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(self._purpose)
        sealed = nonce + work.update(text.encode()) + work.finalize() + work.tag
        return f"{SM4}.{name}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, sealed: str) -> str | None:
        """Will give the text back; None: sealed under no key that is configured, or altered."""
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        opened = (self._open(sealed, key) for key in keys)
        return next((text for text in opened if text is not None), None)

    def is_current(self, sealed: str) -> bool:
        """Will tell whether a value is sealed as ``seal`` would now."""
        if settings.FIELD_CIPHER == AES:
            return (
                sealed.startswith(_FERNET) and self._open(sealed, settings.SECRET_KEY) is not None
            )
        return sealed.startswith(self.mark)

    @property
    def mark(self) -> str:
        """How everything sealed with SM4 under today's key begins."""
        return f"{SM4}.{_sm4_key(settings.SECRET_KEY, self._purpose)[1]}."

    @property
    def older(self) -> str:
        """A regular expression for what is not sealed as now; an earlier AES key is not seen."""
        if settings.FIELD_CIPHER == AES:
            return rf"^{SM4}\."
        name = _sm4_key(settings.SECRET_KEY, self._purpose)[1]
        return rf"^({_FERNET}|{SM4}\.(?!{name}))"

    def _open(self, sealed: str, key: str) -> str | None:
        if not sealed.startswith(f"{SM4}."):
            try:
                return Fernet(self._derive(key)).decrypt(sealed.encode()).decode()
            except InvalidToken:
                return None
        derived, name = _sm4_key(key, self._purpose)
        _cipher, _dot, rest = sealed.partition(".")
        its_name, _dot, body = rest.partition(".")
        if its_name != name:
            return None
        try:
            packed = base64.urlsafe_b64decode(body.encode())
            nonce, text, tag = packed[:_NONCE], packed[_NONCE:-_TAG], packed[-_TAG:]
            work = Cipher(algorithms.SM4(derived), modes.GCM(nonce, tag)).decryptor()
            work.authenticate_additional_data(self._purpose)
            return (work.update(text) + work.finalize()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return None

    def _fernet_key(self, key: str) -> bytes:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=self._purpose)
        return base64.urlsafe_b64encode(derived.derive(key.encode()))


def cipher_name() -> str:
    """Will name the cipher of new values as an inventory does."""
    return "AES-128-CBC + HMAC-SHA256" if settings.FIELD_CIPHER == AES else "SM4-GCM"


def has_older(box: Box) -> bool:
    """Will tell whether a text column of a box still holds what is not sealed as now."""
    return any(
        apps.get_model(column.model)
        ._default_manager.filter(**{f"{column.name}__regex": box.older})
        .exists()
        for column in sealed_columns()
        if column.box is box and not column.is_json
    )


def is_sealed(text: str) -> bool:
    """Will tell whether a text looks like something a box has sealed."""
    return text.startswith((f"{SM4}.", _FERNET))


@lru_cache(maxsize=100)
def _sm4_key(key: str, purpose: bytes) -> tuple[bytes, str]:
    """The key of SM4, 16 bytes, and what it is called: a digest of it, 8 hexadecimal characters."""
    derived = HKDF(algorithm=SM3(), length=16, salt=None, info=purpose + b".sm4")
    made = derived.derive(key.encode())
    digest = Hash(SM3())
    digest.update(made)
    return made, digest.finalize()[:_KEY_NAME].hex()


@dataclass(frozen=True)
class SealedColumn:
    """A column with sealed values. model: "app.Model"; of JSON every text in it that is sealed."""

    model: str
    name: str
    box: Box

    @property
    def is_json(self) -> bool:
        return isinstance(apps.get_model(self.model)._meta.get_field(self.name), JSONField)


_columns: dict[tuple[str, str], SealedColumn] = {}


def register_sealed(model: str, *names: str, box: Box) -> None:
    """Will make columns known. Raises: ValueError (one is known already)."""
    for name in names:
        if (model, name) in _columns:
            raise ValueError(f"{model}.{name} is already registered")
        _columns[model, name] = SealedColumn(model, name, box)


def sealed_columns() -> list[SealedColumn]:
    """Will give every column with sealed values, by model and name."""
    return [_columns[key] for key in sorted(_columns)]


@register(Tags.security)
def check_cipher(**kwargs: Any) -> list[CheckMessage]:
    """Will refuse to start with a cipher nobody knows, instead of failing at the first secret."""
    if settings.FIELD_CIPHER in CIPHERS:
        return []
    problem = f"CITYBRAIN_FIELD_CIPHER is {settings.FIELD_CIPHER!r}, not one of {CIPHERS}."
    return [Error(problem, id="common.E001")]
