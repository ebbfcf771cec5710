"""The keys that sign checkpoints: made once, kept encrypted, handed over with an endorsement."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.evidence.models import SigningKey
from apps.gateway import sealing

_LOCK = 7_224_101  # advisory lock: one key is made at a time


@transaction.atomic
def active_key() -> SigningKey:
    """Will give the key in use; the first time it makes one. Takes an advisory lock then."""
    found = SigningKey.objects.filter(retired_at=None).first()
    return found or _make(audit.SYSTEM, previous=None)


@transaction.atomic
def rotate_key(actor: User, *, checker: User | None = None) -> SigningKey:
    """Will make a new key, endorsed by the old one, which signs nothing more; audited.

    For approved changes (``apps.evidence.acts``). checker: who agreed, for the log. Locks the
    key in use.
    Raises: NotAllowed (the actor lacks ``evidence.rotate_key``).
    """
    if not actor.has_perm("evidence.rotate_key"):
        raise NotAllowed(_("需要“更换检查点签名密钥”权限"))
    active_key()
    old = SigningKey.objects.select_for_update().get(retired_at=None)
    return _make(actor, previous=old, checker=checker)


def sign(key: SigningKey, data: bytes) -> str:
    """Will sign with a key of ours, base64. Raises: Refused (the system key was lost)."""
    private = load_pem_private_key(sealing.unseal(key.sealed_private).encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    return base64.b64encode(private.sign(data)).decode()


def is_signed(public_pem: str, data: bytes, signature: str) -> bool:
    """Will tell whether the signature (base64) of these bytes is by this key (PEM)."""
    try:
        public = load_pem_public_key(public_pem.encode())
        assert isinstance(public, Ed25519PublicKey)
        public.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError, AssertionError):
        return False
    return True


def check_public_key(pem: str) -> str:
    """Will give a public key in its usual form. Raises: InvalidInput (not Ed25519 in PEM)."""
    try:
        public = load_pem_public_key(pem.strip().encode())
    except ValueError as error:
        raise InvalidInput(_("公钥应为 PEM 格式的 Ed25519 公钥"), field="public_pem") from error
    if not isinstance(public, Ed25519PublicKey):
        raise InvalidInput(_("公钥应为 PEM 格式的 Ed25519 公钥"), field="public_pem")
    return _pem_of(public)


def _make(
    actor: audit.Actor, *, previous: SigningKey | None, checker: User | None = None
) -> SigningKey:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if previous is None and (found := SigningKey.objects.filter(retired_at=None).first()):
        return found
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    pem = _pem_of(public)
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    moment = clock.now()
    endorsement = ""
    if previous is not None:
        endorsement = sign(previous, pem.encode())
        previous.retired_at = moment
        previous.save(update_fields=["retired_at"])
    key = SigningKey.objects.create(
        fingerprint=hashlib.sha256(public.public_bytes_raw()).hexdigest(),
        public_pem=pem,
        sealed_private=sealing.seal(text),
        previous=previous,
        endorsement=endorsement,
        made_at=moment,
    )
    audit.record(
        actor,
        "signing_key.made",
        object_type="evidence.key",
        object_id=key.pk,
        object_label=key.short,
        data={
            "before": previous.short if previous else "",
            "after": key.short,
            **({"checker": checker.display_name} if checker else {}),
        },
    )
    return key


def _pem_of(public: Ed25519PublicKey) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
