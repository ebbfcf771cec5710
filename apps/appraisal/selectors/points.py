"""Which points are appraised; where they lay and who kept them. Source: OP-16, IO-02."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date

from apps.accounts.models import Tenant
from apps.appraisal.reckoning import Slice
from apps.appraisal.sources import SOURCES, Told
from apps.assets.enums import AssetState
from apps.assets.models import Asset, AssetPast
from apps.places.models import Area

#: In these states a thing owes nobody anything.
_AT_REST = (AssetState.REMOVED, AssetState.STOPPED)


@dataclass(frozen=True)
class Point:
    """A thing with its slices of the span and the rows that touch it.

    watched_from: seconds since 1970; None: by nobody who tells whether it is up.
    """

    asset: Asset
    slices: list[Slice]
    watched_from: int | None
    told: list[Told] = field(default_factory=list)


def point_ids(
    tenant: Tenant | None, *, kinds: Sequence[str] = (), within: Q | None = None
) -> list[int]:
    """Will give the ids of what somebody watches in the tenant's area, in order of code.

    kinds: codes of asset classes; none: all. within: a further condition on assets.
    """
    watched: set[int] = set()
    for source in SOURCES:
        watched |= source.watches(None).keys()
    found = Asset.objects.filter(pk__in=watched)
    if tenant is not None and tenant.area is not None:
        found = found.filter(area__path__startswith=tenant.area.path)
    if kinds:
        found = found.filter(kind__code__in=kinds)
    if within is not None:
        found = found.filter(within)
    return list(found.order_by("code").values_list("pk", flat=True))


def gather(asset_ids: Sequence[int], begin: int, end: int) -> list[Point]:
    """Will read some points with their rows of [begin, end), in order of code.

    A few hundred at a time: their rows are held in memory. Two rows of sources and four more.
    """
    assets = _with_names(Asset.objects.filter(pk__in=asset_ids).order_by("code"))
    slices = _slices(assets, begin, end)
    since: dict[int, int] = {}
    told: dict[int, list[Told]] = defaultdict(list)
    for source in SOURCES:
        watched = source.watches(asset_ids)
        if source.tells_online:
            for asset_id, at in watched.items():
                moment = int(at.timestamp())
                since[asset_id] = min(since.get(asset_id, moment), moment)
        for row in source.read(asset_ids, begin, end):
            # What became of it after the span changes nothing, not even the digest.
            ended = None if row.ended is None or row.ended >= end else row.ended
            told[row.asset_id].append(replace(row, ended=ended))
    return [
        Point(
            asset,
            slices[asset.pk],
            since.get(asset.pk),
            sorted(told[asset.pk], key=lambda row: (row.began, row.key)),
        )
        for asset in assets
        if slices[asset.pk]
    ]


def areas_of(points: Sequence[Point]) -> dict[str, Area]:
    """Will give the areas named by the slices, by key."""
    ids = {one.area for point in points for one in point.slices if one.area}
    found = Area.objects.filter(pk__in=[int(pk) for pk in ids]).defer("boundary", "center")
    return {str(area.pk): area for area in found}


def _with_names(assets: QuerySet[Asset]) -> list[Asset]:
    found = assets.select_related("kind", "area")
    return list(found.defer("area__boundary", "area__center"))


def _slices(assets: Sequence[Asset], begin: int, end: int) -> dict[int, list[Slice]]:
    """Cuts the span wherever the card of a thing changed hands, from what the database kept."""
    changed: dict[int, list[AssetPast]] = defaultdict(list)
    since = datetime.fromtimestamp(begin, UTC)
    for past in AssetPast.objects.filter(asset__in=assets, until__gt=since).order_by("until", "pk"):
        changed[past.asset_id].append(past)
    return {asset.pk: _of(asset, changed[asset.pk], begin, end) for asset in assets}


def _of(asset: Asset, changed: Sequence[AssetPast], begin: int, end: int) -> list[Slice]:
    now = {
        "area_id": asset.area_id, "vendor": asset.vendor, "state": asset.state,
        "since": asset.since.isoformat() if asset.since else None,
    }  # fmt: skip
    cards = [*(past.card for past in changed), now]
    turns = [min(int(past.until.timestamp()), end) for past in changed]
    found: list[Slice] = []
    for (since, until), card in zip(pairwise([begin, *turns, end]), cards, strict=True):
        since = max(since, _first_day(card))
        if since < until and card["state"] not in _AT_REST:
            _add(found, Slice(since, until, str(card["area_id"] or ""), card["vendor"]))
    return found


def _first_day(card: dict[str, Any]) -> int:
    day = parse_date(card["since"]) if card.get("since") else None
    if day is None:
        return 0
    return int(timezone.make_aware(datetime.combine(day, time.min)).timestamp())


def _add(found: list[Slice], one: Slice) -> None:
    last = found[-1] if found else None
    if last is not None and (last.ended, last.area, last.vendor) == (
        one.began, one.area, one.vendor,
    ):  # fmt: skip
        found[-1] = Slice(last.began, one.ended, one.area, one.vendor)
    else:
        found.append(one)
