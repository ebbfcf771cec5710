"""Proof packages: some entries of the log with everything needed to check them elsewhere.

A package holds the entries, their paths to the newest checkpoint, the checkpoints that lead
there, keys, time stamps and testimonies, a README, and the program that checks it all.
"""

import base64
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEntry, AuditSeal, SealedLeaves
from apps.common import merkle
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.evidence.models import Checkpoint, SigningKey
from apps.evidence.services.checkpoints import latest_checkpoint, make_checkpoint
from apps.evidence.services.leaves import seal_leaves, sm3
from apps.evidence.services.tree import SealTree

FORMAT = "citybrain-evidence-1"
MAX_ENTRIES = 2000
EARLIER = 30  # so many checkpoints before the newest come along
STANDALONE = Path(__file__).resolve().parent.parent / "standalone"
PROGRAM = "verify_package.py"
#: Programs given out: to check a package, and to witness checkpoints (needs the first one).
PROGRAMS = (PROGRAM, "witness.py")


def build_package(actor: User, *, entry_ids: Sequence[int]) -> bytes:
    """Will give a ZIP that proves these entries; audited.

    entry_ids: at most 2,000. Entries newer than the last checkpoint cause a new one.
    Raises: NotAllowed (the actor lacks ``audit.read_audit``); InvalidInput (none or too many);
        Refused (some are not sealed yet, or their seal no longer fits).
    """
    if not actor.has_perm("audit.read_audit"):
        raise NotAllowed(_("需要“查阅审计记录”权限"))
    if not 0 < len(entry_ids) <= MAX_ENTRIES:
        raise InvalidInput(
            _("证明包须含 1 至 %(most)d 条记录，请缩小范围") % {"most": MAX_ENTRIES},
            field="entry_ids",
        )
    rows, seals = _rows(sorted(set(entry_ids)))
    checkpoint = _checkpoint_over(actor, max(seals))
    tree = _tree_of(checkpoint)
    content = {
        "format": FORMAT,
        "rows": rows,
        "seals": _seal_proofs(seals, tree),
        "checkpoints": _checkpoints(checkpoint, tree),
        "keys": [
            {"public_pem": key.public_pem, "endorsement": key.endorsement}
            for key in SigningKey.objects.order_by("pk")
        ],
    }
    audit.record(
        actor,
        "evidence.exported",
        object_type="evidence.package",
        object_label=str(checkpoint),
        data={"rows": len(rows), "first": rows[0]["id"], "last": rows[-1]["id"]},
    )
    return _zip(content)


def program_text(name: str) -> str:
    """Will give a program for people outside. Raises: NotFound (no such program)."""
    if name not in PROGRAMS:
        raise NotFound(_("没有这个程序"))
    return (STANDALONE / name).read_text("utf-8")


def _rows(entry_ids: list[int]) -> tuple[list[dict[str, Any]], dict[int, AuditSeal]]:
    audit.seal_entries()
    wanted: dict[int, set[int]] = {}
    seals: dict[int, AuditSeal] = {}
    for entry in AuditEntry.objects.filter(pk__in=entry_ids):
        seal = audit.seal_of(entry)
        if seal is None:
            raise Refused(
                _("记录 %(id)d 还未封存，请一分钟后再试") % {"id": entry.pk}, code="not_sealed"
            )
        wanted.setdefault(seal.number, set()).add(entry.pk)
        seals[seal.number] = seal
    if sum(map(len, wanted.values())) != len(entry_ids):
        raise InvalidInput(_("有的记录不存在"), field="entry_ids")
    rows = [row for number in sorted(wanted) for row in _rows_of(seals[number], wanted[number])]
    return rows, seals


def _rows_of(seal: AuditSeal, wanted: set[int]) -> list[dict[str, Any]]:
    leaves = audit.unpack_leaves(bytes(SealedLeaves.objects.get(pk=seal.pk).leaves))
    found = []
    for index, (entry_id, line) in enumerate(audit.lines_of(seal)):
        if entry_id not in wanted:
            continue
        if index >= len(leaves) or merkle.leaf_hash(line) != leaves[index]:
            raise Refused(_("记录 %(id)d 与封存不符，请先核验") % {"id": entry_id})
        path = merkle.inclusion(index, leaves)
        found.append(
            {
                "id": entry_id,
                "line": line.decode(),
                "seal": seal.number,
                "index": index,
                "path": [step.hex() for step in path],
            }
        )
    return found


def _checkpoint_over(actor: User, seal_number: int) -> Checkpoint:
    last = latest_checkpoint()
    return last if last and last.size >= seal_number else make_checkpoint(actor)


def _tree_of(checkpoint: Checkpoint) -> SealTree:
    """The tree a checkpoint signed. Raises: Refused (the seals no longer lead to its root)."""
    tree = SealTree(checkpoint.size)
    if tree.root().hex() != checkpoint.root:
        raise Refused(_("封存与检查点 %s 不符，请先核验") % checkpoint)
    return tree


def _seal_proofs(seals: dict[int, AuditSeal], tree: SealTree) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "leaf": next(text for _row, text in seal_leaves(number, after=number - 1)),
            "path": [step.hex() for step in tree.inclusion(number - 1)],
        }
        for number in sorted(seals)
    ]


def _checkpoints(newest: Checkpoint, tree: SealTree) -> list[dict[str, Any]]:
    """The newest checkpoint and those before it, each with the proof that the next goes on."""
    rows = Checkpoint.objects.filter(number__lte=newest.number, number__gt=newest.number - EARLIER)
    found = list(rows.select_related("stamp").prefetch_related("testimonies__witness"))
    found.reverse()
    told = []
    for place, checkpoint in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        proof: list[bytes] = []
        if following is not None and checkpoint.size:
            whole = tree if following.size == tree.size else SealTree(following.size)
            proof = whole.consistency(checkpoint.size)
        told.append(
            {
                "body": checkpoint.body,
                "signature": checkpoint.signature,
                "sm3": sm3(checkpoint.body),
                "to_next": [step.hex() for step in proof],
                "stamp": _stamp(checkpoint),
                "testimonies": [
                    {
                        "witness": said.witness.name,
                        "public_pem": said.witness.public_pem,
                        "statement": said.statement,
                        "signature": said.signature,
                    }
                    for said in checkpoint.testimonies.all()
                ],
            }
        )
    return told


def _stamp(checkpoint: Checkpoint) -> dict[str, str] | None:
    stamp = getattr(checkpoint, "stamp", None)
    if stamp is None:
        return None
    return {
        "authority": stamp.authority,
        "token": base64.b64encode(bytes(stamp.token)).decode(),
        "trusted": stamp.trusted,
    }


def _zip(content: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "package.json", json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        )
        for name in ("README.txt", PROGRAM):
            archive.writestr(name, (STANDALONE / name).read_text("utf-8"))
    return buffer.getvalue()
