"""What each lower app tells: spells of devices, days of looks. OP-13, VD-06, IO-03."""

from datetime import timedelta

import pytest

from apps.appraisal.enums import FactKind
from apps.appraisal.models import PointFigure
from apps.appraisal.sources import devices, looks
from apps.assets.models import Asset
from apps.common import clock
from apps.diagnosis.models import Result, Run, ThresholdSet
from apps.sensing.models import Device, DeviceProfile, Presence, StateChange
from tests.appraisal.factories import (
    HOUR,
    camera,
    computed,
    known_for_long,
    last_month,
    outage,
    point,
    scheme,
)
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def device(asset: Asset, state: str) -> Device:
    """A device known since long before the month, in a state since then."""
    made = Device.objects.create(
        asset=asset,
        profile=DeviceProfile.objects.order_by("pk")[0],
        node=f"node-{asset.pk}",
        registered_at=last_month().start - timedelta(days=90),
    )
    Presence.objects.create(device=made, state=state, since=made.registered_at)
    return made


def test_spells_of_a_device_are_read_from_its_changes(desk: Cast) -> None:
    begin, end = (int(at.timestamp()) for at in (last_month().start, last_month().end))
    made = device(point(desk), "online")
    silent = device(point(desk), "offline")
    for before, after, hours in (
        ("unknown", "online", 5),
        ("online", "offline", 10),
        ("offline", "fault", 12),
        ("fault", "online", 20),
    ):
        at = last_month().start + hours * HOUR
        StateChange.objects.create(device=made, before=before, after=after, at=at)
    told = sorted(
        devices.read([made.asset_id, silent.asset_id], begin, end),
        key=lambda row: (row.asset_id, row.began),
    )
    assert [
        (row.asset_id, row.known, row.cause, (row.began - begin) // 3600) for row in told[:3]
    ] == [
        (made.asset_id, False, "", 0),
        (made.asset_id, True, "", 10),
        (made.asset_id, True, "equipment", 12),
    ]
    assert [row.ended and (row.ended - begin) // 3600 for row in told[:3]] == [5, 12, 20]
    assert (told[3].asset_id, told[3].ended) == (silent.asset_id, None)


def test_a_device_counts_with_its_silence_and_an_outage_of_the_same_hours_once(desk: Cast) -> None:
    made = device(point(desk), "online")
    for before, after, hours in (("online", "offline", 10), ("offline", "online", 14)):
        at = last_month().start + hours * HOUR
        StateChange.objects.create(device=made, before=before, after=after, at=at)
    outage(made.asset, 12 * HOUR, 4 * HOUR)
    scheme(desk)
    run = computed(desk)
    figure = PointFigure.objects.get(of=run.shown, asset=made.asset)
    assert (figure.seconds["down"], figure.outages) == (6 * 3600, 1)


def test_looks_of_a_day_are_one_row_and_a_suspect_is_judged_by_the_second_look(desk: Cast) -> None:
    asset = point(desk)
    known_for_long(asset)
    made = camera(asset)
    thresholds = ThresholdSet.objects.create(
        version=900, values={}, made_by_name="测试", made_at=clock.now()
    )
    run = Run.objects.create(
        trigger="plan", area=desk.city, thresholds=thresholds, began_at=clock.now()
    )
    outage(asset, 50 * HOUR, 2 * HOUR, "power")
    for hours, stage, verdict in (
        (9, "first", "good"),
        (10, "first", "suspect"),
        (11, "recheck", "faulty"),
        (12, "proof", "good"),
        (33, "first", "good"),
        (51, "first", "faulty"),  # during a power cut: nobody's fault
    ):
        Result.objects.create(
            camera=made, run=run, stage=stage, verdict=verdict, ending="done", algorithm="1",
            taken_at=last_month().start + hours * HOUR, thresholds=thresholds,
        )  # fmt: skip
    begin, end = (int(at.timestamp()) for at in (last_month().start, last_month().end))
    told = list(looks.read([asset.pk], begin, end))
    assert [row.kind for row in told] == [FactKind.LOOK] * 3
    assert [good for _at, good in told[0].detail["looks"]] == [True, None, False]
    scheme(desk)
    shown = computed(desk).shown
    assert PointFigure.objects.get(of=shown, asset=asset).rates["picture"] == [2, 3]
