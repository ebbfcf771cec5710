"""Looking whether all evidence still fits, from the rows up to what others signed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock, merkle, outbox
from apps.common.errors import NotAllowed, Refused
from apps.evidence.adapters.time_stamps import is_stamped
from apps.evidence.enums import Flaw, RunState, Trigger
from apps.evidence.models import (
    Archive,
    Checkpoint,
    CheckpointCopy,
    SigningKey,
    Testimony,
    TimeStamp,
    Verification,
)
from apps.evidence.services.checkpoints import (
    GENESIS,
    copy_bytes,
)
from apps.evidence.services.keys import is_signed
from apps.evidence.services.leaves import canonical, seal_leaves, sm3
from apps.notices import services as notices

TOPIC = "evidence.verify"
STAMPS_CHECKED = 60  # the newest; each costs a process of openssl


@dataclass
class _Findings:
    """What was looked at, and the first fault of each kind."""

    faults: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, about: object, **more: Any) -> None:
        if all(fault["kind"] != kind for fault in self.faults):
            self.faults.append({"kind": str(kind), "about": str(about), **more})


@transaction.atomic
def ask_verification(actor: User) -> Verification:
    """Will order a verification, done in the background within minutes; audited.

    Raises: NotAllowed (the actor lacks ``audit.read_audit``); Refused (one is waiting).
    """
    if not actor.has_perm("audit.read_audit"):
        raise NotAllowed(_("需要“查阅审计记录”权限"))
    if Verification.objects.filter(state=RunState.WAITING).exists():
        raise Refused(_("已有一次核验在进行，请稍候查看结果"))
    run = _new(Trigger.PERSON, actor)
    outbox.enqueue(TOPIC, key=str(run.pk), payload={"run_id": run.pk})
    audit.record(actor, "evidence.verification_asked", object_type="evidence.verification",
                 object_id=run.pk)  # fmt: skip
    return run


def verify_now(trigger: Trigger, actor: audit.Actor = audit.SYSTEM) -> Verification:
    """Will verify everything and keep what was found; takes minutes for a long log."""
    return run_verification(_new(trigger, actor).pk)


def run_verification(run_id: int) -> Verification:
    """Will do an ordered verification; one that is done stays as it is. Faults are told."""
    run = Verification.objects.get(pk=run_id)
    if run.state == RunState.DONE:
        return run
    findings = _Findings()
    _check_log(findings)
    _check_keys(findings)
    _check_checkpoints(findings)
    _check_stamps(findings)
    _check_testimonies(findings)
    _check_archives(findings)
    return _finish(run, findings)


@transaction.atomic
def _finish(run: Verification, findings: _Findings) -> Verification:
    for name, count in findings.counts.items():
        setattr(run, name, count)
    run.faults, run.state, run.finished_at = findings.faults, RunState.DONE, clock.now()
    run.save()
    audit.record(
        audit.SYSTEM,
        "evidence.verified" if run.is_whole else "evidence.found_broken",
        object_type="evidence.verification",
        object_id=run.pk,
        data={"faults": findings.faults, **findings.counts},
    )
    if not run.is_whole:
        notices.notify(
            recipients=users_with_permission("audit.read_audit"),
            kind="alarm",
            title=str(_("存证核验未通过")),
            body=str(_("发现 %(count)d 类问题，请查看核验结果。") % {"count": len(run.faults)}),
            url=f"/evidence/verifications/{run.pk}/",
            key=f"verification-{run.pk}",
        )
    return run


def _new(trigger: Trigger, actor: audit.Actor) -> Verification:
    return Verification.objects.create(
        trigger=trigger, asked_by=actor.display_name[:100], asked_at=clock.now()
    )


def _check_log(findings: _Findings) -> None:
    report = audit.verify_chain()
    findings.counts |= {
        "seals": report.seals,
        "rows": report.entries,
        "unsealed": report.unsealed,
    }
    if report.whole:
        return
    broken = report.broken_entry
    assert report.fault is not None
    findings.add(
        broken.fault if broken else report.fault,
        f"#{report.broken_seal}",
        seal=report.broken_seal,
        sequence=broken.sequence if broken else None,
        entry_id=broken.entry_id if broken else None,
        at=broken.at.isoformat() if broken else None,
        detail=report.reason,
    )


def _check_keys(findings: _Findings) -> None:
    for key in SigningKey.objects.select_related("previous").order_by("pk"):
        if key.previous is None:
            if key.endorsement or SigningKey.objects.filter(pk__lt=key.pk).exists():
                findings.add(Flaw.KEY, key)
        elif not is_signed(key.previous.public_pem, key.public_pem.encode(), key.endorsement):
            findings.add(Flaw.KEY, key)


def _check_checkpoints(findings: _Findings) -> None:
    checkpoints = list(Checkpoint.objects.select_related("key", "copy").order_by("number"))
    findings.counts["checkpoints"] = len(checkpoints)
    roots = _roots_at([c.size for c in checkpoints])
    before: Checkpoint | None = None
    for number, checkpoint in enumerate(checkpoints, start=1):
        for flaw in _flaws_of(checkpoint, number, before):
            findings.add(flaw, checkpoint, at=checkpoint.at.isoformat())
        if roots.get(checkpoint.size) != checkpoint.root:
            findings.add(Flaw.CHECKPOINT_ROOT, checkpoint, at=checkpoint.at.isoformat())
        before = checkpoint


def _flaws_of(checkpoint: Checkpoint, number: int, before: Checkpoint | None) -> Iterator[Flaw]:
    if checkpoint.number != number:
        yield Flaw.CHECKPOINT_GAP
    said = checkpoint.statement
    columns = {
        "number": checkpoint.number,
        "size": checkpoint.size,
        "rows": checkpoint.rows,
        "root": checkpoint.root,
        "head": checkpoint.head_digest,
        "previous": checkpoint.previous_digest,
        "key": checkpoint.key.fingerprint,
    }
    digest = hashlib.sha256(checkpoint.body.encode()).hexdigest()
    if digest != checkpoint.digest or any(said.get(k) != v for k, v in columns.items()):
        yield Flaw.CHECKPOINT_TEXT
    if not is_signed(checkpoint.key.public_pem, checkpoint.body.encode(), checkpoint.signature):
        yield Flaw.CHECKPOINT_SIGNATURE
    is_linked = checkpoint.previous_digest == (before.digest if before else GENESIS)
    if not is_linked or not _is_linked_by_sm3(said, before):
        yield Flaw.CHECKPOINT_LINK
    copy: CheckpointCopy | None = getattr(checkpoint, "copy", None)
    if copy is not None:
        file = Path(settings.EVIDENCE_DIR) / copy.path
        if not file.exists():
            yield Flaw.COPY_MISSING
        elif file.read_bytes() != copy_bytes(checkpoint):
            yield Flaw.COPY_CHANGED


def _is_linked_by_sm3(said: dict[str, Any], before: Checkpoint | None) -> bool:
    """Checkpoints name the one before by SM3 as well, the older ones and some machines do not."""
    named, present = said.get("previous_sm3", ""), sm3(before.body) if before else ""
    return not named or not present or named == present


def _roots_at(sizes: list[int]) -> dict[int, str]:
    """The roots the present seals give at these sizes; a size beyond them is left out."""
    wanted, found, tree = set(sizes), {}, merkle.Growing()
    if 0 in wanted:
        found[0] = tree.root().hex()
    for row, _text in seal_leaves():
        tree.add(merkle.leaf_hash(canonical(row).encode()))
        if tree.size in wanted:
            found[tree.size] = tree.root().hex()
    return found


def _check_stamps(findings: _Findings) -> None:
    newest = TimeStamp.objects.select_related("checkpoint").order_by("-pk")
    findings.counts["stamps"] = newest.count()
    for stamp in newest[:STAMPS_CHECKED]:
        if not is_stamped(stamp.checkpoint.digest, bytes(stamp.token), stamp.trusted):
            findings.add(Flaw.STAMP, stamp.checkpoint)


def _check_testimonies(findings: _Findings) -> None:
    said = Testimony.objects.select_related("checkpoint", "witness").order_by("pk")
    findings.counts["testimonies"] = said.count()
    for testimony in said.iterator():
        about = f"{testimony.checkpoint} {testimony.witness.name}"
        statement = testimony.statement.encode()
        fits = is_signed(testimony.witness.public_pem, statement, testimony.signature)
        if not fits or testimony.checkpoint.digest not in testimony.statement:
            findings.add(Flaw.WITNESS, about)
        elif not testimony.agrees:
            findings.add(Flaw.DISAGREED, about, detail=testimony.reason)


def _check_archives(findings: _Findings) -> None:
    for archive in Archive.objects.select_related("key"):
        file = Path(settings.EVIDENCE_DIR) / archive.path
        if not file.exists():
            findings.add(Flaw.ARCHIVE_MISSING, archive)
            continue
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        fits = is_signed(archive.key.public_pem, archive.statement.encode(), archive.signature)
        if digest != archive.digest or digest not in archive.statement or not fits:
            findings.add(Flaw.ARCHIVE_CHANGED, archive)
