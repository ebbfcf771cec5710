"""Things on the local base map, which everybody may read, to ask the service about."""

from typing import Any

import factory
from django.contrib.gis.geos import Point

from apps.places.enums import MapFeatureKind
from apps.places.models import BaseMapFeature


class FeatureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BaseMapFeature

    kind = MapFeatureKind.LABEL
    name = factory.Sequence(lambda n: f"地点{n}")
    geometry = Point(120.01, 36.01, srid=4326)
    min_zoom = 10
    rank = 5


def spot(lon: float, lat: float, **more: Any) -> BaseMapFeature:
    """Lays down one point."""
    return FeatureFactory(geometry=Point(lon, lat, srid=4326), **more)
