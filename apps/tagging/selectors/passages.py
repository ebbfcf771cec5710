"""Where tags were seen: lists, counts per hour, the trail of a thing, the trace of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncHour

from apps.accounts.models import User
from apps.accounts.selectors import organization_scope_q, scope_of
from apps.assets.models import Asset
from apps.assets.selectors import reach_q
from apps.clocks.selectors import duration_text
from apps.observing.registry import Fix
from apps.observing.selectors.moving import last_fixes
from apps.places.geometry import distance_m
from apps.tagging.enums import Direction
from apps.tagging.models import Batch, LastPlace, Passage, Reader
from apps.tagging.sent import epc_of

#: Passages of one trail or trace; more are narrowed by days.
MOST_PASSAGES = 5000


@dataclass(frozen=True)
class Hour:
    """Passages of one hour at a reader. at: its beginning."""

    at: datetime
    count: int
    ins: int
    outs: int


@dataclass(frozen=True)
class Leg:
    """One passage of a chain, with what lies between it and the one before.

    waited: since the last read there, null for the first; distance_m: between the two readers.
    is_gap: longer than it should be.
    """

    passage: Passage
    waited: timedelta | None = None
    distance_m: float | None = None
    is_gap: bool = False

    @property
    def waited_text(self) -> str:
        """The time in between, for people."""
        return duration_text(self.waited) if self.waited is not None else ""


def list_passages(
    viewer: User,
    *,
    text: str = "",
    reader: Reader | None = None,
    kind: str = "",
    direction: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Passage]:
    """Will list passages at the viewer's readers or of the viewer's things and tags, latest first.

    text: a whole EPC, part of the name or begin of the code of a thing or batch. kind: of the
    reader. since, until: of the first read, the end not included.
    """
    found = Passage.objects.filter(_scope_q(viewer))
    if text:
        number = epc_of(text)
        named = Q(asset__name__icontains=text) | Q(asset__code__startswith=text)
        named |= Q(batch__product__icontains=text) | Q(batch__code__startswith=text)
        found = found.filter(named | Q(tag__epc=number) if number else named)
    if reader is not None:
        found = found.filter(reader=reader)
    if kind:
        found = found.filter(reader__kind=kind)
    if direction:
        found = found.filter(direction=direction)
    if since is not None:
        found = found.filter(first_at__gte=since)
    if until is not None:
        found = found.filter(first_at__lt=until)
    return _whole(found).order_by("-first_at", "-pk")


def hours_of(reader: Reader, *, since: datetime, until: datetime) -> list[Hour]:
    """Will count the passages of a reader per hour of the city, those without any left out."""
    found = (
        Passage.objects.filter(reader=reader, first_at__gte=since, first_at__lt=until)
        .order_by()
        .annotate(hour=TruncHour("first_at"))
        .values("hour")
        .annotate(
            n=Count("pk"),
            into=Count("pk", filter=Q(direction=Direction.IN)),
            out=Count("pk", filter=Q(direction=Direction.OUT)),
        )
        .order_by("hour")
    )
    return [Hour(row["hour"], row["n"], row["into"], row["out"]) for row in found]


def passages_of_thing(
    viewer: User, asset: Asset, *, since: datetime, until: datetime
) -> list[Passage]:
    """Will give the passages of a thing the viewer sees, oldest first; the last so many."""
    found = Passage.objects.filter(
        _scope_q(viewer), asset=asset, first_at__gte=since, first_at__lt=until
    )
    return list(reversed(_whole(found).order_by("-first_at", "-pk")[:MOST_PASSAGES]))


def passages_of_batch(batch: Batch) -> list[Passage]:
    """Will give every passage of a batch the viewer may see, oldest first; the last so many."""
    found = Passage.objects.filter(batch=batch)
    return list(reversed(_whole(found).order_by("-first_at", "-pk")[:MOST_PASSAGES]))


def legs_of(passages: Sequence[Passage], *, gap: timedelta) -> list[Leg]:
    """Will give passages in order with the time and the way between them. gap: too long."""
    legs = [Leg(passage) for passage in passages[:1]]
    for before, after in pairwise(passages):
        waited = after.first_at - before.last_at
        apart = distance_m(before.point, after.point) if before.point and after.point else None
        legs.append(Leg(after, max(waited, timedelta()), apart, waited > gap))
    return legs


def last_places(viewer: User) -> QuerySet[LastPlace]:
    """Will list where things with tags were last, those left out whose receiver knows better."""
    found = LastPlace.objects.filter(reach_q(viewer, "asset__")).exclude(
        asset__device__last_fix__at__gt=F("at")
    )
    return found.select_related("asset", "reader__device__asset")


def newest_place(viewer: User, asset: Asset) -> Fix | None:
    """Will give where a thing was last, by its tag or its own receiver, whichever is newer."""
    place = LastPlace.objects.filter(asset=asset).select_related("reader__device__asset").first()
    own = last_fixes(viewer).filter(device__asset=asset).first()
    if own is not None and (place is None or own.at > place.at):
        return Fix(own.at, own.point.x, own.point.y, own.speed_kmh)
    if place is None:
        return None
    return Fix(place.at, place.point.x, place.point.y, source=_source(place.reader))


def trail_fixes(asset_id: int, since: datetime, until: datetime) -> list[Fix]:
    """Will give the places tags told of a thing (``observing.registry.FixSource``)."""
    found = Passage.objects.filter(
        asset=asset_id, first_at__gte=since, first_at__lt=until, point__isnull=False
    )
    return [
        Fix(
            one.first_at, one.point.x, one.point.y,
            source=_source(one.reader),
        )
        for one in _whole(found).order_by("first_at")[:MOST_PASSAGES]
        if one.point is not None
    ]  # fmt: skip


def _source(reader: Reader) -> str:
    return f"{reader.get_kind_display()} · {reader}"


def _whole(found: QuerySet[Passage]) -> QuerySet[Passage]:
    return found.select_related("reader__device__asset", "tag", "asset", "batch")


def _scope_q(viewer: User) -> Q:
    scope = scope_of(viewer)
    return (
        reach_q(viewer, "reader__device__asset__")
        | reach_q(viewer, "asset__")
        | organization_scope_q(scope, "tag__unit__path")
    )
