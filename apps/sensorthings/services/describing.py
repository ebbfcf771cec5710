"""What the standard asks of every device and kind and nobody tells: places, sensors, properties."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from apps.sensing.models import Device, DeviceProfile, ProfileField
from apps.sensorthings.models import (
    FeatureOfInterest,
    FieldNote,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    ThingNote,
)
from apps.sensorthings.services.creating import SOURCE

GEOJSON = "application/geo+json"
_BATCH = 2000


def describe_devices(which: Q) -> int:
    """Will give each of these devices without one a location, its history and a feature.

    Those told by a client bring their own, or have none. Twice is harmless.
    """
    missing = (
        Device.objects.filter(which, sta_locations__isnull=True)
        .exclude(asset__source__startswith=SOURCE)
        .select_related("asset")
        .order_by("pk")
    )
    count = 0
    for devices in _batches(missing.iterator(_BATCH)):
        with transaction.atomic():
            _describe(devices)
        count += len(devices)
    return count


def describe_profiles(which: Q) -> None:
    """Will give each of these kinds a sensor, and each of their fields what it observes."""
    for profile in DeviceProfile.objects.filter(which, sta_sensor__isnull=True):
        Sensor.objects.create(
            name=profile.name,
            description=profile.description or profile.name,
            encoding_type="text/plain",
            metadata=profile.code,
            profile=profile,
        )
    kinds = DeviceProfile.objects.filter(which)
    fields = ProfileField.objects.filter(profile__in=kinds, sta__isnull=True).order_by("pk")
    for field in fields:
        observed, _made = ObservedProperty.objects.get_or_create(
            code=field.code,
            defaults={
                "name": field.name,
                "description": field.name,
                "definition": f"urn:citybrain:field:{field.code}",
            },
        )
        FieldNote.objects.create(field=field, observed_property=observed)


def _describe(devices: list[Device]) -> None:
    # An asset may have had a device before; that one's place is told as it was.
    Location.objects.filter(asset__in=[device.asset for device in devices]).update(asset=None)
    features = FeatureOfInterest.objects.bulk_create(
        FeatureOfInterest(
            name=device.asset.name,
            description=device.asset.code,
            encoding_type=GEOJSON,
            feature=_point(device),
            shape=device.asset.point,
        )
        for device in devices
    )
    locations = Location.objects.bulk_create(
        Location(
            name=device.asset.name,
            description=device.asset.code,
            encoding_type=GEOJSON,
            location=_point(device),
            shape=device.asset.point,
            asset=device.asset,
            made_feature=feature,
        )
        for device, feature in zip(devices, features, strict=True)
    )
    history = HistoricalLocation.objects.bulk_create(
        HistoricalLocation(device=device, at=device.registered_at) for device in devices
    )
    Location.things.through.objects.bulk_create(
        Location.things.through(location=location, device=device)
        for device, location in zip(devices, locations, strict=True)
    )
    HistoricalLocation.locations.through.objects.bulk_create(
        HistoricalLocation.locations.through(historicallocation=row, location=location)
        for row, location in zip(history, locations, strict=True)
    )
    ThingNote.objects.bulk_create(
        (
            ThingNote(device=device, feature=feature)
            for device, feature in zip(devices, features, strict=True)
        ),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["feature"],
    )


def _point(device: Device) -> dict[str, object]:
    return {"type": "Point", "coordinates": [device.asset.point.x, device.asset.point.y]}


def _batches(devices: Iterable[Device]) -> Iterable[list[Device]]:
    found: list[Device] = []
    for device in devices:
        found.append(device)
        if len(found) == _BATCH:
            yield found
            found = []
    if found:
        yield found
