"""The list of tombstones outside the database, and applying it to a restored backup.

A backup from before a case was forgotten brings its people back. The ledger, a file that only
grows, holds numbers, rules and digests and no content; it is kept apart from the backups.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from apps.audit.services import SYSTEM
from apps.common.discarding import remove_orphans
from apps.common.errors import InvalidInput
from apps.matters.enums import Depth
from apps.matters.models import Case, Tombstone
from apps.matters.services import Condemned, forget_cases

PORTION = 100
_TAIL_BYTES = 1_048_576  # more than the lines of one portion


@dataclass
class Reapplied:
    """What came of a ledger. strangers: lines whose case is none here, or another's number."""

    lines: int = 0
    forgotten: int = 0
    standing: int = 0
    strangers: int = 0
    files: int = 0


def write_ledger() -> int:
    """Will append the tombstones the ledger lacks, in order, and give their number.

    One process at a time: the caller holds the lock of the pass, or stands alone.
    """
    path = Path(settings.RETENTION_LEDGER)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("a+b") as file:
        os.chmod(path, 0o600)
        since, there = _last(file)
        stones = Tombstone.objects.exclude(case_id__in=there).order_by("at", "pk")
        if since is not None:
            stones = stones.filter(at__gte=since)
        for stone in stones.iterator(2000):
            file.write(json.dumps(_line(stone), ensure_ascii=False).encode() + b"\n")
            written += 1
        if written:
            file.flush()
            os.fsync(file.fileno())
    return written


def reapply(path: Path) -> Reapplied:
    """Will forget again what a ledger says was forgotten; safe to run twice.

    For a database restored from a backup, before it is opened to people: what the backup holds
    against it (a dispute then open) was over when the tombstone was written.
    Raises: InvalidInput (a line is no line of a ledger; what came before it is done).
    """
    done = Reapplied()
    lines = _read(path)
    while portion := list(islice(lines, PORTION)):
        _reapply(portion, done)
    write_ledger()
    return done


@transaction.atomic
def _reapply(lines: list[dict[str, Any]], done: Reapplied) -> None:
    known = dict(
        Case.objects.filter(pk__in=[line["case"] for line in lines]).values_list("pk", "number")
    )
    stones = set(Tombstone.objects.filter(case_id__in=known).values_list("case_id", flat=True))
    condemned = []
    for line in lines:
        done.lines += 1
        if known.get(line["case"]) != line["number"]:
            done.strangers += 1
        elif line["case"] in stones:
            done.standing += 1
        else:
            condemned.append(_condemned(line))
    done.forgotten += len(forget_cases(SYSTEM, condemned, despite_reasons=True))
    done.files += remove_orphans({digest for line in lines for digest in line["files"]})


def _condemned(line: dict[str, Any]) -> Condemned:
    at = datetime.fromisoformat(line["at"])
    return Condemned(line["case"], Depth(line["depth"]), line["rule"], at, first_at=at)


def _line(stone: Tombstone) -> dict[str, Any]:
    return {
        "case": stone.case_id,
        "number": stone.number,
        "at": (stone.reapplied_from or stone.at).isoformat(),
        "stood": stone.at.isoformat(),
        "depth": stone.depth,
        "rule": stone.rule,
        "files": stone.files,
        "digest": stone.digest,
    }


def _last(file: BinaryIO) -> tuple[datetime | None, set[int]]:
    """The moment of the last tombstone a ledger holds, and the cases of that moment in it.

    Half a line at its end, of a process that died, is cut off.
    """
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _TAIL_BYTES)
    file.seek(start)
    tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        file.truncate(start + whole)
    lines = tail[:whole].splitlines()
    if not lines:
        return None, set()
    known = [json.loads(line) for line in lines[1 if start else 0 :]]
    last = known[-1]["stood"]
    return datetime.fromisoformat(last), {one["case"] for one in known if one["stood"] == last}


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            try:
                line = json.loads(text)
                _condemned(line)
                if not isinstance(line["files"], list):
                    raise TypeError("files")
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInput(f"{path}:{number}: {error}", field="line") from error
            yield line
