"""Sealing the log and proving it whole; the method is told in ``apps.audit.models``."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from apps.audit.models import AuditEntry, AuditSeal
from apps.common import clock

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


@dataclass(frozen=True)
class ChainReport:
    """What ``verify_chain`` found. broken_seal: number of the first one at fault, or None."""

    seals: int
    entries: int
    unsealed: int
    head_digest: str
    broken_seal: int | None = None
    reason: str = ""

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


def seal_entries() -> int:
    """Will seal every entry whose transaction can no longer change, and give their number.

    Takes an advisory lock; a second sealer at the same time does nothing.
    """
    sealed = 0
    while count := _seal_batch():
        sealed += count
    return sealed


def verify_chain() -> ChainReport:
    """Will recompute every seal and report the first one that does not match.

    Reads the log as a stream. What is sealed does not change under the reader, so no lock or
    snapshot is needed.
    """
    seals = list(AuditSeal.objects.order_by("number"))
    ceilings = _ceilings(seals)
    entries, before = 0, None
    for number, seal in enumerate(seals, start=1):
        reason = _check_place(seal, number, before)
        if not reason:
            reason = _check_content(seal, ceilings[seal.run])
        if reason:
            return _report(seals, entries, broken_seal=seal.number, reason=reason)
        entries += seal.count
        before = seal
    return _report(seals, entries)


def _report(seals: list[AuditSeal], entries: int, **fault: Any) -> ChainReport:
    return ChainReport(
        seals=len(seals),
        entries=entries,
        unsealed=max(0, AuditEntry.objects.count() - sum(seal.count for seal in seals)),
        head_digest=seals[-1].digest if seals else GENESIS,
        **fault,
    )


def _check_place(seal: AuditSeal, number: int, before: AuditSeal | None) -> str:
    if seal.number != number:
        return "a seal is missing before this one"
    if seal.previous_digest != (before.digest if before else GENESIS):
        return "it does not follow the seal before it"
    same_run = before is not None and before.run == seal.run
    if same_run and before is not None and seal.from_txid != before.to_txid:
        return "there is a gap before it"
    if not same_run and seal.from_txid != 0:
        return "its run does not begin at the beginning"
    return ""


def _check_content(seal: AuditSeal, ceiling_id: int) -> str:
    covered = _Range(seal.run, seal.floor_id, seal.from_txid, seal.to_txid, ceiling_id)
    digest, ids = _digest(seal.previous_digest, covered)
    if len(ids) != seal.count:
        return f"it covers {seal.count} entries, {len(ids)} are there"
    return "" if digest == seal.digest else "an entry was changed"


def _ceilings(seals: list[AuditSeal]) -> dict[int, int]:
    """The ids a run may cover end at the floor of the next run."""
    floors = {seal.run: seal.floor_id for seal in seals}
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
    digest, ids = _digest(previous, found)
    AuditSeal.objects.create(
        number=last.number + 1 if last else 1,
        run=found.run,
        floor_id=found.floor_id,
        from_txid=found.from_txid,
        to_txid=found.to_txid,
        first_id=min(ids),
        last_id=max(ids),
        count=len(ids),
        previous_digest=previous,
        digest=digest,
        sealed_at=clock.now(),
    )
    return len(ids)


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


def _digest(previous: str, covered: _Range) -> tuple[str, list[int]]:
    chain = hashlib.sha256(previous.encode())
    ids = []
    for line, entry_id in _lines(covered):
        chain.update(line + b"\n")
        ids.append(entry_id)
    return chain.hexdigest(), ids


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
