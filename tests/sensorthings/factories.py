"""A caller and bodies as clients of the standard send them."""

import json
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.assets.models import AssetClass
from apps.audit.services import SYSTEM
from apps.gateway.services import issue_client
from tests.cast import Cast
from tests.sensing.factories import person

ROOT = "/sta/v1.1"
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
MEASUREMENT = f"{OM}OM_Measurement"


class Caller:
    """Asks the service as one account."""

    def __init__(self, user: User, key: str = "") -> None:
        self.web = Client(headers={"Authorization": f"Api-Key {key}"} if key else {})
        if not key:
            self.web.force_login(user)

    def get(self, path: str, **query: str) -> Any:
        options = {f"${name}": value for name, value in query.items()}
        return self.web.get(f"{ROOT}/{path}", options)

    def read(self, path: str, **query: str) -> Any:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def values(self, path: str, **query: str) -> list[dict[str, Any]]:
        return list(self.read(path, **query)["value"])

    def send(self, method: str, path: str, body: Any) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        call = getattr(self.web, method)
        return call(f"{ROOT}/{path}", text, content_type="application/json")

    def make(self, path: str, body: Any) -> Any:
        answer = self.send("post", path, body)
        assert answer.status_code == 201, answer.content.decode()
        return answer.json()["@iot.id"]


def keeper(cast: Cast, side: str = "east") -> Caller:
    """Will give a keeper of the devices of a district, with a session."""
    AssetClass.objects.get_or_create(
        code="0502", defaults={"name": "感知终端", "large_class": "其他"}
    )
    unit = cast.east_works if side == "east" else cast.west_works
    return Caller(person(f"keeper-{side}", "device_keeper", unit))


def program(cast: Cast, user: User, *scopes: str) -> Caller:
    """Will give a program with these scopes behind an account."""
    _client, key = issue_client(
        SYSTEM, name="平台", tenant=cast.tenant, service_user=user, scopes=scopes
    )
    return Caller(user, key)


def place(lon: float = 120.012, lat: float = 36.012, **more: Any) -> dict[str, Any]:
    return {
        "name": "河边",
        "description": "河边立杆",
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [lon, lat]},
    } | more


def feature(lon: float = 120.013, lat: float = 36.013) -> dict[str, Any]:
    return {
        "name": "桥下",
        "description": "桥下水面",
        "encodingType": "application/geo+json",
        "feature": {"type": "Point", "coordinates": [lon, lat]},
    }


def sensor(name: str = "DHT22") -> dict[str, Any]:
    return {
        "name": name,
        "description": "温湿度传感器",
        "encodingType": "application/pdf",
        "metadata": "https://example.org/dht22.pdf",
    }


def observed(name: str = "Temperature") -> dict[str, Any]:
    return {
        "name": name,
        "description": "气温",
        "definition": "http://qudt.org/vocab/quantitykind/Temperature",
    }


def datastream(name: str = "室外温度", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": "每五分钟一次",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {
            "name": "degree Celsius",
            "symbol": "°C",
            "definition": "http://unitsofmeasure.org/ucum.html#para-30",
        },
        "Sensor": sensor(),
        "ObservedProperty": observed(),
    } | more


def thing(name: str = "气象杆", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": "路灯杆上的气象设备",
        "properties": {"owner": "city", "height": 4.5, "deep": {"er": [1, 2]}},
        "Locations": [place()],
        "Datastreams": [datastream()],
    } | more
