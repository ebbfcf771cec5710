"""What the local base map draws, besides the areas."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction

from apps.audit import services as audit
from apps.places import permissions
from apps.places.models import BaseMapFeature
from apps.places.services.areas import touch_map


@dataclass(frozen=True)
class BaseMapSpec:
    """One thing to draw; see ``BaseMapFeature`` for min_zoom and rank."""

    kind: str
    geometry: GEOSGeometry
    name: str = ""
    min_zoom: int = 12
    rank: int = 5
    source: str = ""


@transaction.atomic
def add_base_map(actor: Any, *, features: Iterable[BaseMapSpec]) -> int:
    """Will add features to the base map and give their number. Audited by kind.

    Raises: NotAllowed.
    """
    permissions.require_manage_areas(actor)
    made = BaseMapFeature.objects.bulk_create(
        (
            BaseMapFeature(
                kind=f.kind,
                name=f.name,
                geometry=f.geometry,
                min_zoom=f.min_zoom,
                rank=f.rank,
                source=f.source,
            )
            for f in features
        ),
        batch_size=2000,
    )
    touch_map()
    added = audit.changes({}, Counter(feature.kind for feature in made))
    audit.record(actor, "base_map.extended", data={"count": len(made), **added})
    return len(made)
