"""Secrets given to people and programs: made here, kept only as a digest.

A token has 256 bits of chance, so a plain SHA-256 is a safe way to keep it; passwords, which
people choose, need a slow hash and do not belong here.
"""

import hashlib
import secrets

from django.utils.crypto import constant_time_compare


def new_token() -> str:
    """Will make a secret of 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Will give the 64 hexadecimal characters under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def matches(token: str, kept_digest: str) -> bool:
    """Will tell whether ``token`` is the one kept, in a time that does not depend on it."""
    return constant_time_compare(digest(token), kept_digest)
