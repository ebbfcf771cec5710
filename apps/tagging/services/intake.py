"""Reads taken in: whose they are, kept once, folded into passages; unknown tags counted.

A call is one transaction; its answer says of every item what became of it. The readers are
locked in order, so that two calls of one reader follow each other. Registration of a tag waits
for the calls that run: a read is folded by the one or by the other. Source: IO-14, IO-20,
docs/decisions/0103.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.common import clock
from apps.sensing.enums import Refusal
from apps.sensing.models import Device
from apps.sensing.sent import AHEAD
from apps.sensing.services import Proven, count_refusals
from apps.sensing.services.flushing import note_seen
from apps.tagging.enums import LOCATORS
from apps.tagging.models import Passage, Reader, Tag, TagRead, UnknownTag
from apps.tagging.sent import Sighting, Unfit, sighting_of
from apps.tagging.services.passages import store_passages

Sender = User | Device | Proven

#: Reads in one call; more are sent in several.
MOST_READS = 5000
#: Unknown tags of one reader that are kept by name; the others are counted together.
MOST_UNKNOWN = 5000
#: Advisory lock: shared by intakes, alone for who registers a tag.
_REGISTER = 7_313_014
_KEEP = """
    insert into tagging_tagread (reader_id, epc, antenna, at, rssi, lon, lat, arrived_at)
    select *, %s from unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[],
        %s::float8[], %s::float8[], %s::float8[])
    on conflict (reader_id, epc, at, antenna) do nothing
    returning reader_id, epc, antenna, at, rssi, lon, lat
"""
_COUNT = """
    insert into tagging_unknowntag (reader_id, epc, count, first_at, last_at)
    values (%s, %s, %s, %s, %s)
    on conflict (reader_id, epc) do update set
        count = tagging_unknowntag.count + excluded.count,
        first_at = least(tagging_unknowntag.first_at, excluded.first_at),
        last_at = greatest(tagging_unknowntag.last_at, excluded.last_at)
"""


@dataclass
class Answer:
    """What became of a call. states: of each item; wrong: index, why, field.

    stored, duplicate; unknown: of a tag nobody registered, counted; ignored: the same at a
    reader that hears strangers' telephones, nothing of it is kept; refused.
    """

    states: list[str] = field(default_factory=list)
    wrong: list[tuple[int, Refusal, str]] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """How many items came to what."""
        return Counter(self.states)


@dataclass(frozen=True)
class _Taken:
    """One item that can be kept. index: its place in the call."""

    index: int
    reader: Reader
    read: Sighting

    @property
    def key(self) -> tuple[int, str, int, datetime]:
        """By which the same read is known again."""
        return self.reader.pk, self.read.epc, self.read.antenna, self.read.at


def take_reads(items: Sequence[Any], *, sender: Sender) -> Answer:
    """Will keep what readers read, fold it into passages and judge those by the rules.

    sender: a device speaks of itself, a program of the readers its account may reach, the
    broker of each item's own. items: see ``sent``; at most ``MOST_READS`` (the caller has
    counted). Once this returns outside a transaction, what it answers as stored is committed.
    The same read twice is once.
    """
    now = clock.now()
    nodes = _nodes(items, sender)
    answer = Answer(["refused"] * len(items))
    with transaction.atomic():
        _share_register()
        readers = _lock_readers(nodes, sender)
        taken = _read(items, nodes, readers, answer, now)
        known = _known_tags(taken)
        taken = _drop_strangers(taken, known, answer)
        taken = _bound_flood(taken, answer, now)
        fresh = _keep(taken, known, answer, now)
        store_passages((one.reader, known[one.read.epc], one.read) for one in fresh)
        _note_heard(taken, now)
    count_refusals(_counted(answer, nodes), now=now)
    return answer


@transaction.atomic
def hear_readers(nodes: Collection[str]) -> int:
    """Will note that readers live that have nothing to tell; gives how many are known."""
    now = clock.now()
    found = Reader.objects.filter(device__node__in=nodes, device__is_active=True)
    heard = dict.fromkeys(found.values_list("device", flat=True), (now, "online"))
    if heard:
        note_seen(heard, now=now)
    return len(heard)


def fold_unknown(tags: Iterable[Tag]) -> list[Passage]:
    """Will fold the reads kept of tags before they were registered, and forget them as unknown.

    In the caller's transaction, which holds ``alone_with_the_register``.
    """
    known = {tag.epc: tag for tag in tags}
    found = TagRead.objects.filter(epc__in=known).select_related("reader__device__asset")
    reads = [
        (
            read.reader,
            known[read.epc],
            Sighting(read.epc, read.antenna, read.at, read.rssi, read.lon, read.lat),
        )
        for read in found
    ]
    UnknownTag.objects.filter(epc__in=known).delete()
    return store_passages(reads)


def alone_with_the_register() -> None:
    """Will wait until no intake runs and keep others waiting until commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_REGISTER])


def _share_register() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [_REGISTER])


def _nodes(items: Sequence[Any], sender: Sender) -> list[str]:
    """Of each item the reader it is of; "" where it names none, or another than it may."""
    if isinstance(sender, Proven):
        owns: Sequence[str] = sender.nodes
    else:
        owns = [sender.node if isinstance(sender, Device) else ""] * len(items)
    found = []
    for item, own in zip(items, owns, strict=True):
        told = item.get("node", own) if isinstance(item, dict) else own
        found.append(told if isinstance(told, str) and own in ("", told) else "")
    return found


def _lock_readers(nodes: Sequence[str], sender: Sender) -> dict[str, Reader]:
    plain = {node for node in nodes if node and node.isascii() and node.isprintable()}
    found = Reader.objects.select_for_update(of=("self",)).filter(device__node__in=plain)
    if isinstance(sender, User):
        found = found.filter(reach_q(sender, "device__asset__"))
    found = found.select_related("device__asset").order_by("pk")
    return {reader.device.node: reader for reader in found}


def _read(
    items: Sequence[Any],
    nodes: Sequence[str],
    readers: Mapping[str, Reader],
    answer: Answer,
    now: datetime,
) -> list[_Taken]:
    oldest = now - timedelta(days=settings.TAG_READ_KEEP_DAYS)
    taken = []
    for index, (item, node) in enumerate(zip(items, nodes, strict=True)):
        reader = readers.get(node)
        if not isinstance(item, dict):
            answer.wrong.append((index, Refusal.SHAPE, ""))
        elif not node:
            answer.wrong.append((index, Refusal.OTHER_NODE, "node"))
        elif reader is None:
            answer.wrong.append((index, Refusal.UNKNOWN_NODE, "node"))
        elif not reader.device.is_active:
            answer.wrong.append((index, Refusal.STOPPED, "node"))
        else:
            read = sighting_of(item, kind=reader.kind, now=now, oldest=oldest, latest=now + AHEAD)
            if isinstance(read, Unfit):
                answer.wrong.append((index, read.reason, read.field))
            else:
                taken.append(_Taken(index, reader, read))
    return taken


def _known_tags(taken: Sequence[_Taken]) -> dict[str, Tag]:
    found = Tag.objects.filter(epc__in={one.read.epc for one in taken})
    return {tag.epc: tag for tag in found}


def _drop_strangers(
    taken: Sequence[_Taken], known: Mapping[str, Tag], answer: Answer
) -> list[_Taken]:
    """Of what a locator heard nothing stays that is no tag of the register."""
    kept = []
    for one in taken:
        if one.read.epc in known or one.reader.kind not in LOCATORS:
            kept.append(one)
        else:
            answer.states[one.index] = "ignored"
    return kept


def _bound_flood(taken: Sequence[_Taken], answer: Answer, now: datetime) -> list[_Taken]:
    """No reader stores more than so many reads a minute, whatever it sends."""
    room: dict[int, int] = {}
    kept = []
    for one in taken:
        key = one.reader.pk
        if key not in room:
            recent = TagRead.objects.filter(
                reader=one.reader, arrived_at__gt=now - timedelta(minutes=1)
            )
            room[key] = settings.TAG_READS_PER_MINUTE - recent.count()
        room[key] -= 1
        if room[key] >= 0:
            kept.append(one)
        else:
            answer.wrong.append((one.index, Refusal.FLOOD, ""))
    return kept


def _keep(
    taken: Sequence[_Taken], known: Mapping[str, Tag], answer: Answer, now: datetime
) -> list[_Taken]:
    """Stores the reads; gives the new ones of known tags, and counts those of unknown tags."""
    named = _names_kept([one for one in taken if one.read.epc not in known])
    counted: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    to_keep: dict[tuple[int, str, int, datetime], _Taken] = {}
    for one in taken:
        is_known = one.read.epc in known
        answer.states[one.index] = "duplicate" if is_known else "unknown"
        if is_known or (one.reader.pk, one.read.epc) in named:
            to_keep.setdefault(one.key, one)
        else:
            counted[one.reader.pk, ""].append(one.read.at)
    fresh = []
    for key in _insert(to_keep, now):
        one = to_keep[key]
        if one.read.epc in known:
            answer.states[one.index] = "stored"
            fresh.append(one)
        else:
            counted[one.reader.pk, one.read.epc].append(one.read.at)
    with connection.cursor() as cursor:
        for (reader_id, epc), moments in sorted(counted.items()):
            cursor.execute(_COUNT, [reader_id, epc, len(moments), min(moments), max(moments)])
    return fresh


def _names_kept(strangers: Sequence[_Taken]) -> set[tuple[int, str]]:
    """Readers and numbers of unknown tags that are kept by name, as long as there is room."""
    found: set[tuple[int, str]] = set()
    asked: dict[int, set[str]] = defaultdict(set)
    for one in strangers:
        asked[one.reader.pk].add(one.read.epc)
    for reader_id, numbers in asked.items():
        standing = UnknownTag.objects.filter(reader=reader_id).exclude(epc="")
        there = set(standing.filter(epc__in=numbers).values_list("epc", flat=True))
        room = max(0, MOST_UNKNOWN - standing.count())
        found |= {(reader_id, epc) for epc in [*there, *sorted(numbers - there)[:room]]}
    return found


def _insert(
    to_keep: Mapping[tuple[int, str, int, datetime], _Taken], now: datetime
) -> list[tuple[int, str, int, datetime]]:
    """Gives the keys of those that were not there yet."""
    if not to_keep:
        return []
    rows = [
        (reader_id, epc, antenna, at, one.read.rssi, one.read.lon, one.read.lat)
        for (reader_id, epc, antenna, at), one in to_keep.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now, *map(list, zip(*rows, strict=True))])
        return [(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]


def _note_heard(taken: Sequence[_Taken], now: datetime) -> None:
    """A reader that sent something usable is heard."""
    newest: dict[int, datetime] = {}
    for one in taken:
        key, at = one.reader.device_id, min(one.read.at, now)
        newest[key] = max(newest.get(key, at), at)
    if newest:
        note_seen({key: (at, "online") for key, at in newest.items()}, now=now)


def _counted(answer: Answer, nodes: Sequence[str]) -> dict[tuple[Refusal, str], tuple[int, str]]:
    counted: dict[tuple[Refusal, str], tuple[int, str]] = {}
    for index, reason, name in answer.wrong:
        key = (reason, nodes[index][:64])
        counted[key] = (counted.get(key, (0, ""))[0] + 1, name)
    return counted
