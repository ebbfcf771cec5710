"""What a district no longer passes on does not stay open in the city. Source: IO-11."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.common import clock
from apps.districts.enums import BackKind, Kind
from apps.districts.models import (
    BackFigure,
    Batch,
    DayCount,
    Link,
    MirrorAlarm,
    MirrorCase,
    MirrorDevice,
    Peer,
    SentRow,
    Stream,
)
from apps.districts.selectors import count_mirrored
from apps.districts.services import (
    gather,
    resend_stream,
    set_stream,
    take_batch,
    tidy,
    tidy_intake,
    work_out,
)
from apps.districts.shapes import GONE, GONE_DIGEST
from apps.gateway.enums import DeliveryState
from apps.gateway.models import Delivery
from apps.hotline.models import Demand
from apps.matters.models import Case
from apps.places.models import Area
from tests.alarms.factories import asset, raised
from tests.cast import Cast
from tests.districts.factories import alarm_row, keeper, link, peer, switched_on
from tests.hotline.factories import demand
from tests.sensing.factories import device

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(cast: Cast, live: str, settings: Any) -> User:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    return keeper(cast)


@pytest.fixture
def east(cast: Cast, manager: User) -> Peer:
    return peer(cast, manager)


@pytest.fixture
def city(cast: Cast, manager: User, east: Peer) -> Link:
    return link(cast, manager, "http://127.0.0.1:38009", east)


def looked() -> int:
    """Will give how many rows the next look and its comparison hand over."""
    then = clock.now() - timedelta(minutes=11)
    Stream.objects.update(next_at=then, compared_at=then)
    return gather()


def arrive(at: Peer, *, batch: Batch | None = None) -> dict[str, Any]:
    """Will let a batch, or the newest, reach the city."""
    batch = batch or Batch.objects.order_by("-pk")[0]
    return take_batch(at, kind=batch.stream.kind, rows=json.loads(batch.body)["rows"])


def moved(case: Case, area: Area) -> None:
    """The case lies elsewhere; nothing else of it changes, not even its time of change."""
    Case.objects.filter(pk=case.pk).update(area=area, area_path=area.path)


def test_a_case_that_leaves_the_area_is_gone_and_comes_back(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    case = demand(cast, text="路灯不亮。")
    switched_on(manager, city, Kind.CASES)
    assert gather() == 1
    assert arrive(east)["accepted"] == 1
    Stream.objects.update(whole_at=clock.now() + timedelta(hours=2))

    moved(case, cast.cells["west"][0])
    assert looked() == 1
    assert looked() == 0
    assert arrive(east)["accepted"] == 1
    kept = MirrorCase.objects.get()
    assert (kept.origin, kept.closed_at, kept.data) == (case.number, None, GONE)
    assert kept.gone_at is not None
    assert count_mirrored(east) == {"devices": 0, "alarms": 0, "cases": 0, "gone": 1}

    moved(case, cast.cells["east"][0])
    assert looked() == 1
    assert looked() == 0
    assert arrive(east)["accepted"] == 1
    kept.refresh_from_db()
    assert (kept.gone_at, kept.data["text"]) == (None, "路灯不亮。")
    assert count_mirrored(east)["cases"] == 1


def test_a_case_that_becomes_secret_leaves_no_word_in_the_city(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    case = demand(cast, text="邻居半夜装修。")
    switched_on(manager, city, Kind.CASES)
    gather()
    arrive(east)
    Demand.objects.filter(case=case).update(is_secret=True)
    assert looked() == 1
    assert "邻居" not in Batch.objects.order_by("-pk")[0].body
    arrive(east)
    assert MirrorCase.objects.get().data == GONE
    assert MirrorCase.objects.get().point is None


def test_an_alarm_beyond_the_filter_is_gone_at_once(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    raised(asset(cast))
    stream = switched_on(manager, city, Kind.ALARMS)
    assert gather() == 1
    arrive(east)
    set_stream(manager, stream_id=stream.pk, is_on=True, filters=["video"])
    assert gather() == 1
    arrive(east)
    assert MirrorAlarm.objects.get().gone_at is not None
    set_stream(manager, stream_id=stream.pk, is_on=True, filters=["device"])
    assert gather() == 1
    arrive(east)
    assert MirrorAlarm.objects.get().gone_at is None


def test_a_device_that_moves_away_is_gone_its_hours_stay(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    one = device("AQ-1")
    switched_on(manager, city, Kind.DEVICES)
    readings = switched_on(manager, city, Kind.READINGS)
    SentRow.objects.create(
        stream=readings, origin="AQ-1/pm25/2026112208", digest="x", sent_at=clock.now()
    )
    assert gather() == 1
    arrive(east)
    one.asset.area = cast.cells["west"][0]
    one.asset.save(update_fields=["area"])
    assert looked() == 1
    arrive(east)
    assert MirrorDevice.objects.get().gone_at is not None


def test_the_same_page_twice_and_a_second_mark_change_nothing(cast: Cast, east: Peer) -> None:
    take_batch(east, kind="alarms", rows=[alarm_row(cast, version=1)])
    mark = {"origin": "A-1", "version": 2, **GONE}
    assert take_batch(east, kind="alarms", rows=[mark])["accepted"] == 1
    since = MirrorAlarm.objects.get().gone_at
    assert take_batch(east, kind="alarms", rows=[mark])["unchanged"] == 1
    assert take_batch(east, kind="alarms", rows=[mark | {"version": 3}])["unchanged"] == 1
    kept = MirrorAlarm.objects.get()
    assert (kept.version, kept.gone_at, kept.level) == (3, since, 3)
    assert DayCount.objects.get().accepted == 2


@pytest.mark.parametrize("kind", [Kind.DEVICES, Kind.ALARMS, Kind.CASES])
def test_a_mark_for_what_was_never_seen_is_kept(kind: Kind, east: Peer) -> None:
    told = take_batch(east, kind=kind, rows=[{"origin": "N-1", "version": 7, **GONE}])
    assert told["accepted"] == 1
    assert count_mirrored(east) == {"devices": 0, "alarms": 0, "cases": 0, "gone": 1}


def test_pages_out_of_order_end_as_they_were_sent(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    case = demand(cast, text="路灯不亮。")
    switched_on(manager, city, Kind.CASES)
    gather()
    moved(case, cast.cells["west"][0])
    looked()
    moved(case, cast.cells["east"][0])
    looked()
    first, left, back = Batch.objects.order_by("pk")
    assert arrive(east, batch=left)["accepted"] == 1
    assert arrive(east, batch=first)["unchanged"] == 1
    assert MirrorCase.objects.get().gone_at is not None
    assert arrive(east, batch=back)["accepted"] == 1
    assert arrive(east, batch=left)["unchanged"] == 1
    kept = MirrorCase.objects.get()
    assert (kept.gone_at, kept.data["number"]) == (None, case.number)


def test_what_leaves_and_comes_back_in_one_page_is_there(cast: Cast, east: Peer) -> None:
    rows = [
        {"origin": "A-1", "version": 2, **GONE},
        alarm_row(cast, version=3),
        alarm_row(cast, version=1, level=4),
    ]
    told = take_batch(east, kind="alarms", rows=rows)
    assert [each["verdict"] for each in told["results"]] == ["accepted", "accepted", "unchanged"]
    kept = MirrorAlarm.objects.get()
    assert (kept.gone_at, kept.level) == (None, 3)


def test_a_worker_that_dies_in_between_says_it_again(
    cast: Cast, manager: User, city: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = demand(cast)
    switched_on(manager, city, Kind.CASES)
    gather()
    moved(case, cast.cells["west"][0])

    def die(*_args: Any, **_kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("apps.districts.services.gathering.gateway.send", die)
        with pytest.raises(KeyboardInterrupt):
            looked()
    assert SentRow.objects.exclude(digest=GONE_DIGEST).count() == 1
    assert Batch.objects.count() == 1
    assert looked() == 1
    assert SentRow.objects.get().digest == GONE_DIGEST


def test_a_mark_lost_with_its_batch_goes_again(cast: Cast, manager: User, city: Link) -> None:
    case = demand(cast)
    switched_on(manager, city, Kind.CASES)
    gather()
    moved(case, cast.cells["west"][0])
    assert looked() == 1
    Delivery.objects.update(state=DeliveryState.DEAD)
    Link.objects.update(asked_at=clock.now())
    assert looked() == 1
    assert json.loads(Batch.objects.order_by("-pk")[0].body)["rows"][0]["gone"] is True


def test_more_than_a_page_goes_on_at_the_next_turn(
    cast: Cast, manager: User, city: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        raised(asset(cast, f"水位计{number}"))
    stream = switched_on(manager, city, Kind.ALARMS)
    assert gather() == 5
    monkeypatch.setattr("apps.districts.services.gathering.PAGE", 2)
    set_stream(manager, stream_id=stream.pk, is_on=True, filters=["video"])
    assert [gather(), gather(), gather(), gather()] == [2, 2, 1, 0]
    assert SentRow.objects.filter(digest=GONE_DIGEST).count() == 5


def test_an_older_city_refuses_the_mark_and_is_told_again_later(
    cast: Cast, manager: User, east: Peer, city: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, stays = demand(cast), demand(cast)
    stream = switched_on(manager, city, Kind.CASES)
    gather()
    arrive(east)
    moved(left, cast.cells["west"][0])
    Case.objects.filter(pk=stays.pk).update(title="路灯又不亮")
    assert looked() == 2
    with monkeypatch.context() as older:
        older.setattr("apps.districts.shapes.LEAVING", frozenset())
        told = [arrive(east, batch=each) for each in Batch.objects.order_by("-pk")[:2]]
    refused = [row for each in told for row in each["results"] if row["verdict"] == "refused"]
    assert [(row["origin"], row["field"]) for row in refused] == [(left.number, "gone")]
    assert sum(each["accepted"] for each in told) == 1
    assert MirrorCase.objects.get(origin=left.number).gone_at is None
    assert looked() == 0

    resend_stream(manager, stream_id=stream.pk)
    assert gather() == 2
    for each in Batch.objects.order_by("-pk")[:2]:
        arrive(east, batch=each)
    assert MirrorCase.objects.get(origin=left.number).gone_at is not None
    assert MirrorCase.objects.get(origin=stays.number).gone_at is None


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("alarms", {"gone": False}, "gone"),
        ("alarms", {"gone": 1}, "gone"),
        ("alarms", {"gone": True, "level": 3}, "level"),
        ("readings", {"gone": True}, "gone"),
    ],
)
def test_a_wrong_mark_names_its_field(
    east: Peer, kind: str, changes: dict[str, Any], field: str
) -> None:
    told = take_batch(east, kind=kind, rows=[{"origin": "A-1", "version": 1} | changes])
    assert [each["field"] for each in told["results"]] == [field]
    assert not MirrorAlarm.objects.exists()


def test_the_neighbour_cannot_take_a_row_away(cast: Cast, manager: User, east: Peer) -> None:
    west = peer(cast, manager, area=cast.west, prefix="west000001")
    take_batch(east, kind="alarms", rows=[alarm_row(cast)])
    take_batch(west, kind="alarms", rows=[{"origin": "A-1", "version": 9, **GONE}])
    assert MirrorAlarm.objects.get(peer=east).gone_at is None


def test_what_is_gone_is_not_compared_and_dropped_after_its_term(cast: Cast, east: Peer) -> None:
    now = clock.now().isoformat()
    rows = [alarm_row(cast, "A-1", raised_at=now), alarm_row(cast, "A-2", raised_at=now)]
    take_batch(east, kind="alarms", rows=rows)
    take_batch(east, kind="alarms", rows=[{"origin": "A-2", "version": 2, **GONE}])
    east.refresh_from_db()
    work_out()
    figure = BackFigure.objects.get(peer=east, kind=BackKind.ALARMS, day=clock.today())
    assert figure.body["own"]["total"] == 1
    assert tidy_intake() == 0
    with clock.at(clock.now() + timedelta(days=761)):
        assert tidy_intake() == 1
    assert MirrorAlarm.objects.get().origin == "A-1"


def test_an_open_case_is_remembered_however_old(cast: Cast, manager: User, city: Link) -> None:
    case = demand(cast)
    switched_on(manager, city, Kind.CASES)
    gather()
    SentRow.objects.update(sent_at=clock.now() - timedelta(days=400))
    assert tidy() == 0
    Case.objects.filter(pk=case.pk).update(closed_at=clock.now())
    assert tidy() == 1
    assert not SentRow.objects.exists()
