"""Which entities are there for a viewer.

Things are the devices in use of the viewer's areas and units. What has no place is there for
everybody (a shipped kind), for the unit that brought it and those above, and for whoever sees a
thing it belongs to.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import Scope, scope_of
from apps.assets.selectors import asset_scope_q, reach_q
from apps.sensing.models import Datastream, Device
from apps.sensorthings.entities import BY_NAME, Entity, key_of_observation
from apps.sensorthings.models import (
    NOT_WITHDRAWN,
    FeatureOfInterest,
    FieldNote,
    HistoricalLocation,
    Location,
    Observation,
    ObservationNote,
    ObservedProperty,
    Sensor,
    SeriesNote,
    ThingNote,
)

_IN_USE = Q(sta__isnull=True) | Q(sta__is_removed=False)


def visible_to(viewer: User) -> Callable[[Entity], QuerySet[Any]]:
    """Will give what gives the rows of an entity this viewer may see."""

    def visible(entity: Entity) -> QuerySet[Any]:
        return _ROWS[entity.model](viewer)

    return visible


def find_one(viewer: User, name: str, key: Any) -> Any:
    """Will give a row of an entity by name and key as told; None: not there for the viewer."""
    entity = BY_NAME[name]
    found = by_key(visible_to(viewer)(entity), entity, str(key))
    return found.first() if found is not None else None


def by_key(rows: QuerySet[Any], entity: Entity, key: str) -> QuerySet[Any] | None:
    """Will narrow rows to one by its key as told; None: no such key can be."""
    if entity.is_observation:
        place = key_of_observation(key)
        return rows.filter(series_id=place[0], at=place[1]) if place else None
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        return None
    return rows.filter(pk=int(key))


def _things(viewer: User) -> QuerySet[Device]:
    return Device.objects.filter(reach_q(viewer, "asset__"), is_active=True)


def series_within(scope: Scope) -> QuerySet[Datastream]:
    """Will give the datastreams in use within a reach."""
    reach = asset_scope_q(scope, "device__asset__")
    return Datastream.objects.filter(reach, _IN_USE, device__is_active=True)


def _series(viewer: User) -> QuerySet[Datastream]:
    return series_within(scope_of(viewer))


def _observations(viewer: User) -> QuerySet[Observation]:
    return Observation.objects.filter(NOT_WITHDRAWN, series__in=_series(viewer))


def _history(viewer: User) -> QuerySet[HistoricalLocation]:
    reach = reach_q(viewer, "device__asset__")
    return HistoricalLocation.objects.filter(reach, device__is_active=True, is_removed=False)


def _locations(viewer: User) -> QuerySet[Location]:
    stands = Q(pk__in=Location.things.through.objects.filter(device__in=_things(viewer))
               .values("location_id"))  # fmt: skip
    stood = Q(
        pk__in=HistoricalLocation.locations.through.objects.filter(
            historicallocation__in=_history(viewer)
        ).values("location_id")
    )
    return _own(Location.objects, viewer, stands | stood)


def _sensors(viewer: User) -> QuerySet[Sensor]:
    used = SeriesNote.objects.filter(series__in=_series(viewer), sensor__isnull=False)
    return _own(Sensor.objects, viewer, Q(pk__in=used.values("sensor_id")))


def _observed(viewer: User) -> QuerySet[ObservedProperty]:
    used = FieldNote.objects.filter(field__in=_series(viewer).values("field_id"))
    return _own(ObservedProperty.objects, viewer, Q(pk__in=used.values("observed_property_id")))


def _features(viewer: User) -> QuerySet[FeatureOfInterest]:
    usual = ThingNote.objects.filter(device__in=_things(viewer), feature__isnull=False)
    told = ObservationNote.objects.filter(series__in=_series(viewer), feature__isnull=False)
    seen = Q(pk__in=usual.values("feature_id")) | Q(pk__in=told.values("feature_id"))
    return _own(FeatureOfInterest.objects, viewer, seen)


def _own(rows: Any, viewer: User, seen: Q) -> QuerySet[Any]:
    scope = scope_of(viewer)
    found: QuerySet[Any] = rows.filter(is_removed=False)
    return found if scope.everything else found.filter(_owned(rows.model, scope) | seen)


def _owned(model: type[Model], scope: Scope) -> Q:
    """Shipped words are everybody's; what a unit brought is its own and of those above."""
    found = Q(pk__in=[])
    if model in {Sensor, ObservedProperty}:
        found |= Q(owner__isnull=True)
    for path in scope.organization_paths:
        found |= Q(owner__path__startswith=path)
    return found


_ROWS: dict[type[Model], Callable[[User], QuerySet[Any]]] = {
    Device: _things,
    Location: _locations,
    HistoricalLocation: _history,
    Datastream: _series,
    Sensor: _sensors,
    ObservedProperty: _observed,
    Observation: _observations,
    FeatureOfInterest: _features,
}
