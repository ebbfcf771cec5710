"""Lines taken in: read, covered, kept once, counted by the hour. Source: OP-07.

Called by the interface, the listener and the follower of our own files. A batch is one
transaction; the same batch again adds nothing.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from apps.accounts.models import Tenant
from apps.common import clock
from apps.journals.enums import Origin
from apps.journals.models import Host
from apps.journals.parsing import PROGRAM_MAX, Said, Unreadable, read, read_mapping
from apps.journals.partitions import LINES
from apps.nlp.search import vector_literal

MOST_LINES = 2_000
#: A line from longer ago or from the future is kept under the moment it came.
OLDEST, NEWEST = timedelta(days=7), timedelta(minutes=10)
#: Names anybody may make up are so many; lines of more are kept under one host.
MOST_HOSTS, OTHERS = 5_000, "others"
_INSERT = """
    insert into journals_line
        (at, key, host_id, program, level, origin, text, fields, search)
    select at, key, host_id, program, level, origin, text, fields, search::tsvector
    from unnest(%s::timestamptz[], %s::uuid[], %s::bigint[], %s::text[], %s::smallint[],
                %s::text[], %s::text[], %s::jsonb[], %s::text[])
        as t(at, key, host_id, program, level, origin, text, fields, search)
    on conflict do nothing
    returning host_id, program, level, date_trunc('hour', at)
"""
_COUNT = """
    insert into journals_hourcount as h (host_id, program, level, hour, count)
    select * from unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::int[])
    on conflict (host_id, program, level, hour) do update set count = h.count + excluded.count
"""


@dataclass(frozen=True)
class Taken:
    """What became of a batch: kept anew, kept before, and the places of those nobody could read."""

    kept: int
    repeated: int
    refused: tuple[int, ...]


def take_lines(
    raw: Iterable[str | bytes | Mapping[str, Any]],
    *,
    origin: Origin,
    host: str,
    batch: str = "",
    program: str = "",
) -> Taken:
    """Will keep a batch of lines, at most 2,000; what is more is the caller's error.

    host, program: of lines that name none. batch: lines that tell their time are kept once when
    they are sent again under the same name; "": every line is new. Makes the days and hosts
    it needs. Nothing is announced.
    Raises: ValueError (too many).
    """
    said: list[Said] = []
    refused = []
    for place, line in enumerate(raw):
        if place >= MOST_LINES:
            raise ValueError("a batch has at most 2,000 lines")
        try:
            said.append(read_mapping(line) if isinstance(line, Mapping) else read(line))
        except Unreadable:
            refused.append(place)
    kept = _keep(said, origin, host, batch or uuid.uuid4().hex, program) if said else 0
    return Taken(kept, len(said) - kept, tuple(refused))


@transaction.atomic
def _keep(said: Sequence[Said], origin: Origin, host: str, batch: str, program: str) -> int:
    now = clock.now()
    hosts = _hosts({one.host or host for one in said}, now)
    rows = []
    seen: Counter[bytes] = Counter()
    for one in said:
        at = one.at if one.at and now - OLDEST <= one.at <= now + NEWEST else now
        its_host = hosts.get(one.host or host) or hosts[OTHERS]
        name = (one.program or program)[:PROGRAM_MAX] or "-"
        told = f"{batch}\0{its_host}\0{name}\0{one.at}\0{one.text}".encode()
        seen[told] += 1
        key = uuid.UUID(bytes=blake2b(told + b"\0%d" % seen[told], digest_size=16).digest())
        rows.append(
            (at, key, its_host, name, int(one.level),
             origin.value, one.text, Jsonb(dict(one.fields)), vector_literal("", one.text))
        )  # fmt: skip
    LINES.ensure({timezone.localdate(row[0]) for row in rows})
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        counts = Counter(cursor.fetchall())
        if counts:
            keys = sorted(counts)  # in one order, so that two batches never wait for each other
            columns = [list(column) for column in zip(*keys, strict=True)]
            cursor.execute(_COUNT, [*columns, [counts[key] for key in keys]])
    return sum(counts.values())


def _hosts(names: set[str], now: datetime) -> dict[str, int]:
    """Keys by name. A new host lies in the area of the city's first body until somebody says."""
    known = dict(Host.objects.filter(name__in=names | {OTHERS}).values_list("name", "pk"))
    new = sorted(names - known.keys())
    if new and Host.objects.count() + len(new) > MOST_HOSTS:
        new = [OTHERS] if OTHERS not in known else []
    if not new:
        return known
    tenant = Tenant.objects.order_by("pk").first()
    area = tenant.area_id if tenant is not None else None
    Host.objects.bulk_create(
        [Host(name=name, area_id=area, seen_at=now) for name in new], ignore_conflicts=True
    )
    return dict(Host.objects.filter(name__in=names | {OTHERS}).values_list("name", "pk"))
