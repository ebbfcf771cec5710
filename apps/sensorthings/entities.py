"""The eight entities of OGC SensorThings 1.1 as rows of ours: what they say, how they are tied.

A property is an expression over the rows of its entity, and how it is shown; a way leads from
an entity to another by a key on one side. Paths, filters, orders and documents are all made of
these. Source: OGC 18-088 clause 8, docs/decisions/0061.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db.models import Case, F, JSONField, Model, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, NullIf

from apps.sensing.enums import FieldKind, Quality
from apps.sensing.models import Datastream, Device, Reading
from apps.sensorthings.models import (
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
)

OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
#: Types of observations by what the values of a field are.
OBSERVATION_TYPES = {
    FieldKind.NUMBER: f"{OM}OM_Measurement",
    FieldKind.BOOLEAN: f"{OM}OM_TruthObservation",
    FieldKind.CATEGORY: f"{OM}OM_CategoryObservation",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What a property can be compared with."""

    ID = "id"
    TEXT = "text"
    TIME = "time"
    JSON = "json"
    RESULT = "result"
    SHAPE = "shape"


@dataclass(frozen=True)
class Property:
    """One property. columns: read for showing, else ``leaf``; show: of their values.

    is_free: shown only where it holds something.
    """

    name: str
    kind: Kind
    leaf: Any
    columns: tuple[Any, ...] = ()
    show: Callable[..., Any] = lambda value: value
    is_free: bool = False

    @property
    def read(self) -> tuple[Any, ...]:
        """The expressions to read."""
        return self.columns or (self.leaf,)


@dataclass(frozen=True)
class Way:
    """A navigation. key: of the target on this entity's row; many: of this one on the target's."""

    name: str
    target: str
    key: Any
    many: bool = False


@dataclass(frozen=True)
class Entity:
    """One kind of entity. name: "Thing"; plural: of its set, "Things"."""

    name: str
    plural: str
    model: type[Model]
    properties: Mapping[str, Property]
    ways: Mapping[str, Way] = field(default_factory=dict)

    @property
    def is_observation(self) -> bool:
        """Whether its key is a series and a moment."""
        return self.model is Observation

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of its key."""
        return ("series_id", "at") if self.is_observation else ("pk",)


def moment(at: datetime | None) -> str | None:
    """Will write a moment in UTC as the standard has it, with milliseconds or finer."""
    if at is None:
        return None
    plain = at.astimezone(UTC).replace(tzinfo=None)
    spec = "milliseconds" if plain.microsecond % 1000 == 0 else "microseconds"
    return f"{plain.isoformat(timespec=spec)}Z"


def span(since: datetime | None, until: datetime | None) -> str | None:
    """Will write a span, or the moment where there is no end."""
    if since is None or until is None:
        return moment(since)
    return f"{moment(since)}/{moment(until)}"


def observation_id(series_id: int, at: datetime) -> str:
    """Will give the lasting name of a reading: its series and microseconds since 1970."""
    past = at - _EPOCH
    return f"{series_id}-{(past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds}"


def key_of_observation(text: str) -> tuple[int, datetime] | None:
    """Will read such a name; None: it is none."""
    series, _dash, micros = text.partition("-")
    if not (series.isascii() and series.isdigit() and micros.isascii() and micros.isdigit()):
        return None
    if len(series) > 18 or len(micros) > 17:
        return None
    return int(series), datetime.fromtimestamp(int(micros) // 10**6, UTC).replace(
        microsecond=int(micros) % 10**6
    )


def _text(name: str, leaf: Any = None) -> Property:
    return Property(name, Kind.TEXT, leaf if leaf is not None else F(name))


def _told(note: str, otherwise: Any) -> Any:
    """What a note says, else something of the row itself."""
    return Coalesce(NullIf(F(note), Value("")), otherwise, output_field=TextField())


def _json(name: str, leaf: Any = None, *, is_free: bool = False) -> Property:
    leaf = leaf if leaf is not None else F(name)
    return Property(name, Kind.JSON, leaf, is_free=is_free)


def _filled(note: str, otherwise: Any) -> Any:
    empty = Value({}, output_field=JSONField())
    return Coalesce(NullIf(F(note), empty), otherwise, output_field=JSONField())


def _shape(name: str, leaf: Any, told: str = "") -> Property:
    return Property(name, Kind.SHAPE, leaf, columns=(F(told), leaf) if told else (), show=_drawn)


def _drawn(*values: Any) -> Any:
    *told, shape = values
    if told and told[0] is not None:
        return told[0]
    return json.loads(shape.json) if shape is not None else None


def _result(value: float | None, label: str | None, kind: str) -> Any:
    if label is not None:
        return label
    if value is not None and kind == FieldKind.BOOLEAN:
        return bool(value)
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else value


def _entity(
    name: str, plural: str, model: type[Model], properties: tuple[Property, ...], *ways: Way
) -> Entity:
    return Entity(
        name, plural, model, {p.name: p for p in properties}, {way.name: way for way in ways}
    )


def _many(name: str, target: str, key: Any) -> Way:
    return Way(name, target, key if not isinstance(key, str) else F(key), many=True)


def _one(name: str, key: Any) -> Way:
    return Way(name, name, key if not isinstance(key, str) else F(key))


_FIRST = Reading.objects.filter(series_id=OuterRef("pk")).order_by("at").values("at")[:1]
_SENSOR = Coalesce("sta__sensor_id", "device__profile__sta_sensor__pk")
_PROPERTY = F("field__sta__observed_property_id")
_FEATURE = Coalesce("note__feature_id", "series__device__sta__feature_id")
_QUALITY = Case(
    *(When(quality=each, then=Value(each.name.lower(), JSONField())) for each in Quality),
    output_field=JSONField(),
)
_TYPE = Case(
    *(When(field__kind=kind, then=Value(uri)) for kind, uri in OBSERVATION_TYPES.items()),
    output_field=TextField(),
)
_UNIT = JSONObject(
    name=F("field__unit"), symbol=F("field__unit"), definition=Value(None, TextField())
)
_CARD = JSONObject(node=F("node"), assetCode=F("asset__code"), profile=F("profile__code"))
_PLACE = Coalesce("asset__point", "shape", output_field=GeometryField(srid=4326))
_DESCRIPTION = _text("description")
_PROPERTIES = _json("properties", is_free=True)
_ENCODING = _text("encodingType", F("encoding_type"))

ENTITIES = (
    _entity(
        "Thing",
        "Things",
        Device,
        (
            _text("name", _told("sta__name", F("asset__name"))),
            _text("description", _told("sta__description", F("profile__name"))),
            _json("properties", _filled("sta__properties", _CARD)),
        ),
        _many("Datastreams", "Datastream", "device_id"),
        _many("Locations", "Location", "things"),
        _many("HistoricalLocations", "HistoricalLocation", "device_id"),
    ),
    _entity(
        "Location",
        "Locations",
        Location,
        (
            _text("name"),
            _DESCRIPTION,
            _ENCODING,
            Property(
                "location",
                Kind.SHAPE,
                _PLACE,
                columns=(F("location"), F("asset_id"), _PLACE),
                show=lambda told, asset, place: _drawn(None if asset else told, place),
            ),
            _PROPERTIES,
        ),
        _many("Things", "Thing", "sta_locations"),
        _many("HistoricalLocations", "HistoricalLocation", "locations"),
    ),
    _entity(
        "HistoricalLocation",
        "HistoricalLocations",
        HistoricalLocation,
        (Property("time", Kind.TIME, F("at"), show=moment),),
        _one("Thing", "device_id"),
        _many("Locations", "Location", "sta_history"),
    ),
    _entity(
        "Datastream",
        "Datastreams",
        Datastream,
        (
            _text(
                "name",
                _told("sta__name", Concat("device__asset__name", Value(" "), "field__name")),
            ),
            _text("description", _told("sta__description", F("field__name"))),
            _text("observationType", _told("sta__observation_type", _TYPE)),
            _json("unitOfMeasurement", _filled("sta__unit", _UNIT)),
            _shape("observedArea", F("device__asset__point")),
            Property(
                "phenomenonTime",
                Kind.TIME,
                F("latest__at"),
                columns=(Subquery(_FIRST), F("latest__at")),
                show=span,
                is_free=True,
            ),
            _json("properties", F("sta__properties"), is_free=True),
        ),
        _one("Thing", "device_id"),
        _one("Sensor", _SENSOR),
        _one("ObservedProperty", _PROPERTY),
        _many("Observations", "Observation", "series_id"),
    ),
    _entity(
        "Sensor",
        "Sensors",
        Sensor,
        (
            _text("name", Coalesce("profile__name", "name")),
            _DESCRIPTION,
            _ENCODING,
            _json("metadata"),
            _PROPERTIES,
        ),
        _many("Datastreams", "Datastream", _SENSOR),
    ),
    _entity(
        "ObservedProperty",
        "ObservedProperties",
        ObservedProperty,
        (_text("name"), _text("definition"), _DESCRIPTION, _PROPERTIES),
        _many("Datastreams", "Datastream", _PROPERTY),
    ),
    _entity(
        "Observation",
        "Observations",
        Observation,
        (
            Property(
                "phenomenonTime", Kind.TIME, F("at"), columns=(F("at"), F("note__until")), show=span
            ),
            Property("resultTime", Kind.TIME, F("note__result_at"), show=moment),
            Property(
                "result",
                Kind.RESULT,
                F("value"),
                columns=(F("value"), F("label"), F("series__field__kind")),
                show=_result,
            ),
            _json("resultQuality", Coalesce("note__result_quality", _QUALITY)),
            Property(
                "validTime",
                Kind.TIME,
                F("note__valid_since"),
                columns=(F("note__valid_since"), F("note__valid_until")),
                show=span,
                is_free=True,
            ),
            _json("parameters", F("note__parameters"), is_free=True),
        ),
        _one("Datastream", "series_id"),
        _one("FeatureOfInterest", _FEATURE),
    ),
    _entity(
        "FeatureOfInterest",
        "FeaturesOfInterest",
        FeatureOfInterest,
        (
            _text("name"),
            _DESCRIPTION,
            _ENCODING,
            _shape("feature", F("shape"), "feature"),
            _PROPERTIES,
        ),
        _many("Observations", "Observation", _FEATURE),
    ),
)
BY_NAME = {each.name: each for each in ENTITIES}
BY_PLURAL = {each.plural: each for each in ENTITIES}
#: A reading's name as text, for what a filter does with it beside asking for equality.
OBSERVATION_KEY = Cast("series_id", TextField())
