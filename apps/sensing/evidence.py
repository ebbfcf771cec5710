"""What a device said around an alarm: shown with the case the alarm became. Source: MT-21."""

from datetime import timedelta

from apps.alarms.models import Alarm
from apps.alarms.registry import Evidence, Series
from apps.sensing.enums import FieldKind
from apps.sensing.models import Datastream, ProfileField, Reading

#: So long before the trouble began, so that one sees what it rose from.
BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=1)
SERIES_MOST, POINTS_MOST = 4, 120


def readings_around(alarm: Alarm) -> Evidence:
    """Will give the newest readings of the alarm's device up to its last report.

    Those its facts name first; of things that are no devices nothing. A suspect reading is
    shown too: it is what the rule saw.
    """
    if alarm.asset_id is None:
        return Evidence()
    found = Datastream.objects.filter(device__asset_id=alarm.asset_id).select_related("field")
    named = sorted(found, key=lambda one: (one.field.code not in alarm.facts, one.field.position))
    told = (_series(one, alarm) for one in named[:SERIES_MOST])
    return Evidence(series=tuple(one for one in told if one.points))


def _series(stream: Datastream, alarm: Alarm) -> Series:
    rows = (
        Reading.objects.filter(
            series_id=stream.pk, at__gte=alarm.first_at - BEFORE, at__lte=alarm.last_at + AFTER
        )
        .order_by("-at")
        .values_list("at", "value", "label")[:POINTS_MOST]
    )
    points = [
        (at, _plain(stream.field, value, label))
        for at, value, label in reversed(rows)
        if value is not None or label is not None
    ]
    return Series(stream.field.name, stream.field.unit, tuple(points))


def _plain(field: ProfileField, value: float | None, label: str | None) -> float | str | bool:
    if label is not None:
        return str(field.choices.get(label, label))
    assert value is not None
    return bool(value) if field.kind == FieldKind.BOOLEAN else value
