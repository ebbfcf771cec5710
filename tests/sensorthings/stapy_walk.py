"""Writes and reads a SensorThings service with stapy; run by stapy's own Python.

Usage: stapy_walk.py URL KEY. Prints what came of each step as one JSON object.
"""

import json
import sys
from contextlib import suppress
from typing import Any

import requests  # noqa: TID251  # what stapy speaks with; to give it the key
from stapy import Delete, Entity, Patch, Post, Query, config  # type: ignore[import-not-found]

URL, KEY = sys.argv[1:]
STREAM = {
    "unit_of_measurement": {"name": "Celsius", "symbol": "°C", "definition": "u"},
    "observation_type": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
}


def headers_with_key() -> Any:
    """Every session of requests begins with the key: stapy itself knows only basic log-in."""
    return plain_headers() | {"Authorization": f"Api-Key {KEY}"}


def plain_headers() -> dict[str, str]:
    return dict(requests.utils.default_headers())


def write() -> dict[str, int]:
    """A place, a thing, a sensor, a property, a series, three observations by two ways."""
    place = Post.location("河边", "立杆", "application/vnd.geo+json",
                          {"type": "Point", "coordinates": [120.012, 36.012]})  # fmt: skip
    thing = Post.thing("气象杆", "路灯杆", properties={"height": 4}, location_id=place)
    seen = Post.observed_property("T", "气温", "urn:t")
    sensor = Post.sensor("DHT22", "传感器", "text/html", metadata="m")
    series = Post.datastream("气温", "五分钟", thing_id=thing, observed_property_id=seen,
                             sensor_id=sensor, **STREAM)  # fmt: skip
    # Stored; but stapy takes every id for a whole number, and ours of observations are texts.
    with suppress(ValueError):
        Post.observation("2026-11-20T04:00:00+00:00", 20.0, datastream_id=series)
    times = ["2026-11-20T04:01:00Z", "2026-11-20T04:02:00Z"]
    Post.observations([21.0, 22.0], times, series)
    return {"thing": thing, "series": series}


def read(made: dict[str, int]) -> dict[str, Any]:
    """Selected, filtered, ordered, expanded by the service."""
    tall = Query(Entity.Thing).filter("properties/height eq 4").select("@iot.id")
    nested = Query(Entity.Datastream).entity_id(made["series"]).sub_entity(Entity.Observation)
    newest = Query(Entity.Observation).order("result", asc=False).limit(2)
    placed = Query(Entity.Thing).entity_id(made["thing"]).expand("Locations")
    answer = placed.get_with_retry(placed.get_query()).json()
    return {
        "tall": tall.get_data_sets(),
        "results": newest.select("result").get_data_sets(count=2),
        "nested": sorted(nested.select("result").get_data_sets()),
        "place": answer["Locations"][0]["name"],
    }


def change(made: dict[str, int]) -> dict[str, Any]:
    """A new name, a refusal, and away with it."""
    patched = Patch.thing(made["thing"], name="气象杆二")
    renamed = Query(Entity.Thing).entity_id(made["thing"])
    name = renamed.get_with_retry(renamed.get_query()).json()["name"]
    refused = Post.datastream("无物", "x", thing_id=10**9, observed_property_id=1, sensor_id=1,
                              **STREAM)  # fmt: skip
    Delete.entity(Entity.Thing, made["thing"])
    left = Query(Entity.Thing)
    return {
        "patched": patched,
        "name": name,
        "refused": refused,
        "left": left.get_with_retry(left.get_query()).json()["value"],
    }


if __name__ == "__main__":
    requests.sessions.default_headers = headers_with_key
    config.set(STA_URL=URL)  # in memory; set_sta_url would write a file
    made = write()
    sys.stdout.write(json.dumps({"made": made, "read": read(made), "change": change(made)}))
