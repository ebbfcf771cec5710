"""Gathering what changed into batches; the sending is the gateway's (``gateway.services.sending``).

What is to go is found by looking, not by listening: rows that may have changed are read, and
those that differ from what was handed over last (``SentRow``) go. So nothing is lost by a worker
that dies, a class that was switched off for a week, or a city that was away: what it missed is
found again, in its last state. The other way round, what was handed over is held against what is
still to be passed on: what left the area or the filters is told as gone, once. Source: IO-11.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.common import clock
from apps.districts.enums import Kind
from apps.districts.models import Batch, SentRow, Stream
from apps.districts.selectors.sources import (
    Found,
    Wanted,
    is_standing,
    read_left,
    read_page,
    read_returned,
)
from apps.districts.shapes import UNCERTAIN, digest_of
from apps.gateway import services as gateway
from apps.gateway.enums import OPEN_DELIVERIES, ConnectorState, DeliveryState
from apps.gateway.models import Delivery

TOPIC = "districts.batch"
EVERY = {
    Kind.DEVICES: timedelta(minutes=10),
    Kind.READINGS: timedelta(minutes=10),
    Kind.ALARMS: timedelta(minutes=1),
    Kind.CASES: timedelta(minutes=2),
}
#: Looked at again behind the last whole look: what was committed late, and figures made anew.
OVERLAP = {
    Kind.DEVICES: timedelta(0),
    Kind.READINGS: timedelta(hours=6),
    Kind.ALARMS: timedelta(hours=1),
    Kind.CASES: timedelta(hours=1),
}
#: What was passed on is held against what still is to be. It means everything: not at every look.
COMPARED_EVERY = timedelta(minutes=10)
PAGE, PAGES_AT_ONCE = 500, 4
BATCH_ROWS, BATCH_BYTES = 200, 400 * 1024
#: Batches that wait on a link before gathering pauses: the rest is found later.
MOST_WAITING = 40
AGAIN = timedelta(minutes=1)
#: The city gave an answer so lately that it is there: asked for what it gives back.
HEARD = timedelta(minutes=10)
KEPT_READINGS, KEPT_ROWS, KEPT_BODIES = timedelta(days=3), timedelta(days=180), timedelta(days=14)


def gather() -> int:
    """Will gather for every class that is due and give how many rows were put into batches.

    Any number of workers may run at once: a class is locked, who comes second passes it by.
    """
    due = Stream.objects.filter(
        is_on=True,
        next_at__lte=clock.now(),
        link__connector__state=ConnectorState.ACTIVE,
    )
    return sum(_turn(pk) for pk in due.order_by("next_at").values_list("pk", flat=True))


def tidy() -> int:
    """Will drop what nobody needs any more: old digests and the bodies of old batches.

    A row whose digest is dropped goes once more if it is looked at again, as unchanged. What still
    stands is remembered however old it is: should it leave, the city must be told.
    """
    moment = clock.now()
    hours = Q(stream__kind=Kind.READINGS, sent_at__lt=moment - KEPT_READINGS)
    dropped = SentRow.objects.filter(hours).delete()[0]
    for kind in (Kind.ALARMS, Kind.CASES):
        old = SentRow.objects.filter(stream__kind=kind, sent_at__lt=moment - KEPT_ROWS)
        dropped += old.exclude(is_standing(kind)).delete()[0]
    bodies = Batch.objects.filter(made_at__lt=moment - KEPT_BODIES).exclude(body="")
    waiting = Q(delivery__state__in=[*OPEN_DELIVERIES, DeliveryState.DEAD])
    return dropped + bodies.exclude(waiting).update(body="")


@transaction.atomic
def _turn(stream_id: int) -> int:
    stream = (
        Stream.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("link__connector", "link__area", "area")
        .defer("link__area__boundary", "area__boundary")
        .filter(pk=stream_id, is_on=True, next_at__lte=clock.now())
        .first()
    )
    if stream is None:
        return 0
    moment = clock.now()
    _find_lost(stream)
    waiting = Delivery.objects.filter(connector=stream.link.connector_id, state__in=OPEN_DELIVERIES)
    if waiting.count() >= MOST_WAITING:
        stream.next_at = moment + AGAIN
        stream.save()
        return 0
    stream.last_version = max(stream.last_version, int(moment.timestamp() * 1_000_000))
    if stream.scan_began_at is None:
        stream.scan_began_at = moment
    count = 0
    for _page in range(PAGES_AT_ONCE):
        found = read_page(_wanted(stream, moment))
        count += _pass_on(stream, found, moment)
        if len(found) < PAGE:
            stream.whole_at, stream.scan_began_at = stream.scan_began_at or moment, None
            stream.scan_after, stream.next_at = "", moment + EVERY[Kind(stream.kind)]
            count += _compare(stream, moment)
            break
        stream.scan_after = found[-1].key
    stream.save()
    return count


def _find_lost(stream: Stream) -> None:
    """Batches given up because nobody answered are forgotten and their rows found again.

    Only once the city answers, to a batch or when asked what it gives back: until then they
    would but die again. What the city refused stays among the dead, for a person.
    """
    asked_at = stream.link.asked_at
    is_heard = asked_at is not None and clock.now() - asked_at < HEARD
    if stream.link.connector.failures and not is_heard:
        return
    silent = Q(delivery__last_status=None) | Q(delivery__last_status__gte=500)
    lost = stream.batches.filter(silent, delivery__state=DeliveryState.DEAD).exclude(body="")
    for batch in lost.order_by("pk"):
        origins = [row["origin"] for row in json.loads(batch.body)["rows"]]
        stream.sent_rows.filter(origin__in=origins).update(digest=UNCERTAIN)
        stream.whole_at = min(stream.whole_at, batch.made_at - OVERLAP[Kind(stream.kind)])
        stream.scan_began_at, stream.scan_after, stream.compared_at = None, "", None
        batch.body = ""
        batch.save(update_fields=["body"])


def _compare(stream: Stream, moment: datetime) -> int:
    """What came back before what left: a row between the two looks is told in its last state.

    Where there is more than a page of either the class stays due and the next turn goes on.
    """
    if stream.compared_at is not None and moment - stream.compared_at < COMPARED_EVERY:
        return 0
    count, is_whole = 0, True
    for read in (read_returned, read_left):
        found = read(_wanted(stream, moment))
        count += _pass_on(stream, found, moment)
        is_whole = is_whole and len(found) < PAGE
    if is_whole:
        stream.compared_at = moment
    else:
        stream.next_at = moment
    return count


def _wanted(stream: Stream, moment: datetime) -> Wanted:
    is_clear = (
        stream.clear_approved_at is not None
        and stream.clear_until is not None
        and moment < stream.clear_until
    )
    return Wanted(
        stream=stream,
        path=(stream.area or stream.link.area).path,
        since=stream.whole_at - OVERLAP[Kind(stream.kind)],
        after=stream.scan_after,
        limit=PAGE,
        now=moment,
        is_clear=is_clear,
    )


@dataclass(frozen=True)
class _Changed:
    """A row that differs from what was handed over last, as text that is sent."""

    origin: str
    digest: str
    text: str


def _pass_on(stream: Stream, found: Sequence[Found], moment: datetime) -> int:
    """Every page has a version of its own: the same row in two of one turn is told in order."""
    stream.last_version += 1
    return _hand_over(stream, _changed(stream, found), moment)


def _changed(stream: Stream, found: Sequence[Found]) -> list[_Changed]:
    known = dict(
        stream.sent_rows.filter(origin__in=[each.origin for each in found]).values_list(
            "origin", "digest"
        )
    )
    changed = []
    for each in found:
        digest = digest_of(each.data)
        if known.get(each.origin) != digest:
            row = {"origin": each.origin, "version": stream.last_version, **each.data}
            text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            changed.append(_Changed(each.origin, digest, text))
    return changed


def _hand_over(stream: Stream, changed: Sequence[_Changed], moment: datetime) -> int:
    """Batches, their deliveries and what was handed over stand or fall together."""
    for rows in _portions(changed):
        batch = Batch.objects.create(
            stream=stream,
            body='{"rows":[' + ",".join(row.text for row in rows) + "]}",
            row_count=len(rows),
            made_at=moment,
        )
        batch.delivery = gateway.send(
            stream.link.connector.code,
            topic=TOPIC,
            payload={"batch": batch.pk},
            key=f"districts:{batch.pk}",
        )
        batch.save(update_fields=["delivery"])
        SentRow.objects.bulk_create(
            [
                SentRow(stream=stream, origin=row.origin, digest=row.digest, sent_at=moment)
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["stream", "origin"],
            update_fields=["digest", "sent_at"],
        )
    return len(changed)


def _portions(changed: Sequence[_Changed]) -> Iterator[list[_Changed]]:
    portion: list[_Changed] = []
    size = 0
    for row in changed:
        length = len(row.text.encode())
        if portion and (len(portion) >= BATCH_ROWS or size + length > BATCH_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += length
    if portion:
        yield portion


def is_batch(body: dict[str, Any]) -> int | None:
    """Will give which batch a delivery is about; None: none."""
    number = body.get("data", {}).get("batch")
    return number if isinstance(number, int) else None
