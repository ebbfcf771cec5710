"""Who may log in to the broker: granted beside a credential, written out for Mosquitto.

Called by the app that issues the credential, inside its transaction; the right is asked and the
deed audited there. Source: IO-20, docs/decisions/0059.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from apps.common import clock
from apps.mqtt.models import Login
from apps.mqtt.registry import login_name
from apps.mqtt.selectors import live_logins

#: A secret of 256 bits needs no slow digest; the broker computes it at each log-in.
_ROUNDS = 1


@transaction.atomic
def grant_login(*, key: str, node: str, secret: str) -> Login:
    """Will let the node log in with ``secret``, beside the credential it has, if any.

    key: prefix of the credential. The first listener is taken unless a live one holds it; the
    caller keeps at most two alive. Rows that have ended are dropped.
    """
    now = clock.now()
    name = login_name(node)
    Login.objects.filter(name=name, ends_at__lte=now).delete()
    taken = set(Login.objects.filter(name=name).values_list("slot", flat=True))
    return Login.objects.create(
        key=key,
        name=name,
        slot=2 if 1 in taken else 1,
        secret_hash=secret_hash(secret),
        changed_at=now,
    )


def end_login(*, key: str, ends_at: datetime) -> None:
    """Will let a credential's log-in end at a moment; none is nothing."""
    Login.objects.filter(key=key).update(ends_at=ends_at, changed_at=clock.now())


def end_logins(*, node: str) -> None:
    """Will end every log-in of a node now; none is nothing."""
    now = clock.now()
    Login.objects.filter(name=login_name(node)).update(ends_at=now, changed_at=now)


def suspend_logins(*, node: str, is_suspended: bool) -> None:
    """Will keep a node out, or let it in again."""
    Login.objects.filter(name=login_name(node)).update(
        is_suspended=is_suspended, changed_at=clock.now()
    )


def secret_hash(secret: str) -> str:
    """Will give the entry of a password file: PBKDF2 with SHA-512, Mosquitto's kind 7."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def version_of_logins(now: datetime) -> tuple[datetime | None, int]:
    """Will give what changes whenever the files must be written anew, by two small indexes."""
    newest: datetime | None = Login.objects.aggregate(at=Max("changed_at"))["at"]
    return newest, Login.objects.filter(ends_at__lte=now).count()


def password_file(slot: int, now: datetime) -> Iterator[str]:
    """Will give the lines of the password file of one of the two device listeners."""
    rows = live_logins(now).filter(slot=slot).values_list("name", "secret_hash")
    for name, kept in rows.iterator(chunk_size=5000):
        yield f"{name}:{kept}\n"


def inner_secret(secret_key: str) -> str:
    """Will give our own password at the private broker: made of the secret key, kept nowhere."""
    return hashlib.pbkdf2_hmac("sha256", secret_key.encode(), b"citybrain mqtt", 1000).hex()
