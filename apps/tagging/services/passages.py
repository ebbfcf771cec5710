"""Reads into passages: folded, bound to what the tag was on at that moment, judged by rules.

Called in the transaction of the intake, or of the registration of a tag that was unknown.
Locks the tags in order, so that two intakes fold the reads of one tag one after the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from django.db import connection

from apps.places.geometry import point
from apps.tagging.enums import Direction, ReaderKind
from apps.tagging.folding import Seen, chains, direction_of, folded
from apps.tagging.models import Binding, Passage, Reader, Tag
from apps.tagging.sent import Sighting
from apps.tagging.services.judging import judge

#: A key of a reader and a key of a tag.
At = tuple[int, int]
_MOVE = """
    insert into tagging_lastplace (asset_id, reader_id, point, at)
    values (%s, %s, st_geomfromewkb(%s), %s)
    on conflict (asset_id) do update set
        reader_id = excluded.reader_id, point = excluded.point, at = excluded.at
    where excluded.at > tagging_lastplace.at
"""


def store_passages(reads: Iterable[tuple[Reader, Tag, Sighting]]) -> list[Passage]:
    """Will fold reads nobody has folded yet into passages and give those written.

    The readers' reads of these tags are the caller's to protect: tags are locked here.
    """
    new: dict[At, list[Seen]] = defaultdict(list)
    readers: dict[int, Reader] = {}
    tags: set[int] = set()
    for reader, tag, read in reads:
        new[reader.pk, tag.pk].append(_seen(reader, read))
        readers[reader.pk] = reader
        tags.add(tag.pk)
    if not new:
        return []
    locked = {
        tag.pk: tag
        for tag in Tag.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk__in=tags)
        .order_by("pk")
    }
    spans = _spans(tags)
    standing = _standing(new, readers)
    written = []
    for (reader_id, tag_id), parts in sorted(new.items()):
        reader = readers[reader_id]
        written += [
            _write(reader, locked[tag_id], chain, spans[tag_id])
            for chain in chains([*parts, *standing[reader_id, tag_id]], _window(reader))
            if any(part.key is None for part in chain)
        ]
    judge(written)
    return written


def _seen(reader: Reader, read: Sighting) -> Seen:
    told = reader.antennas.get(str(read.antenna), "")
    place = (read.lon, read.lat) if read.lon is not None and read.lat is not None else None
    return Seen(
        read.at,
        read.at,
        best_rssi=read.rssi,
        ins=int(told == Direction.IN),
        outs=int(told == Direction.OUT),
        place=place,
    )


def _window(reader: Reader) -> timedelta:
    return timedelta(seconds=reader.window_s)


def _spans(tags: Iterable[int]) -> dict[int, list[Binding]]:
    found: dict[int, list[Binding]] = defaultdict(list)
    bindings = Binding.objects.filter(tag__in=tags)
    for binding in bindings.select_related("asset__owner_unit", "asset__maintainer"):
        found[binding.tag_id].append(binding)
    return found


def _standing(
    new: Mapping[At, Sequence[Seen]], readers: Mapping[int, Reader]
) -> dict[At, list[Seen]]:
    """The kept passages that reads of these spans may join."""
    widest = max(_window(reader) for reader in readers.values())
    moments = [part.first for parts in new.values() for part in parts]
    found: dict[At, list[Seen]] = defaultdict(list)
    kept = Passage.objects.filter(
        reader__in=readers,
        tag__in={tag_id for _reader, tag_id in new},
        last_at__gte=min(moments) - widest,
        first_at__lte=max(moments) + widest,
    )
    for one in kept:
        place = (one.point.x, one.point.y) if one.point is not None else None
        found[one.reader_id, one.tag_id].append(
            Seen(
                one.first_at,
                one.last_at,
                one.count,
                one.best_rssi,
                one.ins,
                one.outs,
                place,
                one.pk,
            )
        )
    return found


def _write(reader: Reader, tag: Tag, chain: Sequence[Seen], spans: Sequence[Binding]) -> Passage:
    """Writes what a chain comes to over its eldest passage; the others it joined are gone."""
    seen = folded(chain)
    joined = [part.key for part in chain if part.key not in (None, seen.key)]
    if joined:
        Passage.objects.filter(pk__in=joined).delete()
    bound = next((one for one in spans if _covers(one, seen.first)), None)
    passage = Passage(
        pk=seen.key,
        reader=reader,
        tag=tag,
        asset=bound.asset if bound else None,
        batch_id=bound.batch_id if bound else None,
        first_at=seen.first,
        last_at=seen.last,
        count=seen.count,
        best_rssi=seen.best_rssi,
        ins=seen.ins,
        outs=seen.outs,
        direction=direction_of(seen),
        point=_place(reader, seen),
    )
    passage.save(force_insert=seen.key is None, force_update=seen.key is not None)
    if passage.asset_id is not None and passage.point is not None:
        _move(passage)
    return passage


def _covers(binding: Binding, at: datetime) -> bool:
    return binding.since <= at and (binding.until is None or at < binding.until)


def _place(reader: Reader, seen: Seen) -> Point | None:
    if seen.place is not None:
        return point(*seen.place)
    return reader.device.asset.point if reader.kind == ReaderKind.FIXED else None


def _move(passage: Passage) -> None:
    assert passage.point is not None
    given = [passage.asset_id, passage.reader_id, bytes(passage.point.ewkb), passage.last_at]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, given)
