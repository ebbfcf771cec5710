"""Areas, the words people use for places, and the local base map.

All geometry is SRID 4326 (WGS 84 longitude, latitude). Metres are computed in the city's
metric SRID, see ``places.geometry``.
"""

from apps.places.models.areas import Area, AreaImport, AreaLevel, AreaQuerySet, AreaSuccession
from apps.places.models.basemap import BaseMapFeature, MapVersion
from apps.places.models.cells import (
    CellCheck,
    CellFault,
    Redrawing,
    RedrawnCell,
    SpecialGrid,
)
from apps.places.models.names import (
    GazetteerEntry,
    GazetteerImport,
    GazetteerKey,
    GazetteerSlip,
    ReadingMark,
    UnplacedReport,
    UnplacedText,
)

__all__ = [
    "Area",
    "AreaImport",
    "AreaLevel",
    "AreaQuerySet",
    "AreaSuccession",
    "BaseMapFeature",
    "CellCheck",
    "CellFault",
    "GazetteerEntry",
    "GazetteerImport",
    "GazetteerKey",
    "GazetteerSlip",
    "MapVersion",
    "ReadingMark",
    "Redrawing",
    "RedrawnCell",
    "SpecialGrid",
    "UnplacedReport",
    "UnplacedText",
]
