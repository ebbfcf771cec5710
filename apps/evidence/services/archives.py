"""Months of the log in signed files; the rows stay where they are (AU-02)."""

import gzip
import hashlib
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils.translation import gettext_lazy as _

from apps.audit import services as audit
from apps.audit.models import AuditSeal
from apps.common import clock
from apps.common.errors import Refused
from apps.evidence import selectors
from apps.evidence.models import Archive
from apps.evidence.services.checkpoints import write_once
from apps.evidence.services.keys import active_key, sign
from apps.evidence.services.leaves import canonical

TYPE = "citybrain.archive.v1"
_LOCK = 7_224_103  # advisory lock: one archive is made at a time


def archive_old() -> int:
    """Will archive every month that is old enough and not archived; gives their number."""
    months = selectors.months_to_archive()
    for month in months:
        make_archive(audit.SYSTEM, month_on=month)
    return len(months)


@transaction.atomic
def make_archive(actor: audit.Actor, *, month_on: date) -> Archive:
    """Will write one month of the log into a signed, write-once file; audited.

    A seal belongs to the month it was made in, so that no seal is cut in two. A second time
    changes nothing. Takes an advisory lock.
    Raises: Refused (the month is not over, has no seals, or a seal does not fit).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    month = month_on.replace(day=1)
    if found := Archive.objects.filter(month_on=month).first():
        return found
    following = (month + timedelta(days=32)).replace(day=1)
    if following > clock.today():
        raise Refused(_("该月尚未结束，不能归档"))
    seals = selectors.seals_between(month, following)
    figures = seals.aggregate(first=Min("number"), last=Max("number"))
    if figures["first"] is None:
        raise Refused(_("该月没有封存的记录"))
    path = f"archives/audit-{month:%Y-%m}.jsonl.gz"
    rows, content = _write(list(seals.order_by("number")))
    with content:
        target = write_once(path, content.read())
    archive = _keep(month, path, target, rows, figures)
    audit.record(
        actor,
        "audit.archived",
        object_type="evidence.archive",
        object_id=archive.pk,
        object_label=str(archive),
        data={"rows": rows, "digest": archive.digest},
    )
    return archive


def _write(seals: list[AuditSeal]) -> tuple[int, Any]:
    """Writes the lines as they were hashed, seal after seal; the same lines, the same bytes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed by the caller
    try:
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
            rows = sum(_write_seal(seal, packed) for seal in seals)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return rows, file


def _write_seal(seal: AuditSeal, packed: gzip.GzipFile) -> int:
    lines = [line + b"\n" for _entry_id, line in audit.lines_of(seal)]
    content = seal.previous_digest.encode() + b"".join(lines)
    if hashlib.sha256(content).hexdigest() != seal.digest:
        raise Refused(_("第 %(seal)d 号封存与记录不符，未归档") % {"seal": seal.number})
    packed.writelines(lines)
    return len(lines)


def _keep(month: date, path: str, target: Path, rows: int, figures: dict[str, int]) -> Archive:
    with target.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    key = active_key()
    statement = canonical(
        {
            "type": TYPE,
            "origin": settings.EVIDENCE_ORIGIN,
            "month": f"{month:%Y-%m}",
            "rows": rows,
            "first_seal": figures["first"],
            "last_seal": figures["last"],
            "digest": digest,
            "key": key.fingerprint,
        }
    )
    signature = sign(key, statement.encode())
    write_once(f"{path}.statement.json", statement.encode())
    write_once(f"{path}.signature.txt", signature.encode())
    return Archive.objects.create(
        month_on=month,
        rows=rows,
        first_seal=figures["first"],
        last_seal=figures["last"],
        path=path,
        size_bytes=target.stat().st_size,
        digest=digest,
        statement=statement,
        signature=signature,
        key=key,
        made_at=clock.now(),
    )
