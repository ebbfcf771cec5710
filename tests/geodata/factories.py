"""Files and the ground they are compared with. The town's roads are irregular on purpose."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import shapely
from django.contrib.auth.models import Permission
from django.contrib.gis.geos import GEOSGeometry
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Organization, User
from apps.geodata import services
from apps.geodata.models import Dataset, ImportJob
from apps.geodata.schema import rules_of
from apps.geodata.services import Confirmation
from apps.places.enums import MapFeatureKind
from apps.places.models import BaseMapFeature
from tests.cast import Cast, role_named

Way = Callable[[float, float], tuple[float, float]]
ROAD_XS = (0.0012, 0.0049, 0.0071, 0.0122, 0.0158, 0.0217, 0.0243, 0.0301, 0.0339, 0.0381)
ROAD_YS = (0.0009, 0.0043, 0.0061, 0.0104, 0.0133, 0.0172)


def same(lon: float, lat: float) -> tuple[float, float]:
    return lon, lat


def lay_roads() -> None:
    """Will draw sixteen roads across the town of the cast."""
    lines = [shapely.LineString([(120 + x, 36), (120 + x + 0.0004, 36.02)]) for x in ROAD_XS]
    lines += [shapely.LineString([(120, 36 + y), (120.04, 36 + y + 0.0003)]) for y in ROAD_YS]
    BaseMapFeature.objects.bulk_create(
        BaseMapFeature(
            kind=MapFeatureKind.ROAD,
            geometry=GEOSGeometry(shapely.to_wkt(line), srid=4326),
            min_zoom=12,
        )
        for line in lines
    )


def along_roads(way: Way = same, *, step: int = 12) -> list[dict[str, Any]]:
    """Will give lamps a few metres beside the roads, as a file in another system says them."""
    found = []
    for y in ROAD_YS:
        for n in range(step):
            lon, lat = 120.0005 + n * 0.039 / step, 36 + y + 0.0003 * n / step + 0.00004
            x, north = way(lon, lat)
            found.append(
                {
                    "type": "Feature",
                    "properties": {"编号": f"L{len(found):03d}", "功率": 60 + n, "道路": "路"},
                    "geometry": {"type": "Point", "coordinates": [x, north]},
                }
            )
    return found


def collection(features: Iterable[dict[str, Any]], *, crs: str = "") -> bytes:
    """Will write a GeoJSON file."""
    head: dict[str, Any] = {"type": "FeatureCollection"}
    if crs:
        head["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    return json.dumps(head | {"features": list(features)}, ensure_ascii=False).encode()


def polygon(*ring: tuple[float, float], **properties: Any) -> dict[str, Any]:
    """Will give a feature with one ring, closed here."""
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def grant(cast: Cast, name: str, *labels: str) -> User:
    """Will let somebody of the cast do more, by the role of their post."""
    person: User = cast.people[name]
    role = role_named(person.appointments.get().post.name)
    for label in labels:
        app, codename = label.split(".")
        role.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return User.objects.get(pk=person.pk)


def keeper(cast: Cast, name: str = "handler") -> User:
    """Will let somebody of the cast keep map data of their unit."""
    return grant(cast, name, "geodata.keep_datasets")


def uploaded(
    actor: User, unit: Organization, content: bytes, *, name: str = "路灯", **more: Any
) -> ImportJob:
    """Will bring a file and have it read."""
    file = SimpleUploadedFile("lamps.geojson", content)
    job = services.take_in(actor, upload=file, unit=unit, name=name, **more)
    services.run_due()
    job.refresh_from_db()
    return job


def confirmation(job: ImportJob, **changes: Any) -> Confirmation:
    """Will take a preview as it stands."""
    values: dict[str, Any] = {
        "crs": job.shift.get("best") or job.crs_stated or "EPSG:4326",
        "rules": rules_of(job.summary["rules"]),
        "data_on": date(2026, 1, 1),
    }
    return Confirmation(**(values | changes))


def imported(actor: User, unit: Organization, content: bytes, **changes: Any) -> Dataset:
    """Will bring a file all the way onto the map."""
    job = uploaded(actor, unit, content, **changes.pop("upload", {}))
    services.confirm_import(actor, job_id=job.pk, confirmation=confirmation(job, **changes))
    services.run_due()
    job.refresh_from_db()
    assert job.dataset is not None, (job.state, job.error, list(job.issues.values("message")))
    return job.dataset
