"""What the register said on a day, what changed since, and how complete it is. Source: IO-02."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.dateparse import parse_date

from apps.accounts.models import Organization, User
from apps.assets import own_fields
from apps.assets.enums import AssetState
from apps.assets.models import Asset, AssetClass, AssetPast, AssetPicture
from apps.assets.selectors.register import list_assets
from apps.places.models import Area

_DATES = ("since", "installed_on", "expires_on")
_NAMED: dict[str, Any] = {
    "kind_id": AssetClass, "area_id": Area, "owner_unit_id": Organization,
    "maintainer_id": Organization,
}  # fmt: skip


@dataclass(frozen=True)
class CardChange:
    """One change of a card. fields: label, before, after, in words."""

    at: datetime
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Rate:
    """How complete the cards of one unit's things are. Shares from 0 to 100."""

    unit: str
    total: int
    complete: int
    on_map: int
    pictured: int

    @property
    def complete_share(self) -> float:
        """Of all, in percent."""
        return 100 * self.complete / self.total

    @property
    def map_share(self) -> float:
        """Of all, in percent."""
        return 100 * self.on_map / self.total


def asset_as_of(asset: Asset, at: datetime) -> Asset:
    """Will give the thing as its card stood at a moment; the present one where nothing changed.

    A copy that must not be saved.
    """
    past = AssetPast.objects.filter(asset=asset, until__gt=at).order_by("until", "pk").first()
    if past is None:
        return asset
    values = {field.attname: getattr(asset, field.attname) for field in Asset._meta.concrete_fields}
    return Asset(**(values | _values(past.card)))


def list_card_changes(asset: Asset) -> list[CardChange]:
    """Will list what changed on the card of a thing, the newest first."""
    after, found = _card_of(asset), []
    for past in asset.past.order_by("-until", "-pk")[:100]:
        changed = [name for name in past.card if past.card[name] != after.get(name)]
        rows = [
            (_label(name), _said(name, past.card[name]), _said(name, after.get(name)))
            for name in changed
            if name != "details"
        ]
        if "details" in changed:
            rows += _own_changes(asset.kind, past.card["details"], after["details"])
        found.append(CardChange(past.until, rows))
        after = past.card
    return found


def list_pictures(asset: Asset) -> list[AssetPicture]:
    """Will list the pictures shown with a thing."""
    return list(asset.pictures.filter(removed_at=None).select_related("file"))


def list_rates(viewer: User) -> list[Rate]:
    """Will count, per owner unit in the viewer's reach, complete cards and things on the map.

    Complete (完整率): owner, who maintains it, in use since, maker and maintenance vendor are all
    stated. On the map (上图率): it lies in an area of the city. Removed things are not counted.
    """
    stated = Q(owner_unit__isnull=False, maintainer__isnull=False, since__isnull=False)
    stated &= ~Q(maker="") & ~Q(vendor="")
    shown = AssetPicture.objects.filter(asset=OuterRef("pk"), removed_at=None)
    rows = (
        list_assets(viewer)
        .exclude(state=AssetState.REMOVED)
        .annotate(has_picture=Exists(shown))
        .order_by()
        .values("owner_unit__name")
        .annotate(
            total=Count("pk"),
            complete=Count("pk", filter=stated),
            on_map=Count("pk", filter=Q(area__isnull=False)),
            pictured=Count("pk", filter=Q(has_picture=True)),
        )
        .order_by("-total", "owner_unit__name")
    )
    return [Rate(row.pop("owner_unit__name") or "", **row) for row in rows]


def _own_changes(
    kind: AssetClass, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Field by field; what the class no longer asks is not told."""
    was, now = own_fields.said(kind, before), own_fields.said(kind, after)
    return [
        (label, was.get(name, ("", "—"))[1], now.get(name, ("", "—"))[1])
        for name, (label, _text) in (was | now).items()
        if was.get(name) != now.get(name)
    ]


def _values(card: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(card)
    lon, lat = said.pop("lon"), said.pop("lat")
    said.setdefault("details", {})  # kept before classes had fields of their own
    for name in _DATES:
        said[name] = parse_date(said[name]) if said[name] else None
    return said | {"point": Point(lon, lat, srid=4326)}


def _card_of(asset: Asset) -> dict[str, Any]:
    """As the trigger writes it."""
    found: dict[str, Any] = {
        field.attname: getattr(asset, field.attname)
        for field in Asset._meta.concrete_fields
        if field.attname not in ("id", "point", "finding", "surveyed_at", "code", "serial")
    }
    found |= {name: str(found[name]) if found[name] else None for name in _DATES}
    return found | {"lon": asset.point.x, "lat": asset.point.y}


def _label(name: str) -> str:
    column = {"lon": "point", "lat": "point"}.get(name, name.removesuffix("_id"))
    label = str(Asset._meta.get_field(column).verbose_name)  # type: ignore[union-attr]
    return f"{label} {name}" if column == "point" else label


def _said(name: str, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if name in _NAMED:
        found = _NAMED[name].objects.filter(pk=value).first()
        return str(found) if found is not None else str(value)
    return str(AssetState(value).label) if name == "state" else str(value)
