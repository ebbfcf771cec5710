"""What clients prove themselves with: keys and signing keys, made, replaced, ended.

A secret is given once, by the deed that makes it, and kept as a digest (keys) or encrypted
(shared signing secrets, which are needed to check). At most two keys of a kind are live, so
that the other side changes over without an outage. Source: GW-02.
"""

import base64
import binascii
import secrets
import string
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.audit.services import Actor
from apps.common import clock, tokens
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.gateway.enums import SignatureAlgorithm
from apps.gateway.models import ApiClient, ApiKey, SigningKey
from apps.gateway.sealing import seal
from apps.gateway.services.guarding import lock_client, lock_usable_client, note_client

OVERLAP = timedelta(days=7)  # how long a replaced key stays valid beside the new one
MOST_LIVE = 2
SHARED_SECRET_BYTES = 32
_PREFIX_CHARACTERS = string.ascii_lowercase + string.digits


@transaction.atomic
def issue_key(actor: Actor, *, client_id: int, ends_at: datetime | None = None) -> str:
    """Will give a further key, this once; those before are left as they are. Audited.

    ends_at: when it ends by itself. Locks the client.
    Raises: NotAllowed; NotFound; Refused (revoked; two are live already).
    """
    client = lock_usable_client(actor, client_id)
    if live_keys(client).count() >= MOST_LIVE:
        raise Refused(_("已有两个有效密钥，请先停用其中一个"), code="keys_full")
    key = make_key(client, by_name=actor.display_name, ends_at=ends_at)
    note_client(actor, "api_client.key_issued", client, key=key.partition(".")[0])
    return key


@transaction.atomic
def rotate_key(actor: Actor, *, client_id: int, overlap: timedelta = OVERLAP) -> str:
    """Will give a new key, this once; the newest old one stays valid for ``overlap``; audited.

    Zero overlap ends every old one now. Locks the client.
    Raises: NotAllowed; NotFound; Refused (revoked).
    """
    client = lock_usable_client(actor, client_id)
    moment = clock.now()
    for number, old in enumerate(live_keys(client)):
        until = moment + overlap if number == 0 else moment
        if old.ends_at is None or old.ends_at > until:
            old.ends_at = until
            old.save(update_fields=["ends_at"])
    key = make_key(client, by_name=actor.display_name)
    note_client(actor, "api_client.key_rotated", client, key=key.partition(".")[0])
    return key


@transaction.atomic
def end_key(actor: Actor, *, client_id: int, key_id: int) -> ApiKey:
    """Will end one key at once; a second time changes nothing; audited. Locks the client.

    Raises: NotAllowed; NotFound (the client, or no key of it).
    """
    client = lock_client(actor, client_id)
    key = client.keys.filter(pk=key_id).first()
    if key is None:
        raise NotFound(_("没有这个密钥"))
    if key.ends_at is None or key.ends_at > clock.now():
        key.ends_at = clock.now()
        key.save(update_fields=["ends_at"])
        note_client(actor, "api_client.key_ended", client, key=key.prefix)
    return key


@transaction.atomic
def add_signing_key(
    actor: Actor, *, client_id: int, algorithm: str, public_key: str = ""
) -> tuple[SigningKey, str]:
    """Will register what a client signs with and give it with the shared secret, this once.

    algorithm: ed25519 (public_key: PEM or the base64 of the 32 raw bytes; no secret is given)
    or hmac-sha256 (the secret is made here, base64). Locks the client; audited.
    Raises: NotAllowed; NotFound; Refused (revoked; two are live); InvalidInput (public_key).
    """
    client = lock_usable_client(actor, client_id)
    if algorithm not in SignatureAlgorithm.values:
        raise InvalidInput(_("不支持这种签名算法"), field="algorithm")
    if live_signing_keys(client).count() >= MOST_LIVE:
        raise Refused(_("已有两个有效签名密钥，请先停用其中一个"), code="keys_full")
    secret = ""
    if algorithm == SignatureAlgorithm.ED25519:
        material = _public_key(public_key)
    else:
        secret = base64.b64encode(secrets.token_bytes(SHARED_SECRET_BYTES)).decode()
        material = seal(secret)
    key = SigningKey.objects.create(
        client=client,
        keyid=f"sig-{_random(10)}",
        algorithm=algorithm,
        material=material,
        issued_at=clock.now(),
        issued_by_name=actor.display_name[:100],
    )
    note_client(actor, "api_client.signing_key_added", client, key=key.keyid, algorithm=algorithm)
    return key, secret


@transaction.atomic
def end_signing_key(actor: Actor, *, client_id: int, key_id: int) -> SigningKey:
    """Will end one signing key at once; a second time changes nothing; audited.

    Locks the client. Raises: NotAllowed; NotFound.
    """
    client = lock_client(actor, client_id)
    key = client.signing_keys.filter(pk=key_id).first()
    if key is None:
        raise NotFound(_("没有这个密钥"))
    if key.ends_at is None or key.ends_at > clock.now():
        key.ends_at = clock.now()
        key.save(update_fields=["ends_at"])
        note_client(actor, "api_client.signing_key_ended", client, key=key.keyid)
    return key


def make_key(client: ApiClient, *, by_name: str, ends_at: datetime | None = None) -> str:
    """Will write a key and give it; for deeds that have locked and checked the client."""
    secret, prefix = tokens.new_token(), _random(10)
    ApiKey.objects.create(
        client=client,
        prefix=prefix,
        digest=tokens.digest(secret),
        issued_at=clock.now(),
        issued_by_name=by_name[:100],
        ends_at=ends_at,
    )
    return f"{prefix}.{secret}"


def live_keys(client: ApiClient) -> QuerySet[ApiKey]:
    """Will give the keys good now, the newest first."""
    return client.keys.filter(_live())


def live_signing_keys(client: ApiClient) -> QuerySet[SigningKey]:
    """Will give the signing keys good now, the newest first."""
    return client.signing_keys.filter(_live())


def end_all_keys(client: ApiClient) -> None:
    """Will end every key of a client; for deeds that have locked it."""
    for key in live_keys(client):
        key.ends_at = clock.now()
        key.save(update_fields=["ends_at"])
    for signing_key in live_signing_keys(client):
        signing_key.ends_at = clock.now()
        signing_key.save(update_fields=["ends_at"])


def _live() -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())


def _random(length: int) -> str:
    return "".join(secrets.choice(_PREFIX_CHARACTERS) for _n in range(length))


def _public_key(text: str) -> str:
    """Gives the base64 of the raw key, whichever of the two usual forms it came in."""
    wanted = InvalidInput(_("请填写 Ed25519 公钥：PEM 或 32 字节的 Base64"), field="public_key")
    try:
        if "BEGIN" in text:
            loaded = load_pem_public_key(text.strip().encode())
            if not isinstance(loaded, Ed25519PublicKey):
                raise wanted
            raw = loaded.public_bytes_raw()
        else:
            raw = base64.b64decode(text.strip(), validate=True)
            Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error) as error:
        raise wanted from error
    return base64.b64encode(raw).decode()
