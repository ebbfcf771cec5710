"""How secrets of machines are kept: a fast salted digest, for they are 256 random bits.

A slow hash protects what people choose. For a random secret it only lets anybody who sends
wrong ones keep our processors busy. Listed last in ``settings.PASSWORD_HASHERS``: allauth
checks a client's secret through Django's hashers, which choose by the prefix of what is kept.
Source: docs/decisions/0035.
"""

import hashlib
import secrets
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare


class MachineSecretHasher(BasePasswordHasher):
    """``machine_sha256$<salt>$<hex>``; never for what a person chose."""

    algorithm = "machine_sha256"

    def salt(self) -> str:
        return secrets.token_hex(16)

    def encode(self, password: str, salt: str) -> str:
        mixed = hashlib.sha256(f"{salt}${password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${mixed}"

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, salt, mixed = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": mixed}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to make up for: every check takes the same."""


def keep(secret: str) -> str:
    """Will give what is kept of a machine's secret."""
    hasher = MachineSecretHasher()
    return hasher.encode(secret, hasher.salt())
