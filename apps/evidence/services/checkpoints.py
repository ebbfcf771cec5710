"""Signing the state of the log, day by day, and carrying it out of the database."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.audit import services as audit
from apps.audit.models import AuditSeal
from apps.common import clock, merkle, outbox
from apps.common.errors import Refused
from apps.evidence import registry
from apps.evidence.models import Checkpoint, CheckpointCopy, SigningKey, TimeStamp
from apps.evidence.services.keys import active_key, sign
from apps.evidence.services.leaves import canonical, seal_leaves, sm3
from apps.evidence.services.tree import SealTree

STREAM = "audit"
GENESIS = "0" * 64
TYPE = "citybrain.checkpoint.v1"
COPY_TOPIC = "evidence.copy"
STAMP_TOPIC = "evidence.stamp"
_LOCK = 7_224_102  # advisory lock: one checkpoint is made at a time


class LogBroken(Refused):
    """What the next checkpoint would sign does not fit; nothing was signed."""

    code = "log_broken"


@transaction.atomic
def make_checkpoint(actor: audit.Actor = audit.SYSTEM) -> Checkpoint:
    """Will sign the log as it is sealed now, and order its copy and time stamp; audited.

    What was sealed since the last checkpoint is recomputed first. Takes an advisory lock.
    Raises: LogBroken (a seal or an entry does not fit).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = latest_checkpoint()
    report = audit.verify_chain(after=last.size if last else 0)
    if not report.whole:
        raise LogBroken(
            _("第 %(seal)d 号封存与记录不符，未签发检查点。请先核验。")
            % {"seal": report.broken_seal or 0}
        )
    tree = _tree(last)
    rows = AuditSeal.objects.filter(number__lte=tree.size).aggregate(n=Sum("count"))["n"] or 0
    newest = AuditSeal.objects.filter(number=tree.size).first()
    head = newest.digest if newest is not None else GENESIS
    key = active_key()
    body = _body(last, tree, rows, head, key)
    checkpoint = Checkpoint.objects.create(
        stream=STREAM,
        number=body["number"],
        size=body["size"],
        rows=body["rows"],
        root=body["root"],
        head_digest=body["head"],
        previous_digest=body["previous"],
        body=canonical(body),
        digest=hashlib.sha256(canonical(body).encode()).hexdigest(),
        signature=sign(key, canonical(body).encode()),
        key=key,
        at=clock.now(),
    )
    for topic in (COPY_TOPIC, STAMP_TOPIC) if settings.EVIDENCE_TSA else (COPY_TOPIC,):
        outbox.enqueue(topic, key=checkpoint.digest, payload={"checkpoint_id": checkpoint.pk})
    audit.record(
        actor,
        "checkpoint.made",
        object_type="evidence.checkpoint",
        object_id=checkpoint.pk,
        object_label=str(checkpoint),
        data={"size": checkpoint.size, "rows": checkpoint.rows, "digest": checkpoint.digest},
    )
    return checkpoint


def latest_checkpoint() -> Checkpoint | None:
    """Will give the newest checkpoint, None before the first."""
    return Checkpoint.objects.filter(stream=STREAM).order_by("-number").first()


def write_copy(checkpoint_id: int) -> CheckpointCopy:
    """Will write a checkpoint into a file of its own that nobody writes again.

    A second time changes nothing. Raises: Refused (a file of that name says something else).
    """
    checkpoint = Checkpoint.objects.select_related("key").get(pk=checkpoint_id)
    found = CheckpointCopy.objects.filter(checkpoint=checkpoint).first()
    if found is not None:
        return found
    path = f"checkpoints/{checkpoint}.json"
    write_once(path, copy_bytes(checkpoint))
    return CheckpointCopy.objects.create(checkpoint=checkpoint, path=path, written_at=clock.now())


def copy_bytes(checkpoint: Checkpoint) -> bytes:
    """Will give what the file of a checkpoint holds."""
    content = {
        "body": checkpoint.body,
        "digest": checkpoint.digest,
        "signature": checkpoint.signature,
        "key": checkpoint.key.public_pem,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def write_once(path: str, content: bytes) -> Path:
    """Will write a file below the export folder, read-only; the same content again is fine.

    Raises: Refused (a file of that name holds something else).
    """
    target = Path(settings.EVIDENCE_DIR) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.chmod(0o444)
    try:
        os.link(part, target)  # fails if the name is taken, unlike a rename
    except FileExistsError as error:
        if target.read_bytes() != content:
            raise Refused(
                _("文件 %(path)s 已存在且内容不同，未覆盖") % {"path": path}, code="copy_differs"
            ) from error
    finally:
        part.unlink()
    return target


def stamp(checkpoint_id: int) -> TimeStamp | None:
    """Will have the chosen authority stamp a checkpoint; a second time changes nothing.

    None where no authority is chosen. Raises: StampFailed (try again later).
    """
    checkpoint = Checkpoint.objects.get(pk=checkpoint_id)
    found = TimeStamp.objects.filter(checkpoint=checkpoint).first()
    authority = registry.chosen_authority()
    if found is not None or authority is None:
        return found
    given = authority.stamp(checkpoint.digest)
    return TimeStamp.objects.create(
        checkpoint=checkpoint,
        authority=authority.label,
        token=given.token,
        trusted=given.trusted,
        serial=given.serial,
        at=given.at,
    )


def _tree(last: Checkpoint | None) -> SealTree | merkle.Growing:
    """The tree over all seals; by tiles where they lead to the root signed last."""
    size = AuditSeal.objects.count()
    if last is None or SealTree(last.size).root().hex() == last.root:
        return SealTree(size)
    tree = merkle.Growing()
    for _seal, leaf in seal_leaves():
        tree.add(merkle.leaf_hash(leaf.encode()))
    return tree


def _body(
    last: Checkpoint | None, tree: SealTree | merkle.Growing, rows: int, head: str, key: SigningKey
) -> dict[str, Any]:
    return {
        "type": TYPE,
        "origin": settings.EVIDENCE_ORIGIN,
        "stream": STREAM,
        "number": last.number + 1 if last else 1,
        "size": tree.size,
        "rows": rows,
        "root": tree.root().hex(),
        "head": head,
        "previous": last.digest if last else GENESIS,
        "key": key.fingerprint,
        "hash": "sha256",
        **({"previous_sm3": sm3(last.body)} if last else {}),
        "at": clock.now().isoformat(),
    }
