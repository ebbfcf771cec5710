"""The keys that sign identity and logout tokens: made here, kept encrypted, rotated ahead.

A new key is published a day before it signs, and an old one a day after it signed last, so
that no application meets a token it cannot check.
"""

import base64
import hashlib
import json
import logging
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection, transaction
from jwt.algorithms import RSAAlgorithm

from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.signon.models import SigningKey
from apps.signon.sealing import seal, unseal
from apps.signon.selectors import list_keys

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=1)  # longer than anybody keeps our list of keys
AFTER = timedelta(days=1)  # longer than any token lives
ROTATE_AFTER = timedelta(days=90)
BITS = 2048
_LOCK = 0x5167_6E4F  # any number; two processes must not make the first key at once


@transaction.atomic
def ensure_key(actor: Actor = SYSTEM) -> None:
    """Will make the first key if none can sign, at once valid. Takes an advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    moment = clock.now()
    if not any(k.not_before <= moment and unseal(k.sealed) for k in list_keys()):
        _make(actor, ahead=timedelta(0))


@transaction.atomic
def rotate_key(actor: Actor) -> SigningKey:
    """Will make the next key, published now, signing from tomorrow; the others end after it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    key = _make(actor, ahead=AHEAD)
    older = SigningKey.objects.filter(expires_at__isnull=True).exclude(pk=key.pk)
    older.update(expires_at=key.not_before + AFTER)
    return key


def rotate_if_due() -> bool:
    """Will rotate when the newest key is older than ninety days; tells whether it did.

    Where none can be opened any more (the system key was replaced) the next is valid at once.
    """
    newest = SigningKey.objects.first()
    if newest is None:
        return False  # nothing has been put live yet
    ensure_key()
    if clock.now() - newest.not_before < ROTATE_AFTER:
        return False
    rotate_key(SYSTEM)
    return True


def open_keys() -> list[tuple[SigningKey, str]]:
    """Will give the published keys with their private halves as PEM, the newest first.

    One that was sealed under a forgotten system key is left out and told of aloud.
    """
    found = []
    for key in list_keys():
        pem = unseal(key.sealed)
        if pem is None:
            logger.error("signing key cannot be opened", extra={"key": key.fingerprint})
        else:
            found.append((key, pem))
    return found


def signing_pair() -> tuple[str, str]:
    """Will give the number of the key that signs now, and its PEM.

    Raises: LookupError (there is none).
    """
    moment = clock.now()
    for key, pem in open_keys():
        if key.not_before <= moment:
            return key.fingerprint, pem
    raise LookupError("no signing key")


def _make(actor: Actor, *, ahead: timedelta) -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    moment = clock.now()
    key = SigningKey.objects.create(
        sealed=seal(pem.decode()),
        fingerprint=_thumbprint(private.public_key()),
        created_at=moment,
        not_before=moment + ahead,
    )
    record(
        actor,
        "signing_key.made",
        object_type="signon.key",
        object_id=key.pk,
        object_label=key.fingerprint[:12],
    )
    return key


def _thumbprint(public: rsa.RSAPublicKey) -> str:
    """The number of a key, as RFC 7638 makes it: the same an application computes."""
    jwk = json.loads(RSAAlgorithm.to_jwk(public))
    told = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()).rstrip(b"=").decode()
