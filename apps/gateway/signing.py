"""Signatures of messages between systems, both ways.

The scheme is that of Standard Webhooks 1.0, for which receivers find libraries: three headers
``webhook-id``, ``webhook-timestamp`` (seconds since 1970) and ``webhook-signature``, a list of
``v1,<base64>`` separated by spaces. What is signed is ``<id>.<timestamp>.<body>`` with
HMAC-SHA256; the secret is written ``whsec_<base64>``.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32
FRESH_SECONDS = 300  # a message whose time is further off is a replay
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def new_secret() -> str:
    """Will make a secret of 256 bits, written ``whsec_…``."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Will give one signature, ``v1,<base64>``."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(
    valid_secrets: Sequence[str], *, message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Will give the three headers of a message, one signature per secret still valid."""
    timestamp = int(at.timestamp())
    found = [
        sign(secret, message_id=message_id, timestamp=timestamp, body=body)
        for secret in valid_secrets
    ]
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(found)}


def is_fresh(sent: Mapping[str, str], *, at: datetime) -> bool:
    """Will tell whether the time of a message is within five minutes."""
    stamp = sent.get(TIMESTAMP, "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    return abs(at.timestamp() - int(stamp)) <= FRESH_SECONDS


def is_valid(
    valid_secrets: Sequence[str], sent: Mapping[str, str], *, body: bytes, at: datetime
) -> bool:
    """Will tell whether a message was signed with one of the secrets within five minutes.

    sent: the headers, names in lower case or a case-insensitive mapping. Compares in constant
    time. A repeat within the window is for the receiver to drop by ``webhook-id``.
    """
    message_id, stamp = sent.get(ID, ""), sent.get(TIMESTAMP, "")
    if not message_id or not is_fresh(sent, at=at):
        return False
    given = [part for part in sent.get(SIGNATURE, "").split(" ") if part.startswith("v1,")]
    try:
        expected = [
            sign(secret, message_id=message_id, timestamp=int(stamp), body=body)
            for secret in valid_secrets
        ]
    except binascii.Error:
        return False
    pairs = [
        hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given
    ]
    return any(pairs)
