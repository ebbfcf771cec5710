"""A log with seals, checkpoints and people who may look at them."""

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.models import Permission
from django.db import connection

from apps.accounts.models import Appointment, Post, Role, User
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from tests.cast import SINCE, Cast

RIGHTS = {
    "system_admin": ["accounts.manage_people", "evidence.view_board"],
    "security_admin": [
        "accounts.manage_roles",
        "evidence.handle_alarms",
        "evidence.set_alarm_rules",
        "evidence.view_board",
        "evidence.keep_board",
        "evidence.rotate_key",
        "evidence.manage_witnesses",
    ],
    "audit_admin": ["audit.read_audit", "evidence.handle_alarms", "evidence.view_board"],
}


def administrator(cast: Cast, kind: str, name: str = "") -> User:
    """Will give one of the three administrators."""
    role, created = Role.objects.get_or_create(code=kind, defaults={"name": kind})
    if created:
        for label in RIGHTS[kind]:
            app, codename = label.split(".")
            role.permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
    user = User.objects.create_user(
        username=name or kind, password="Cast-2026-pass", full_name=name or kind
    )
    user.tenant = cast.tenant
    user.save(update_fields=["tenant"])
    post, _made = Post.objects.get_or_create(organization=cast.center, name=kind)
    post.roles.add(role)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def write(count: int = 1, action: str = "case.dispatched", actor: Any = audit.SYSTEM) -> None:
    for number in range(count):
        audit.record(
            actor, action, object_type="case", object_id=number, object_label=f"第{number}号"
        )


def seal() -> int:
    """Seals once nothing else in the server (another test run) holds the horizon back."""
    for _turn in range(300):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_auditentry"
                " WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())"
                " AND txid < pg_snapshot_xmax(pg_current_snapshot())"
            )
            if cursor.fetchone()[0] == 0:
                break
        time.sleep(0.1)
    return audit.seal_entries()


def tamper(statement: str) -> None:
    """Does what the owner of the database could do: past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def entry_ids() -> list[int]:
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def key_pair() -> tuple[Ed25519PrivateKey, str]:
    """A witness's key and its public half in PEM."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    return private, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
