"""Entities told by clients, with those told within them: all or none.

A Thing becomes a device of the open kind beside an asset, so that it is on the page of devices,
its readings are judged and alarms follow. Source: OGC 18-088 clause 10.2, IO-09, IO-17,
docs/decisions/0061.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.assets.services import AssetSpec
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.places.models import Area
from apps.places.selectors import locate
from apps.sensing import permissions
from apps.sensing.enums import OPEN_PROFILE, FieldKind
from apps.sensing.models import Datastream, Device, DeviceProfile
from apps.sensing.services import FieldSpec, NewDevice, add_series, place_device, register_device
from apps.sensorthings import told
from apps.sensorthings.entities import OBSERVATION_TYPES
from apps.sensorthings.models import (
    FeatureOfInterest,
    FieldNote,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    SeriesNote,
    ThingNote,
)
from apps.sensorthings.selectors import find_one
from apps.sensorthings.services.observations import Taken, take_observations

#: Written into the register of assets beside what came this way.
SOURCE = "SensorThings"
KINDS = {uri: kind for kind, uri in OBSERVATION_TYPES.items()} | {
    OBSERVATION_TYPES[FieldKind.NUMBER].replace("Measurement", "CountObservation"): FieldKind.NUMBER
}
_MOST_ENTITIES = 2000
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}")
Given = Mapping[str, Any]


def create_entity(viewer: User, *, name: str, body: Any, given: Given | None = None) -> Any:
    """Will create an entity with those told within it, and give its row, or a ``Taken``.

    name: of the entity, "Thing". given: rows it is tied to by the address it was sent to, by
    name. Audited. Raises: InvalidInput (field: the member); NotAllowed; Refused (an observation
    of that moment says something else). Nothing stays of what fails.
    """
    maker = Maker(viewer)
    if name == "Observation":
        return maker.make(name, body, given or {})
    permissions.require_keep(viewer)
    with transaction.atomic():
        return maker.make(name, body, given or {})


class Maker:
    """Makes entities for one request; bounds how many."""

    def __init__(self, viewer: User) -> None:
        self._viewer = viewer
        self._count = 0

    def make(self, name: str, body: Any, given: Given) -> Any:
        self._count += 1
        if self._count > _MOST_ENTITIES:
            raise InvalidInput(
                _("一次不得超过 %(most)d 个实体") % {"most": _MOST_ENTITIES}, field="body"
            )
        return getattr(self, f"_make_{_snake(name)}")(body, given)

    def find_or_make(self, name: str, value: Any, given: Given | None = None) -> Any:
        """Will give the entity referred to, or make the one told. Raises: InvalidInput."""
        key = told.linked(value, name)
        if key is None:
            return self.make(name, value, given or {})
        found = find_one(self._viewer, name, key)
        if found is None:
            raise InvalidInput(_("没有这个 %(name)s") % {"name": name}, field=name)
        return found

    def _one(self, name: str, body: dict[str, Any], given: Given) -> Any:
        if name in given:
            if name in body:
                raise InvalidInput(_("地址已写明 %(name)s") % {"name": name}, field=name)
            return given[name]
        if name not in body:
            raise InvalidInput(_("缺少 %(name)s") % {"name": name}, field=name)
        return self.find_or_make(name, body[name])

    # --- things and places ----------------------------------------------------------------

    def _make_thing(self, sent: Any, given: Given) -> Device:
        body = told.body_of(sent, ("name", "description", "properties", "Locations", "Datastreams"))
        name = told.text(body, "name", most=told.MOST_NAME)
        description = told.text(body, "description")
        properties = told.plain(body, "properties", is_object=True)
        locations = [
            self.find_or_make("Location", each) for each in told.several(body, "Locations")
        ]
        locations += [given["Location"]] if "Location" in given else []
        device = self._register(name, properties, locations)
        ThingNote.objects.create(
            device=device,
            name=name if name != device.asset.name else "",
            description=description,
            properties=properties,
        )
        if locations:
            stand_at(device, locations, at=device.registered_at)
        for each in told.several(body, "Datastreams"):
            self.make("Datastream", each, {"Thing": device})
        return device

    def _register(self, name: str, properties: dict[str, Any], locations: list[Location]) -> Device:
        profile = DeviceProfile.objects.get(code=OPEN_PROFILE)
        place = next((point_of(each) for each in locations if each.shape or each.asset_id), None)
        area = self._area_at(place) if place is not None else self._own_area()
        node = properties.get("node")
        if place is None:
            assert area.boundary is not None, "areas are chosen by their boundaries"
            source, place = f"{SOURCE}（{_('位置待定')}）", area.boundary.point_on_surface
        else:
            source = SOURCE
        spec = AssetSpec(
            kind=profile.asset_class,
            name=name[:80],
            point=place,
            area=area,
            owner_unit=unit_of(self._viewer),
            source=source,
        )
        if not isinstance(node, str) or not _NODE.fullmatch(node):
            node = f"sta-{secrets.token_hex(6)}"
        return register_device(self._viewer, new=NewDevice(profile, node, spec))

    @staticmethod
    def _area_at(place: Point) -> Area:
        area = locate(place)
        if area is None:
            raise InvalidInput(_("位置不在城市范围内"), field="location")
        return area

    def _own_area(self) -> Area:
        """Where a thing without a place is entered: the area its keeper answers for."""
        scope = scope_for(self._viewer, permissions.KEEP)
        areas = Area.objects.filter(boundary__isnull=False).order_by("path")
        if not scope.everything:
            areas = areas.filter(path__in=scope.area_paths)
        area = areas.first()
        if area is None:
            raise NotAllowed(_("您没有负责的区域，须写明位置"))
        return area

    def _make_location(self, sent: Any, given: Given) -> Location:
        body = told.body_of(
            sent, ("name", "description", "properties", "encodingType", "location", "Things")
        )
        document, shape = told.shape(body, "location")
        location = Location.objects.create(
            **self._words(body),
            encoding_type=told.encoding(body),
            location=document,
            shape=shape,
        )
        self._note("location", location)
        things = [given["Thing"]] if "Thing" in given else []
        things += [self.find_or_make("Thing", each) for each in told.several(body, "Things")]
        for device in things:
            move(self._viewer, device, [location])
        return location

    def _make_historical_location(self, sent: Any, given: Given) -> HistoricalLocation:
        body = told.body_of(sent, ("time", "Thing", "Locations"))
        at = told.moment(body.get("time"), "time")
        device = self._one("Thing", body, given)
        locations = [
            self.find_or_make("Location", each) for each in told.several(body, "Locations")
        ]
        locations += [given["Location"]] if "Location" in given else []
        if not locations:
            raise InvalidInput(_("缺少 %(name)s") % {"name": "Locations"}, field="Locations")
        row = HistoricalLocation.objects.create(device=device, at=at)
        row.locations.set(locations)
        self._note("historical_location", row)
        return row

    def _make_feature_of_interest(self, sent: Any, given: Given) -> FeatureOfInterest:
        body = told.body_of(sent, ("name", "description", "properties", "encodingType", "feature"))
        document, shape = told.shape(body, "feature")
        row = FeatureOfInterest.objects.create(
            **self._words(body), encoding_type=told.encoding(body), feature=document, shape=shape
        )
        self._note("feature_of_interest", row)
        return row

    # --- what is observed -----------------------------------------------------------------

    def _make_sensor(self, sent: Any, given: Given) -> Sensor:
        body = told.body_of(sent, ("name", "description", "properties", "encodingType", "metadata"))
        if body.get("metadata") in (None, "", {}):
            raise InvalidInput(_("缺少 %(name)s") % {"name": "metadata"}, field="metadata")
        row = Sensor.objects.create(
            **self._words(body),
            encoding_type=told.text(body, "encodingType", most=100),
            metadata=told.plain(body, "metadata"),
        )
        self._note("sensor", row)
        return row

    def _make_observed_property(self, sent: Any, given: Given) -> ObservedProperty:
        body = told.body_of(sent, ("name", "description", "properties", "definition"))
        row = ObservedProperty.objects.create(
            **self._words(body), definition=told.text(body, "definition", most=2000),
        )  # fmt: skip
        self._note("observed_property", row)
        return row

    def _make_datastream(self, sent: Any, given: Given) -> Datastream:
        body = told.body_of(
            sent,
            (
                "name", "description", "properties", "observationType", "unitOfMeasurement",
                "observedArea", "phenomenonTime", "resultTime",
                "Thing", "Sensor", "ObservedProperty", "Observations",
            ),
        )  # fmt: skip
        name, description = (
            told.text(body, "name", most=told.MOST_NAME),
            told.text(body, "description"),
        )
        kind, unit = kind_of(body), unit_of_measurement(body)
        device = self._one("Thing", body, given)
        sensor = self._one("Sensor", body, given)
        observed = self._one("ObservedProperty", body, given)
        spec = FieldSpec(
            code=_code_of(observed),
            name=observed.name[:40],
            unit=(unit.get("symbol") or unit.get("name") or "")[:20],
            kind=kind,
        )
        series = add_series(self._viewer, device_id=device.pk, spec=spec)
        FieldNote.objects.get_or_create(
            field_id=series.field_id, defaults={"observed_property": observed}
        )
        SeriesNote.objects.create(
            series=series,
            name=name,
            description=description,
            properties=told.plain(body, "properties", is_object=True),
            observation_type=body["observationType"],
            unit=unit,
            sensor=sensor,
        )
        for each in told.several(body, "Observations"):
            self.make("Observation", each, {"Datastream": series})
        return series

    def _make_observation(self, sent: Any, given: Given) -> Taken:
        if not isinstance(sent, dict):
            raise InvalidInput(_("内容应为一个 JSON 对象"), field="body")
        body = dict(sent)
        series_id = self._series_key(body, given)
        body.pop("Datastream", None)
        feature = given.get("FeatureOfInterest")
        if feature is not None:
            body["FeatureOfInterest"] = {"@iot.id": feature.pk}
        elif body.get("FeatureOfInterest") is not None:
            return self._observe_feature(series_id, body)
        return self._take(series_id, body)

    @transaction.atomic
    def _observe_feature(self, series_id: int, body: dict[str, Any]) -> Taken:
        """What is made with an observation is not there without it."""
        if told.linked(body["FeatureOfInterest"], "FeatureOfInterest") is None:
            permissions.require_keep(self._viewer)
        feature = self.find_or_make("FeatureOfInterest", body["FeatureOfInterest"])
        return self._take(series_id, body | {"FeatureOfInterest": {"@iot.id": feature.pk}})

    def _take(self, series_id: int, body: dict[str, Any]) -> Taken:
        (taken,) = take_observations(self._viewer, bodies=[(series_id, body)])
        if taken.error is not None:
            raise taken.error
        return taken

    def _series_key(self, body: dict[str, Any], given: Given) -> int:
        """One referred to is looked for when it is stored into, once."""
        if "Datastream" not in given and "Datastream" in body:
            key = told.linked(body["Datastream"], "Datastream")
            if key is not None and key.isascii() and key.isdigit() and len(key) <= 18:
                return int(key)
        return int(self._one("Datastream", body, given).pk)

    # --- shared ---------------------------------------------------------------------------

    def _words(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": told.text(body, "name", most=told.MOST_NAME),
            "description": told.text(body, "description"),
            "properties": told.plain(body, "properties", is_object=True),
            "owner": unit_of(self._viewer),
        }

    def _note(self, what: str, row: Model) -> None:
        audit.record(
            self._viewer,
            f"sensorthings.{what}_created",
            object_type=what,
            object_id=row.pk,
            object_label=str(row)[:100],
            data=audit.changes({}, audit.snapshot(row, *_STATED[type(row)])),
        )


_STATED: dict[type[Model], tuple[str, ...]] = {
    Location: ("name", "description", "location", "properties"),
    FeatureOfInterest: ("name", "description", "feature", "properties"),
    Sensor: ("name", "description", "encoding_type", "metadata", "properties"),
    ObservedProperty: ("name", "description", "definition", "properties"),
    HistoricalLocation: ("device_id", "at"),
    ThingNote: ("name", "description", "properties"),
    SeriesNote: ("name", "description", "properties", "observation_type", "unit", "sensor_id"),
}


def stated(row: Model) -> dict[str, Any]:
    """Will give what the log says of a row of this app."""
    return audit.snapshot(row, *_STATED[type(row)])


def unit_of(viewer: User) -> Organization | None:
    """Will give the unit that what a viewer brings belongs to: the first of the viewer's."""
    ids = scope_for(viewer, permissions.KEEP).organization_ids
    return Organization.objects.filter(pk__in=ids).order_by("path").first()


def point_of(location: Location) -> Point:
    """Will give one point that stands for a location."""
    shape: Any = location.asset.point if location.asset is not None else location.shape
    return shape if isinstance(shape, Point) else shape.point_on_surface


def stand_at(device: Device, locations: list[Location], *, at: datetime) -> None:
    """Will note where a thing stands since a moment, and what its observations are about.

    The first feature stays the thing's; one made after a move is told with each observation.
    """
    device.sta_locations.set(locations)
    history = HistoricalLocation.objects.create(device=device, at=at)
    history.locations.set(locations)
    first = locations[0]
    if first.made_feature_id is None:
        first.made_feature = FeatureOfInterest.objects.create(
            name=first.name,
            description=first.description,
            encoding_type=first.encoding_type,
            feature=first.location,
            shape=point_of(first) if first.asset_id else first.shape,
            owner=first.owner,
        )
        first.save(update_fields=["made_feature"])
    note, _made = ThingNote.objects.get_or_create(device=device)
    if note.feature_id is None:
        note.feature_id = first.made_feature_id
        note.save(update_fields=["feature"])


@transaction.atomic
def move(viewer: User, device: Device, locations: list[Location]) -> None:
    """Will put a thing at other locations; its asset follows, and its history grows.

    Raises: NotAllowed; InvalidInput (field "point": outside the city).
    """
    place_device(viewer, device_id=device.pk, where=point_of(locations[0]))
    stand_at(device, locations, at=clock.now())


def kind_of(body: dict[str, Any]) -> FieldKind:
    """Will give what the values of a datastream are. Raises: InvalidInput."""
    told_type = told.text(body, "observationType", most=120)
    if told_type not in KINDS:
        known = "、".join(uri.rpartition("/")[2] for uri in KINDS)
        raise InvalidInput(
            _("observationType 应为 %(known)s 之一") % {"known": known}, field="observationType"
        )
    return FieldKind(KINDS[told_type])


def unit_of_measurement(body: dict[str, Any]) -> dict[str, Any]:
    """Will give a unit as told: name, symbol, definition, or null. Raises: InvalidInput."""
    if "unitOfMeasurement" not in body:
        raise InvalidInput(
            _("缺少 %(name)s") % {"name": "unitOfMeasurement"}, field="unitOfMeasurement"
        )
    unit: dict[str, Any] = told.plain(body, "unitOfMeasurement", is_object=True)
    if any(value is not None and not isinstance(value, str) for value in unit.values()):
        raise InvalidInput(_("单位的各项应为文本"), field="unitOfMeasurement")
    return {name: unit.get(name) for name in ("name", "symbol", "definition")}


def _code_of(observed: ObservedProperty) -> str:
    if observed.code:
        return observed.code
    word = slugify(observed.name)[:20].strip("-") or "op"
    return f"{word}_{observed.pk}"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
