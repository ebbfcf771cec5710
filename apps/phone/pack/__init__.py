"""The day pack: what a worker's phone holds while there is no network.

Made of sections, each with a digest; a phone names those it has and gets only what differs. What
is in a section is what its own app lets this worker see today. Source: GR-14.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.phone.pack.holder import Holder
from apps.phone.pack.sections import SECTIONS

__all__ = ["SECTIONS", "Pack", "build", "note_taken"]

ENDS_AT = time(4, 0)  # of the next day: nobody's shift is cut at midnight
DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Pack:
    """body: gzipped JSON. sizes: bytes of each section's JSON; counts: how many things in it."""

    body: bytes
    etag: str
    sizes: dict[str, int]
    counts: dict[str, int]
    sent: tuple[str, ...]


def build(user: User, *, have: str = "") -> Pack:
    """Will make the pack of today for a worker.

    have: "name:digest,…" of the sections the phone holds; those are named, not sent again.
    """
    held = dict(part.split(":", 1) for part in have.split(",") if ":" in part)
    holder = Holder.of(user)
    parts, sizes, counts, sent = [], {}, {}, []
    digests = {}
    for name, make in SECTIONS.items():
        data = make(holder)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
        digests[name], sizes[name], counts[name] = digest, len(text.encode()), _count(data)
        shown = "" if held.get(name) == digest else f',"data":{text}'
        if shown:
            sent.append(name)
        parts.append(f'"{name}":{{"digest":"{digest}"{shown}}}')
    head = {"day": holder.day.isoformat(), "expires_at": _end(holder.day), "sizes": sizes}
    body = f'{json.dumps(head)[:-1]},"sections":{{{",".join(parts)}}}}}'
    everything = json.dumps([holder.day.isoformat(), digests], sort_keys=True)
    etag = f'"{hashlib.sha256(everything.encode()).hexdigest()[:DIGEST_LENGTH]}"'
    return Pack(gzip.compress(body.encode(), 5), etag, sizes, counts, tuple(sent))


def note_taken(user: User, pack: Pack) -> None:
    """Will log that a phone has taken a pack, and what was in it by number."""
    record(
        user,
        "phone.pack_taken",
        data={"sections": list(pack.sent), "counts": pack.counts, "bytes": len(pack.body)},
    )


def _count(data: Any) -> int:
    if isinstance(data, dict):
        return len(data.get("features", data))
    return len(data)


def _end(day: date) -> str:
    naive = datetime.combine(day + timedelta(days=1), ENDS_AT)
    return timezone.make_aware(naive, timezone.get_default_timezone()).isoformat()
