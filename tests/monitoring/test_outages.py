"""When a thing was out: begun once, ended once, judged by who may. Source: OP-13, OP-16."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.alarms.enums import DependencyKind, SilenceKind
from apps.alarms.services import NewSilence, add_dependency, add_silence
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.monitoring.enums import OutageCause, OutageKind
from apps.monitoring.models import Outage
from apps.monitoring.selectors import list_outages, outages_within
from apps.monitoring.services import begin_outage, end_outage, judge_outage, note_unknown
from tests.alarms.factories import asset
from tests.cast import Cast
from tests.monitoring.factories import person

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
OFFLINE = OutageKind.OFFLINE


def test_an_outage_begins_once_and_ends_once(cast: Cast) -> None:
    thing = asset(cast)
    first = begin_outage(thing, kind=OFFLINE, at=NOON, source="monitoring")
    later = NOON + timedelta(minutes=3)
    again = begin_outage(thing, kind=OFFLINE, at=later, source="monitoring", silent_at=later)
    assert again.pk == first.pk
    assert (again.began_at, again.silent_at) == (NOON, later)
    ended = end_outage(thing, kind=OFFLINE, at=NOON + timedelta(hours=1))
    assert ended is not None
    assert ended.ended_at == NOON + timedelta(hours=1)
    assert end_outage(thing, kind=OFFLINE, at=NOON + timedelta(hours=2)) is None
    assert Outage.objects.count() == 1


def test_an_end_told_too_early_never_makes_a_negative_time(cast: Cast) -> None:
    thing = asset(cast)
    begin_outage(thing, kind=OFFLINE, at=NOON, source="monitoring")
    ended = end_outage(thing, kind=OFFLINE, at=NOON - timedelta(minutes=5))
    assert ended is not None
    assert ended.ended_at == NOON


def test_the_database_keeps_one_open_outage_of_a_kind(cast: Cast) -> None:
    thing = asset(cast)
    begin_outage(thing, kind=OFFLINE, at=NOON, source="monitoring")
    with pytest.raises(IntegrityError), transaction.atomic():
        Outage.objects.create(asset=thing, kind=OFFLINE, began_at=NOON, source="x")
    other = begin_outage(thing, kind=OutageKind.RECORDING, at=NOON, source="video")
    assert other.kind == OutageKind.RECORDING


def test_what_hangs_on_a_dead_cabinet_is_out_for_want_of_power(cast: Cast) -> None:
    cabinet, camera = asset(cast, "配电箱"), asset(cast, "摄像机")
    add_dependency(SYSTEM, child=camera, parent=cabinet, kind=DependencyKind.POWER)
    assert begin_outage(cabinet, kind=OFFLINE, at=NOON, source="m").cause == OutageCause.UNKNOWN
    assert begin_outage(camera, kind=OFFLINE, at=NOON, source="m").cause == OutageCause.POWER


def test_announced_work_makes_it_planned(cast: Cast) -> None:
    thing, other = asset(cast), asset(cast, "西区交换机", west=True)
    with clock.at(NOON):
        add_silence(
            SYSTEM,
            tenant=cast.tenant,
            new=NewSilence(
                SilenceKind.MAINTENANCE, "机房割接", NOON, NOON + timedelta(hours=2), area=cast.east
            ),
        )
    assert begin_outage(thing, kind=OFFLINE, at=NOON, source="m").is_planned
    assert not begin_outage(other, kind=OFFLINE, at=NOON, source="m").is_planned


def test_the_keeper_says_why_and_the_log_keeps_both(cast: Cast) -> None:
    keeper = person("keeper", "keeper", cast.east_works)
    watcher = person("watcher", "watcher", cast.east_works)
    neighbour = person("neighbour", "keeper", cast.west_works)
    row = begin_outage(asset(cast), kind=OFFLINE, at=NOON, source="m")
    for stranger in (watcher, neighbour):
        with pytest.raises(NotAllowed):
            judge_outage(stranger, outage_id=row.pk, cause="works", is_planned=False)
    with pytest.raises(InvalidInput) as refused:
        judge_outage(keeper, outage_id=row.pk, cause="weather", is_planned=False)
    assert refused.value.field == "cause"
    judged = judge_outage(keeper, outage_id=row.pk, cause="works", is_planned=True, text="道路开挖")
    assert (judged.cause, judged.is_planned, judged.began_at) == ("works", True, NOON)
    entry = AuditEntry.objects.get(action="outage.judged")
    assert entry.data["before"]["cause"] == "unknown"
    assert entry.data["after"]["cause"] == "works"


def test_a_month_takes_in_what_touches_it(cast: Cast) -> None:
    thing, hour = asset(cast), timedelta(hours=1)
    before = note_unknown(
        thing, since=NOON - 2 * hour, until=NOON, source="monitoring", text="监控未运行"
    )
    across = Outage.objects.create(
        asset=thing, kind=OFFLINE, began_at=NOON - hour, ended_at=NOON + hour, source="m"
    )
    still = begin_outage(thing, kind=OFFLINE, at=NOON + 2 * hour, source="m")
    found = list(outages_within(NOON, NOON + 3 * hour, assets=[thing]))
    assert found == [across, still]
    assert before not in found
    with pytest.raises(InvalidInput) as refused:
        note_unknown(thing, since=NOON, until=NOON - hour, source="m", text="")
    assert refused.value.field == "until"


def test_the_neighbour_does_not_see_them(cast: Cast) -> None:
    begin_outage(asset(cast), kind=OFFLINE, at=NOON, source="m")
    assert list_outages(person("a", "watcher", cast.east_works)).count() == 1
    assert list_outages(person("b", "watcher", cast.west_works)).count() == 0
