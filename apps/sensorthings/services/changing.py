"""Entities changed and taken away by clients.

Nothing that happened is lost: a thing taken away is a device out of use, a series or a reading
is withdrawn from here and stays where evidence needs it. Source: OGC 18-088 clauses 10.3, 10.4,
docs/decisions/0061.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.sensing import permissions
from apps.sensing.models import Datastream, Device
from apps.sensing.services import place_device, set_device_active
from apps.sensorthings import told
from apps.sensorthings.entities import BY_NAME, moment, span
from apps.sensorthings.models import (
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservationNote,
    ObservedProperty,
    Sensor,
    SeriesNote,
    ThingNote,
)
from apps.sensorthings.selectors import find_one
from apps.sensorthings.services.creating import (
    kind_of,
    move,
    point_of,
    stated,
    unit_of_measurement,
)

Body = dict[str, Any]
_WORDS = ("name", "description", "properties")


@transaction.atomic
def change_entity(viewer: User, *, name: str, key: str, body: Any, whole: bool = False) -> None:
    """Will change what is told of an entity; whole: what is not told becomes what it was at first.

    Related entities are referred to by ``@iot.id``, never told within. Audited with both sides.
    Raises: NotFound; NotAllowed; InvalidInput (field: the member); Refused (a reading's value or
        moment, a unit, a word of a shipped kind would change).
    """
    row = _found(viewer, name, key)
    entity = BY_NAME[name]
    sent = told.body_of(body, (*entity.properties, *entity.ways))
    for way in entity.ways.values():
        if way.name in sent:
            _require_links(way.name, sent[way.name], many=way.many)
    if whole:
        _require_whole(name, sent)
    _CHANGES[type(row)](viewer, row, sent, whole)


@transaction.atomic
def remove_entity(viewer: User, *, name: str, key: str) -> None:
    """Will take an entity away, with what cannot be without it. Audited.

    Raises: NotFound; NotAllowed; Refused (it stands for a shipped kind, or a thing's
        observations are about it).
    """
    row = _found(viewer, name, key)
    _REMOVALS[type(row)](viewer, row)


def _found(viewer: User, name: str, key: str) -> Any:
    permissions.require_keep(viewer)
    row = find_one(viewer, name, key)
    if row is None:
        raise NotFound(_("没有这个资源，或您无权查看"))
    return row


def _require_links(name: str, value: Any, *, many: bool) -> None:
    links = value if many and isinstance(value, list) else [value]
    for each in links:
        if told.linked(each, name) is None:
            raise InvalidInput(_("修改时不能内嵌“%(name)s”，只能引用") % {"name": name}, field=name)


_NEEDED = {
    "Thing": ("name", "description"),
    "Location": ("name", "description", "encodingType", "location"),
    "HistoricalLocation": ("time",),
    "Datastream": ("name", "description", "observationType", "unitOfMeasurement"),
    "Sensor": ("name", "description", "encodingType", "metadata"),
    "ObservedProperty": ("name", "description", "definition"),
    "Observation": ("result",),
    "FeatureOfInterest": ("name", "description", "encodingType", "feature"),
}


def _require_whole(name: str, sent: Body) -> None:
    for each in _NEEDED[name]:
        if each not in sent:
            raise InvalidInput(_("缺少 %(name)s") % {"name": each}, field=each)


def _require_own(viewer: User, owner: Organization | None) -> None:
    scope = scope_for(viewer, permissions.KEEP)
    if scope.everything:
        return
    if owner is None or not scope.covers_organization(owner.path):
        raise NotAllowed(_("它不属于您的单位"))


def _write_words(row: Any, sent: Body, whole: bool) -> None:
    if "name" in sent:
        row.name = told.text(sent, "name", most=told.MOST_NAME)
    if "description" in sent:
        row.description = told.text(sent, "description")
    if "properties" in sent or whole:
        row.properties = told.plain(sent, "properties", is_object=True)


def _saved(viewer: User, row: Model, before: Body, what: str) -> None:
    row.save()
    _log(viewer, row, what, "changed", audit.changes(before, stated(row)))


def _log(viewer: User, row: Model, what: str, deed: str, data: Body | None = None) -> None:
    audit.record(
        viewer,
        f"sensorthings.{what}_{deed}",
        object_type=what,
        object_id=row.pk if not isinstance(row, Observation) else row.series_id,
        object_label=str(row)[:100],
        data=data or {},
    )


# --- changes ------------------------------------------------------------------------------


def _change_thing(viewer: User, device: Device, sent: Body, whole: bool) -> None:
    permissions.require_keep_in(viewer, device.asset.area)
    note, _made = ThingNote.objects.select_for_update().get_or_create(device=device)
    before = stated(note)
    _write_words(note, sent, whole)
    if "name" in sent:
        name = note.name[:80]
        if name != device.asset.name:
            place_device(viewer, device_id=device.pk, name=name)
        note.name = note.name if note.name != name else ""
    _saved(viewer, note, before, "thing")
    if "Locations" in sent:
        keys = [str(told.linked(each, "Locations")) for each in told.several(sent, "Locations")]
        locations = [find_one(viewer, "Location", key) for key in keys]
        if not locations or None in locations:
            raise InvalidInput(_("没有这个 %(name)s") % {"name": "Location"}, field="Locations")
        move(viewer, device, locations)


def _change_location(viewer: User, row: Location, sent: Body, whole: bool) -> None:
    things = list(row.things.select_related("asset__area"))
    for device in things:
        permissions.require_keep_in(viewer, device.asset.area)
    if not things:
        _require_own(viewer, row.owner)
    before = stated(row)
    _write_words(row, sent, whole)
    if "encodingType" in sent:
        row.encoding_type = told.encoding(sent)
    if "location" in sent:
        row.location, row.shape = told.shape(sent, "location")
        row.asset = None
        for device in things:
            place_device(viewer, device_id=device.pk, where=point_of(row))
    _saved(viewer, row, before, "location")


def _change_feature(viewer: User, row: FeatureOfInterest, sent: Body, whole: bool) -> None:
    _require_own(viewer, row.owner)
    before = stated(row)
    _write_words(row, sent, whole)
    if "encodingType" in sent:
        row.encoding_type = told.encoding(sent)
    if "feature" in sent:
        row.feature, row.shape = told.shape(sent, "feature")
    _saved(viewer, row, before, "feature_of_interest")


def _change_history(viewer: User, row: HistoricalLocation, sent: Body, whole: bool) -> None:
    permissions.require_keep_in(viewer, row.device.asset.area)
    before = stated(row)
    if "time" in sent:
        row.at = told.moment(sent["time"], "time")
    _saved(viewer, row, before, "historical_location")


def _change_sensor(viewer: User, row: Sensor, sent: Body, whole: bool) -> None:
    if row.profile_id is not None:
        raise _of_a_kind()
    _require_own(viewer, row.owner)
    before = stated(row)
    _write_words(row, sent, whole)
    if "encodingType" in sent:
        row.encoding_type = told.text(sent, "encodingType", most=100)
    if "metadata" in sent:
        row.metadata = told.plain(sent, "metadata")
    _saved(viewer, row, before, "sensor")


def _change_property(viewer: User, row: ObservedProperty, sent: Body, whole: bool) -> None:
    if row.code is not None:
        raise _of_a_kind()
    _require_own(viewer, row.owner)
    before = stated(row)
    _write_words(row, sent, whole)
    if "definition" in sent:
        row.definition = told.text(sent, "definition", most=2000)
    _saved(viewer, row, before, "observed_property")


def _change_datastream(viewer: User, series: Datastream, sent: Body, whole: bool) -> None:
    permissions.require_keep_in(viewer, series.device.asset.area)
    note, _made = SeriesNote.objects.select_for_update().get_or_create(series=series)
    before = stated(note)
    _write_words(note, sent, whole)
    if "observationType" in sent:
        if kind_of(sent) != series.field.kind:
            raise Refused(_("数据流的取值类型不能改变"), field="observationType")
        note.observation_type = sent["observationType"]
    if "unitOfMeasurement" in sent:
        unit = unit_of_measurement(sent)
        if (unit.get("symbol") or unit.get("name") or "")[:20] != series.field.unit:
            raise Refused(_("已有读数的单位不能改变，请新建数据流"), field="unitOfMeasurement")
        note.unit = unit
    for name in ("Thing", "ObservedProperty"):
        if name in sent:
            raise Refused(_("数据流的 %(name)s 不能改变") % {"name": name}, field=name)
    if "Sensor" in sent:
        sensor = find_one(viewer, "Sensor", str(told.linked(sent["Sensor"], "Sensor")))
        if sensor is None:
            raise InvalidInput(_("没有这个 %(name)s") % {"name": "Sensor"}, field="Sensor")
        note.sensor = sensor
    _saved(viewer, note, before, "datastream")


def _change_observation(viewer: User, row: Observation, sent: Body, whole: bool) -> None:
    permissions.require_keep_in(viewer, row.series.device.asset.area)
    _require_same(row, sent)
    note, _made = ObservationNote.objects.select_for_update().get_or_create(
        series_id=row.series_id, at=row.at
    )
    before = _told_of(note)
    if sent.get("resultTime") is not None or whole:
        value = sent.get("resultTime")
        note.result_at = told.moment(value, "resultTime") if value is not None else None
    if sent.get("validTime") is not None:
        note.valid_since, note.valid_until = told.span(sent["validTime"], "validTime")
    if "resultQuality" in sent or whole:
        note.result_quality = told.plain(sent, "resultQuality")
    if "parameters" in sent or whole:
        note.parameters = told.plain(sent, "parameters")
    if "FeatureOfInterest" in sent:
        key = str(told.linked(sent["FeatureOfInterest"], "FeatureOfInterest"))
        feature = find_one(viewer, "FeatureOfInterest", key)
        if feature is None:
            raise InvalidInput(
                _("没有这个 %(name)s") % {"name": "FeatureOfInterest"}, field="FeatureOfInterest"
            )
        note.feature = feature
    note.save()
    _log(viewer, row, "observation", "changed", audit.changes(before, _told_of(note)))


def _require_same(row: Observation, sent: Body) -> None:
    standing = row.label if row.label is not None else row.value
    if "result" in sent and sent["result"] != standing:
        raise Refused(_("读数一经存入不改；有误时撤回"), code="reading_kept", field="result")
    if (
        "phenomenonTime" in sent
        and told.span(sent["phenomenonTime"], "phenomenonTime")[0] != row.at
    ):
        raise Refused(
            _("读数一经存入不改；有误时撤回"), code="reading_kept", field="phenomenonTime"
        )


def _told_of(note: ObservationNote) -> Body:
    return {
        "resultTime": moment(note.result_at),
        "validTime": span(note.valid_since, note.valid_until),
        "resultQuality": note.result_quality,
        "parameters": note.parameters,
        "feature": note.feature_id,
    }


def _of_a_kind() -> Refused:
    return Refused(_("它由设备型号而来，请在设备型号中修改"), code="of_a_profile")


# --- removals -----------------------------------------------------------------------------


def _remove_thing(viewer: User, device: Device) -> None:
    set_device_active(viewer, device_id=device.pk, is_active=False)


def _remove_location(viewer: User, row: Location) -> None:
    for device in row.things.select_related("asset__area"):
        permissions.require_keep_in(viewer, device.asset.area)
    if row.asset_id is not None:
        raise Refused(_("它是部件的位置，不能单独删除"), code="of_an_asset")
    if not row.things.exists():
        _require_own(viewer, row.owner)
    HistoricalLocation.objects.filter(locations=row).update(is_removed=True)
    row.things.clear()
    _withdraw(viewer, row, "location")


def _remove_feature(viewer: User, row: FeatureOfInterest) -> None:
    _require_own(viewer, row.owner)
    if row.things.exists():
        raise Refused(_("它是设备读数的观测对象，不能删除"), code="feature_in_use")
    ObservationNote.objects.filter(feature=row).update(is_removed=True)
    Location.objects.filter(made_feature=row).update(made_feature=None)
    _withdraw(viewer, row, "feature_of_interest")


def _remove_history(viewer: User, row: HistoricalLocation) -> None:
    permissions.require_keep_in(viewer, row.device.asset.area)
    _withdraw(viewer, row, "historical_location")


def _remove_sensor(viewer: User, row: Sensor) -> None:
    if row.profile_id is not None:
        raise _of_a_kind()
    _require_own(viewer, row.owner)
    for note in SeriesNote.objects.filter(sensor=row).select_related("series__device__asset__area"):
        _remove_datastream(viewer, note.series)
    _withdraw(viewer, row, "sensor")


def _remove_property(viewer: User, row: ObservedProperty) -> None:
    if row.code is not None:
        raise _of_a_kind()
    _require_own(viewer, row.owner)
    series = Datastream.objects.filter(field__sta__observed_property=row)
    for each in series.select_related("device__asset__area"):
        _remove_datastream(viewer, each)
    _withdraw(viewer, row, "observed_property")


def _remove_datastream(viewer: User, series: Datastream) -> None:
    permissions.require_keep_in(viewer, series.device.asset.area)
    note, _made = SeriesNote.objects.get_or_create(series=series)
    note.is_removed = True
    note.save(update_fields=["is_removed"])
    _log(viewer, note, "datastream", "removed")


def _remove_observation(viewer: User, row: Observation) -> None:
    permissions.require_keep_in(viewer, row.series.device.asset.area)
    ObservationNote.objects.update_or_create(
        series_id=row.series_id, at=row.at, defaults={"is_removed": True}
    )
    _log(viewer, row, "observation", "removed", {"at": row.at.isoformat()})


def _withdraw(viewer: User, row: Any, what: str) -> None:
    row.is_removed = True
    row.save(update_fields=["is_removed"])
    _log(viewer, row, what, "removed")


_CHANGES: dict[type[Model], Callable[[User, Any, Body, bool], None]] = {
    Device: _change_thing,
    Location: _change_location,
    FeatureOfInterest: _change_feature,
    HistoricalLocation: _change_history,
    Sensor: _change_sensor,
    ObservedProperty: _change_property,
    Datastream: _change_datastream,
    Observation: _change_observation,
}
_REMOVALS: dict[type[Model], Callable[[User, Any], None]] = {
    Device: _remove_thing,
    Location: _remove_location,
    FeatureOfInterest: _remove_feature,
    HistoricalLocation: _remove_history,
    Sensor: _remove_sensor,
    ObservedProperty: _remove_property,
    Datastream: _remove_datastream,
    Observation: _remove_observation,
}
