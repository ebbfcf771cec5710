"""Sections of what is known of the ground: cells, base map, components, files, code tables."""

import json
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from apps.assets.models import AssetClass
from apps.assets.selectors import assets_in
from apps.fieldwork import consent as fieldwork_consent
from apps.grid.selectors import event_classes
from apps.phone.pack.holder import Holder
from apps.places.selectors import map_version
from apps.places.selectors.basemap import View, base_map
from apps.registry.enums import FileKind
from apps.registry.selectors import files_in, form_of

GROUND_ZOOM = 17  # buildings and lanes are drawn from here
GROUND_KEPT_S = 6 * 3600
GROUND_KINDS = {"road", "water", "green", "building", "coast"}
MOST_COMPONENTS = 4000


def cells(holder: Holder) -> dict[str, Any]:
    """The worker's own cells as GeoJSON."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": cell.pk, "name": cell.name, "code": cell.code},
                "geometry": json.loads(cell.boundary.geojson) if cell.boundary else None,
            }
            for cell in holder.cells
        ],
    }


def ground(holder: Holder) -> dict[str, Any]:
    """The base map around the cells: roads, water, green and buildings as GeoJSON."""
    bounds = holder.bounds
    if bounds is None:
        return {"type": "FeatureCollection", "features": []}
    name = f"phone-ground:{map_version()}:{'-'.join(f'{side:.5f}' for side in bounds)}"
    kept = cache.get(name)
    if kept is None:
        drawn = json.loads(base_map(View(*bounds, zoom=GROUND_ZOOM)))
        kept = {
            "type": "FeatureCollection",
            "features": [f for f in drawn["features"] if f["properties"]["kind"] in GROUND_KINDS],
        }
        cache.set(name, kept, GROUND_KEPT_S)
    found: dict[str, Any] = kept
    return found


def components(holder: Holder) -> list[dict[str, Any]]:
    """The things installed in the cells, to be picked instead of typed."""
    return [
        {
            "id": asset.pk,
            "code": asset.code,
            "name": asset.name,
            "kind": asset.kind.code,
            "kind_name": asset.kind.name,
            "lon": round(asset.point.x, 6),
            "lat": round(asset.point.y, 6),
        }
        for asset in assets_in(holder.cells)[:MOST_COMPONENTS]
    ]


def files(holder: Holder) -> list[dict[str, Any]]:
    """The files of people, houses and firms in the cells, as far as a phone may carry them."""
    return files_in(holder.user, cells=holder.cells)


def classes(_holder: Holder) -> dict[str, Any]:
    """The code tables in force: events, components, kinds of things."""
    return {
        **{
            kind: [
                {"code": one.code, "label": one.label, "parent": one.parent}
                for one in event_classes(kind)
            ]
            for kind in ("event", "component")
        },
        "things": [
            {"code": one.code, "label": one.name, "parent": one.large_class}
            for one in AssetClass.objects.all()
        ],
    }


def forms(_holder: Holder) -> dict[str, Any]:
    """The forms of the files, each with its version."""
    return {
        kind: {"label": str(label), "version": form["number"], "fields": form["fields"]}
        for kind, label in FileKind.choices
        if (form := form_of(kind))
    }


def consent(_holder: Holder) -> dict[str, Any]:
    """What a worker agrees to before being located."""
    return {
        "version": fieldwork_consent.VERSION,
        "text": [str(line) for line in fieldwork_consent.TEXT],
        "title": _("位置信息收集告知"),
    }
