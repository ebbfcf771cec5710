"""Things with one datastream each, entered as a city does or told as the standard writes them."""

from dataclasses import dataclass
from typing import Any

from benchmarks.support.town import build_town

OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


@dataclass(frozen=True)
class Told:
    """Keys of datastreams, and the key of a program that may write them."""

    series: tuple[int, ...]
    key: str


def lay_series(number: int) -> Told:
    """Will build a small town with so many weather poles, and a program that keeps them."""
    from apps.assets.services import AssetSpec, define_classes
    from apps.audit.services import SYSTEM
    from apps.places.geometry import point
    from apps.sensing.models import Datastream, DeviceProfile
    from apps.sensing.services import NewDevice, register_devices

    town = build_town("small")
    define_classes(SYSTEM)
    profile = DeviceProfile.objects.get(code="weather")
    news = [
        NewDevice(profile, f"STA-{serial}", AssetSpec(profile.asset_class, "气象杆", point(*place)))
        for serial, place in enumerate(town.points[:number])
    ]
    devices = register_devices(SYSTEM, news=news)
    found = Datastream.objects.filter(device__in=devices, field__code="temperature").order_by("pk")
    return Told(tuple(found.values_list("pk", flat=True)), town.api_key)


def thing_of(number: int) -> dict[str, Any]:
    """Will give a thing with its place, as a client tells it."""
    return {
        "name": f"pole {number}",
        "description": "a weather pole",
        "properties": {},
        "Locations": [
            {
                "name": f"place {number}",
                "description": "roadside",
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [120.01, 36.01]},
            }
        ],
    }


def sensor_of(number: int) -> dict[str, Any]:
    """Will give a datastream with its sensor and quantity, as a client tells it."""
    return {
        "name": f"temperature {number}",
        "description": "air",
        "observationType": OM,
        "unitOfMeasurement": {
            "name": "degree Celsius", "symbol": "°C",
            "definition": "http://unitsofmeasure.org/ucum.html#para-30",
        },
        "Sensor": {
            "name": f"sensor {number}", "description": "thermometer",
            "encodingType": "application/pdf", "metadata": "https://example.org/a.pdf",
        },
        "ObservedProperty": {
            "name": f"temperature {number}", "description": "of the air",
            "definition": "http://qudt.org/vocab/quantitykind/Temperature",
        },
    }  # fmt: skip
