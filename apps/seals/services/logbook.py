"""The log of uses: every try, done or refused, here and in the audit chain. Source: ES-03."""

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.seals.models import Seal, SealIssue, SealLog, SealUse


@dataclass(frozen=True)
class Tried:
    """One try. key_digest: SHA-256 of what the key signed. sealed_digest: of the result."""

    reason: str = ""
    is_done: bool = False
    issue: SealIssue | None = None
    sealed_digest: str = ""
    key_digest: str = ""


def note_try(person: User, *, use: SealUse, seal: Seal | None, tried: Tried) -> SealLog:
    """Will write one try down, in the caller's transaction."""
    row = SealLog.objects.create(
        at=clock.now(), use_number=use.number, seal=seal, issue=tried.issue, digest=use.digest,
        sealed_digest=tried.sealed_digest, person_id=person.pk, person_name=person.log_name[:100],
        unit_path=(seal.unit if seal else use.unit).path, level=use.level, matter=use.matter,
        is_done=tried.is_done, reason=tried.reason[:200],
        key_label=tried.issue.key_label if tried.issue else "", key_digest=tried.key_digest,
    )  # fmt: skip
    audit.record(
        person,
        "seal.used" if tried.is_done else "seal.use_refused",
        object_type="seals.seal",
        object_id=seal.pk if seal else "",
        object_label=str(seal) if seal else use.title,
        data={
            "use": use.number, "digest": use.digest, "sealed": tried.sealed_digest,
            "level": use.level, "matter": use.matter, "case": use.case_number,
            "reason": tried.reason, "certificate": tried.issue.serial if tried.issue else "",
            "key_digest": tried.key_digest,
        },
    )  # fmt: skip
    return row


@transaction.atomic
def note_refused_request(
    person: User, *, seal: Seal | None, digest: str, reason: str, level: int, matter: str
) -> None:
    """Will write down a request that was refused before it became one."""
    SealLog.objects.create(
        at=clock.now(), seal=seal, digest=digest, person_id=person.pk,
        person_name=person.log_name[:100], unit_path=seal.unit.path if seal else "",
        level=level, matter=matter[:80], is_done=False, reason=reason[:200],
    )  # fmt: skip
    audit.record(
        person,
        "seal.use_refused",
        object_type="seals.seal",
        object_id=seal.pk if seal else "",
        object_label=str(seal) if seal else "",
        data={"digest": digest, "reason": reason, "level": level, "matter": matter},
    )
