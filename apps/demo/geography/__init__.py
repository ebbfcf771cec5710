"""The ground of the demo city: an invented coastal city on open sea.

Map law forbids drawing real boundaries from memory or from the net, so the city is made up:
every name is drawn from syllables, and it lies around 123.0 E, 35.0 N, where there is only
water. All of it carries the source "synthetic-demo". ``build_city`` is pure and gives the
same numbers on every machine for the same seed; ``load_geography`` writes it through the
services of places and assets.
"""

from apps.demo.geography.build import build_city
from apps.demo.geography.city import City
from apps.demo.geography.loader import SOURCE, load_geography

__all__ = ["SOURCE", "City", "build_city", "load_geography"]
