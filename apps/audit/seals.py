"""Sealing the log and proving it whole; the method is told in ``apps.audit.models``."""

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum

from apps.audit.enums import Fault
from apps.audit.models import AuditEntry, AuditSeal, SealedLeaves
from apps.common import clock, merkle

BATCH = 10_000  # entries per seal, more only where one transaction wrote more
FETCH = 2_000  # rows held in memory while reading
GENESIS = "0" * 64
_LOCK = 7_224_001  # advisory lock: one sealer at a time
_COLUMNS = (
    "id, at, actor_id, actor_name, action, object_type, object_id, object_label, "
    "data::text, host(ip), request_id, txid::text::bigint"
)
# Only constants are put into the statements; values are parameters.
_MEMBERS = (
    "FROM audit_auditentry WHERE txid >= %s::text::xid8 AND txid < %s::text::xid8"
    " AND id > %s AND id <= %s"
)
_NO_CEILING = 2**63 - 1


CATCH_UP = 20  # seals without leaves that one round completes


@dataclass(frozen=True)
class BrokenEntry:
    """The first entry that does not fit.

    sequence: its place in the whole log, from 1. at: its own time, or when it was sealed if
    the entry is gone.
    """

    sequence: int
    entry_id: int
    at: datetime
    fault: Fault


@dataclass(frozen=True)
class ChainReport:
    """What ``verify_chain`` found. broken_seal: number of the first one at fault, or None.

    broken_entry: the very entry, where the leaves of that seal still tell.
    """

    seals: int
    entries: int
    unsealed: int
    head_digest: str
    broken_seal: int | None = None
    fault: Fault | None = None
    reason: str = ""
    broken_entry: BrokenEntry | None = None

    @property
    def whole(self) -> bool:
        return self.broken_seal is None


@dataclass(frozen=True)
class _Range:
    run: int
    floor_id: int
    from_txid: int
    to_txid: int
    ceiling_id: int = _NO_CEILING

    @property
    def parameters(self) -> list[int]:
        return [self.from_txid, self.to_txid, self.floor_id, self.ceiling_id]


@dataclass(frozen=True)
class _Content:
    """What the entries of a range come to."""

    digest: str
    ids: list[int]
    leaves: list[bytes]

    @property
    def root(self) -> str:
        return merkle.root(self.leaves).hex()


def seal_entries() -> int:
    """Will seal every entry whose transaction can no longer change, and give their number.

    Takes an advisory lock; a second sealer at the same time does nothing.
    """
    sealed = 0
    while count := _seal_batch():
        sealed += count
    _catch_up()
    return sealed


def verify_chain(*, after: int = 0) -> ChainReport:
    """Will recompute every seal behind number ``after`` and report the first that is at fault.

    Reads the log as a stream. What is sealed does not change under the reader, so no lock or
    snapshot is needed.
    """
    sealed = AuditSeal.objects.order_by("number")
    ceilings = _ceilings()
    before = sealed.filter(number=after).first()
    known = sealed.filter(number__lte=after).aggregate(n=Count("pk"), entries=Sum("count"))
    entries = known["entries"] or 0
    rest = sealed.filter(number__gt=after).iterator(chunk_size=FETCH)
    for number, seal in enumerate(rest, start=known["n"] + 1):
        found = _check_place(seal, number, before)
        broken = None
        if found is None:
            found, broken = _check_content(seal, ceilings[seal.run], entries)
        if found is not None:
            return _report(entries, seal, found, broken)
        entries += seal.count
        before = seal
    return _report(entries)


def lines_of(seal: AuditSeal) -> list[tuple[int, bytes]]:
    """Will give the entries of a seal as they are hashed: their key and their line."""
    covered = _covered(seal, _ceilings()[seal.run])
    return [(entry_id, line) for line, entry_id in _lines(covered)]


def seal_of(entry: AuditEntry) -> AuditSeal | None:
    """Will give the seal that covers an entry; None while it waits for one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.number FROM audit_auditseal s JOIN audit_auditentry e ON e.id = %s"
            " WHERE e.txid >= s.from_txid::text::xid8 AND e.txid < s.to_txid::text::xid8"
            " AND s.first_id <= e.id AND e.id <= s.last_id ORDER BY s.number",
            [entry.pk],
        )
        numbers = [row[0] for row in cursor.fetchall()]
    for leaves in SealedLeaves.objects.filter(seal__in=numbers).select_related("seal"):
        if entry.pk in unpack_ids(leaves.ids):
            return leaves.seal
    return None


def unpack_ids(packed: bytes | memoryview) -> tuple[int, ...]:
    """Will give the keys kept in ``SealedLeaves.ids``."""
    return struct.unpack(f">{len(packed) // 8}q", packed)


def unpack_leaves(packed: bytes | memoryview) -> list[bytes]:
    """Will give the digests kept in ``SealedLeaves.leaves``."""
    size = merkle.DIGEST_BYTES
    return [bytes(packed[at : at + size]) for at in range(0, len(packed), size)]


_WORDS = {
    Fault.SEAL_MISSING: "a seal is missing before this one",
    Fault.UNLINKED: "it does not follow the seal before it",
    Fault.GAP: "there is a gap before it",
    Fault.RUN_START: "its run does not begin at the beginning",
    Fault.COUNT: "it covers {count} entries, {present} are there",
    Fault.CONTENT: "an entry was changed",
    Fault.LEAVES: "the digests of its entries were changed",
}


@dataclass(frozen=True)
class _Found:
    fault: Fault
    reason: str


def _found(fault: Fault, **figures: int) -> _Found:
    return _Found(fault, _WORDS[fault].format(**figures))


def _report(
    entries: int,
    seal: AuditSeal | None = None,
    found: _Found | None = None,
    broken: BrokenEntry | None = None,
) -> ChainReport:
    whole = AuditSeal.objects.aggregate(n=Count("pk"), entries=Sum("count"))
    head = AuditSeal.objects.order_by("-number").first()
    return ChainReport(
        seals=whole["n"],
        entries=entries,
        unsealed=max(0, AuditEntry.objects.count() - (whole["entries"] or 0)),
        head_digest=head.digest if head else GENESIS,
        broken_seal=seal.number if seal else None,
        fault=found.fault if found else None,
        reason=found.reason if found else "",
        broken_entry=broken,
    )


def _check_place(seal: AuditSeal, number: int, before: AuditSeal | None) -> _Found | None:
    if seal.number != number:
        return _found(Fault.SEAL_MISSING)
    if seal.previous_digest != (before.digest if before else GENESIS):
        return _found(Fault.UNLINKED)
    same_run = before is not None and before.run == seal.run
    if same_run and before is not None and seal.from_txid != before.to_txid:
        return _found(Fault.GAP)
    if not same_run and seal.from_txid != 0:
        return _found(Fault.RUN_START)
    return None


def _check_content(
    seal: AuditSeal, ceiling_id: int, entries_before: int
) -> tuple[_Found | None, BrokenEntry | None]:
    content = _read(seal.previous_digest, _covered(seal, ceiling_id))
    kept = SealedLeaves.objects.filter(pk=seal.pk).first()
    broken = _first_broken(seal, content, kept, entries_before) if kept else None
    if len(content.ids) != seal.count:
        return _found(Fault.COUNT, count=seal.count, present=len(content.ids)), broken
    if content.digest != seal.digest:
        return _found(Fault.CONTENT), broken
    if kept is not None and kept.root != content.root:
        return _found(Fault.LEAVES), None
    return (_found(Fault.LEAVES), None) if broken else (None, None)


def _first_broken(
    seal: AuditSeal, content: _Content, kept: SealedLeaves, entries_before: int
) -> BrokenEntry | None:
    """Where what is there leaves what was sealed; both are in order of (txid, id)."""
    sealed = list(zip(unpack_ids(kept.ids), unpack_leaves(kept.leaves), strict=False))
    present = list(zip(content.ids, content.leaves, strict=True))
    sealed_ids = {entry_id for entry_id, _leaf in sealed}
    for place in range(max(len(sealed), len(present))):
        mine = present[place] if place < len(present) else None
        ours = sealed[place] if place < len(sealed) else None
        if mine == ours:
            continue
        if mine is not None and ours is not None and mine[0] == ours[0]:
            entry_id, fault = mine[0], Fault.ENTRY_CHANGED
        elif mine is not None and mine[0] not in sealed_ids:
            entry_id, fault = mine[0], Fault.ENTRY_ADDED
        elif ours is not None:
            entry_id, fault = ours[0], Fault.ENTRY_MISSING
        else:
            continue
        entry = AuditEntry.objects.filter(pk=entry_id).first()
        at = entry.at if entry else seal.sealed_at
        return BrokenEntry(entries_before + place + 1, entry_id, at, fault)
    return None


def _covered(seal: AuditSeal, ceiling_id: int) -> _Range:
    return _Range(seal.run, seal.floor_id, seal.from_txid, seal.to_txid, ceiling_id)


def _ceilings() -> dict[int, int]:
    """The ids a run may cover end at the floor of the next run."""
    floors = dict(AuditSeal.objects.order_by("run").distinct("run").values_list("run", "floor_id"))
    return {run: floors.get(run + 1, _NO_CEILING) for run in floors}


@transaction.atomic
def _seal_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = int(cursor.fetchone()[0])
    last = AuditSeal.objects.order_by("-number").first()
    found = _next_range(last, horizon)
    if found is None:
        return 0
    previous = last.digest if last else GENESIS
    content = _read(previous, found)
    ids = content.ids
    seal = AuditSeal.objects.create(
        number=last.number + 1 if last else 1,
        run=found.run,
        floor_id=found.floor_id,
        from_txid=found.from_txid,
        to_txid=found.to_txid,
        first_id=min(ids),
        last_id=max(ids),
        count=len(ids),
        previous_digest=previous,
        digest=content.digest,
        sealed_at=clock.now(),
    )
    _keep_leaves(seal, content)
    return len(ids)


def _keep_leaves(seal: AuditSeal, content: _Content) -> None:
    SealedLeaves.objects.create(
        seal=seal,
        root=content.root,
        ids=struct.pack(f">{len(content.ids)}q", *content.ids),
        leaves=b"".join(content.leaves),
    )


@transaction.atomic
def _catch_up() -> None:
    """Gives old seals their leaves; one that no longer fits gets none: ``verify_chain`` says it."""
    bare = list(AuditSeal.objects.filter(sealed_leaves=None).order_by("number")[:CATCH_UP])
    if not bare:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return
    ceilings = _ceilings()
    for seal in AuditSeal.objects.filter(pk__in=[s.pk for s in bare], sealed_leaves=None):
        content = _read(seal.previous_digest, _covered(seal, ceilings[seal.run]))
        if content.digest == seal.digest:
            _keep_leaves(seal, content)


def _next_range(last: AuditSeal | None, horizon: int) -> _Range | None:
    """The next entries to seal, cut after about BATCH of them; None where there are none."""
    if last is None:
        return _cut(_Range(run=1, floor_id=0, from_txid=0, to_txid=horizon))
    if horizon >= last.to_txid:
        return _cut(_Range(last.run, last.floor_id, last.to_txid, horizon))
    # Restored from a dump: first what the old run left open, then a run of its own.
    left_over = _cut(_Range(last.run, last.floor_id, last.to_txid, 2**62))
    if left_over is not None:
        return left_over
    floor_id = max(AuditSeal.objects.values_list("last_id", flat=True))
    return _cut(_Range(run=last.run + 1, floor_id=floor_id, from_txid=0, to_txid=horizon))


def _cut(wide: _Range) -> _Range | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT txid::text::bigint {_MEMBERS} ORDER BY audit_auditentry.txid LIMIT %s",
            [*wide.parameters, BATCH],
        )
        found = [int(row[0]) for row in cursor.fetchall()]
    if not found:
        return None
    if len(found) < BATCH and wide.to_txid < 2**62:
        return wide
    return _Range(wide.run, wide.floor_id, wide.from_txid, found[-1] + 1)


def _read(previous: str, covered: _Range) -> _Content:
    chain = hashlib.sha256(previous.encode())
    ids, leaves = [], []
    for line, entry_id in _lines(covered):
        chain.update(line + b"\n")
        ids.append(entry_id)
        leaves.append(merkle.leaf_hash(line))
    return _Content(chain.hexdigest(), ids, leaves)


def _lines(covered: _Range) -> Iterator[tuple[bytes, int]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} {_MEMBERS} ORDER BY audit_auditentry.txid, id",
            covered.parameters,
        )
        while rows := cursor.fetchmany(FETCH):
            for row in rows:
                yield json.dumps([_plain(v) for v in row], ensure_ascii=False).encode(), row[0]


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
