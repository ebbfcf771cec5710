"""Files encrypted for a backup place: AES-256-GCM in frames, so that size costs no memory.

Layout: eight random bytes, then frames of four bytes of length and the sealed bytes. The nonce
of a frame is the random bytes and its number, its last one carries another additional text, so
frames that were exchanged, left out or cut off are noticed.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.translation import gettext as _

from apps.upkeep.vault.errors import VaultError

FRAME_BYTES = 1024 * 1024
KEY_BYTES = 32
TAG_BYTES = 16
_MORE, _LAST = b"more", b"last"


def read_key(file: Path) -> bytes:
    """Will give the key kept in a file as 64 hexadecimal digits.

    Raises: VaultError (no such file, or no key in it).
    """
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except OSError as error:
        raise VaultError(_("读不到备份密钥：%s") % file) from error
    except ValueError as error:
        raise VaultError(_("备份密钥文件的内容无效：%s") % file) from error
    if len(key) != KEY_BYTES:
        raise VaultError(_("备份密钥须为%d字节") % KEY_BYTES)
    return key


def make_key(file: Path) -> bytes:
    """Will give the key of a file, made if there is none; readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as target:
            target.write(os.urandom(KEY_BYTES).hex() + "\n")
    return read_key(file)


def derive(key: bytes, purpose: str) -> bytes:
    """Will give the key of one purpose: that of the database opens no settings."""
    info = f"citybrain.backup.{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def fingerprint(key: bytes) -> str:
    """Will give eight digits by which people tell keys apart; they give nothing of it away."""
    return derive(key, "fingerprint").hex()[:8]


def seal(source: IO[bytes], target: IO[bytes], key: bytes) -> None:
    """Will write what is read, encrypted. key: 32 bytes."""
    box, salt = AESGCM(key), os.urandom(8)
    target.write(salt)
    number, frame = 0, source.read(FRAME_BYTES)
    while True:
        following = source.read(FRAME_BYTES)
        nonce = salt + struct.pack(">I", number)
        sealed = box.encrypt(nonce, frame, _MORE if following else _LAST)
        target.write(struct.pack(">I", len(sealed)) + sealed)
        if not following:
            return
        number, frame = number + 1, following


def unseal(source: IO[bytes], key: bytes) -> Iterator[bytes]:
    """Will give what was sealed, part by part.

    Raises: VaultError (another key, or the file was changed or cut off).
    """
    box, salt = AESGCM(key), source.read(8)
    header, number = source.read(4), 0
    while True:
        size = struct.unpack(">I", header)[0] if len(header) == 4 else 0
        sealed = source.read(size) if size <= FRAME_BYTES + TAG_BYTES else b""
        header = source.read(4)
        try:
            if len(sealed) != size:
                raise InvalidTag
            nonce = salt + struct.pack(">I", number)
            yield box.decrypt(nonce, sealed, _MORE if header else _LAST)
        except (InvalidTag, ValueError) as error:
            raise VaultError(_("备份文件无法解密：密钥不对，或文件被改动、截断")) from error
        if not header:
            return
        number += 1
