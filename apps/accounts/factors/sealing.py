"""Seeds of codes as they lie encrypted in the database, see ``apps.common.sealing``."""

import base64
import hashlib

from apps.common.sealing import Box


def earlier_key(key: str) -> bytes:
    """Will give the key of Fernet that seeds of earlier versions are sealed with."""
    digest = hashlib.sha256(b"second-factor:" + key.encode()).digest()
    return base64.urlsafe_b64encode(digest)


#: Of codes by time and of recovery codes.
SEEDS = Box("citybrain.accounts.second-factor", earlier_key)
