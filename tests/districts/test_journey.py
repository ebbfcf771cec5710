"""A district passes on by real HTTP, a city takes it in and gives back. Source: IO-11."""

import json
import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.alarms.services import recover_alarm
from apps.common import clock
from apps.districts.enums import BackKind, Kind
from apps.districts.models import (
    BackFigure,
    Batch,
    Link,
    MirrorAlarm,
    MirrorCase,
    MirrorDevice,
    MirrorFigure,
    Peer,
    ReceivedFigure,
    SentRow,
    Stream,
)
from apps.districts.services import (
    approve_clear,
    ask_back,
    ask_clear,
    edit_link,
    end_clear,
    gather,
    resend_stream,
    set_stream,
    tidy,
    work_out,
)
from apps.districts.services.links import LinkSpec
from apps.gateway import services as gateway
from apps.gateway.enums import DeliveryState
from apps.gateway.models import Connector, Delivery
from apps.sensing.models import Datastream, HourFigure
from tests.alarms.factories import asset, raised
from tests.cast import Cast
from tests.districts.factories import keeper, link, peer, switched_on
from tests.hotline.factories import demand
from tests.sensing.factories import device

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(cast: Cast, live: str, settings: Any) -> User:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    settings.ALLOWED_HOSTS = ["*"]
    return keeper(cast)


@pytest.fixture
def east(cast: Cast, manager: User) -> Peer:
    return peer(cast, manager)


@pytest.fixture
def city(cast: Cast, manager: User, east: Peer, live_server: Any) -> Link:
    return link(cast, manager, live_server.url.replace("localhost", "127.0.0.1"), east)


def later(minutes: float = 3) -> Any:
    """Classes are looked at every minute or two; the city's clock goes along in this thread."""
    Stream.objects.update(next_at=clock.now() - timedelta(minutes=minutes))
    return gather()


def over(alarm: Alarm) -> None:
    """The trouble ends, as its source tells it."""
    recover_alarm(
        source="device",
        kind=alarm.kind,
        asset=alarm.asset,
        at=clock.now(),
        sentence="水位已回落。",
    )


def test_alarms_go_up_recover_and_come_back_as_figures(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    switched_on(manager, city, Kind.ALARMS)
    there = raised(asset(cast))
    raised(asset(cast, "西区一号水位计", west=True))
    assert gather() == 1
    assert gather() == 0
    assert gateway.deliver_due() == 1
    kept = MirrorAlarm.objects.get()
    assert (kept.origin, kept.peer, kept.ended_at) == (str(there.pk), east, None)
    batch = Batch.objects.get()
    assert (batch.row_count, batch.accepted, batch.refused) == (1, 1, 0)
    assert batch.answered_at is not None

    over(there)
    assert Alarm.objects.get(pk=there.pk).ended_at is not None
    assert later() == 1
    assert gateway.deliver_due() == 1
    kept.refresh_from_db()
    assert kept.ended_at is not None
    assert later() == 0

    assert work_out() > 0
    assert work_out() == 0
    assert ask_back() == BackFigure.objects.filter(peer=east).count()
    today = ReceivedFigure.objects.get(kind=BackKind.ALARMS, day=clock.today())
    assert today.body["own"] == {"total": 1, "ended": 1, "by_level": {"3": 1}}
    assert (today.body["city"], today.body["rank"]) == (None, None)
    city.refresh_from_db()
    assert city.back_cursor == BackFigure.objects.order_by("-pk")[0].pk
    assert city.last_error == ""
    Link.objects.update(next_ask_at=clock.now())
    assert ask_back() == 0


def test_devices_and_their_hours_go_up(cast: Cast, manager: User, city: Link) -> None:
    one = device("AQ-1")
    device("AQ-9", at=Cast.inside_west())
    series = Datastream.objects.filter(device=one).order_by("pk")[0]
    hour = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    figure = HourFigure.objects.create(
        series_id=series.pk, hour=hour, count=12, suspects=1, low=1, high=3, total=22, counted=11
    )
    switched_on(manager, city, Kind.DEVICES)
    switched_on(manager, city, Kind.READINGS)
    assert gather() == 2
    assert gateway.deliver_due() == 2
    kept = MirrorDevice.objects.get()
    assert (kept.origin, kept.profile, kept.is_active) == ("AQ-1", "air", True)
    assert kept.data["code"] == one.asset.code
    there = MirrorFigure.objects.get()
    assert (there.device, there.hour, there.data["mean"]) == ("AQ-1", hour, 2.0)
    HourFigure.objects.filter(series_id=series.pk, hour=figure.hour).update(count=13, total=33)
    assert later(11) == 1
    assert gateway.deliver_due() == 1
    there.refresh_from_db()
    assert (there.data["count"], there.data["mean"]) == (13, 3.0)


def test_cases_go_covered_until_two_people_agree(cast: Cast, manager: User, city: Link) -> None:
    case = demand(cast, text="路灯不亮，联系我 13812345678。")
    demand(cast, text="不要公开", is_secret=True)
    stream = switched_on(manager, city, Kind.CASES)
    gather()
    gateway.deliver_due()
    kept = MirrorCase.objects.get()
    assert kept.origin == case.number
    assert "13812345678" not in json.dumps(kept.data, ensure_ascii=False)
    assert "路灯不亮" in kept.data["text"]

    ask_clear(manager, stream_id=stream.pk, purpose="市级联合督办核对", days=7)
    assert later() == 0
    approve_clear(keeper(cast, "second_keeper"), stream_id=stream.pk)
    assert later() == 1
    gateway.deliver_due()
    kept.refresh_from_db()
    assert "13812345678" in kept.data["text"]
    end_clear(manager, stream_id=stream.pk)
    assert later() == 1
    gateway.deliver_due()
    kept.refresh_from_db()
    assert "13812345678" not in kept.data["text"]


def test_filters_and_a_narrower_area_hold_back(cast: Cast, manager: User, city: Link) -> None:
    raised(asset(cast))
    stream = switched_on(manager, city, Kind.ALARMS, filters=["video"])
    assert gather() == 0
    set_stream(manager, stream_id=stream.pk, is_on=True, filters=["device"])
    assert gather() == 1
    set_stream(manager, stream_id=stream.pk, is_on=True, area=cast.cells["east"][1])
    raised(asset(cast, "东区二号", cell=0), kind="water_low")
    assert gather() == 1  # the first, as gone
    assert '"gone":true' in Batch.objects.order_by("-pk")[0].body
    set_stream(manager, stream_id=stream.pk, is_on=False)
    assert later() == 0


def test_a_city_that_is_gone_for_a_while_loses_nothing(
    cast: Cast, manager: User, city: Link
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/api/v1/districts"
    alive = city.connector.url
    Connector.objects.update(url=nobody)
    switched_on(manager, city, Kind.ALARMS)
    there = raised(asset(cast))
    assert gather() == 1
    assert gateway.deliver_due() == 0
    waiting = Delivery.objects.get()
    assert (waiting.state, waiting.last_status) == (DeliveryState.FAILED, None)
    # Half a day later the gateway has given up, and the alarm is over.
    Delivery.objects.update(state=DeliveryState.DEAD)
    over(there)
    with clock.at(clock.now() + timedelta(hours=12)):
        Connector.objects.update(failures=7, open_until=None)
        Stream.objects.update(whole_at=clock.now())
        assert gather() == 0
        Connector.objects.update(url=alive)
        Link.objects.update(asked_at=clock.now())
        Stream.objects.update(next_at=clock.now())
        assert gather() == 1
    assert SentRow.objects.count() == 1
    Delivery.objects.exclude(state=DeliveryState.DEAD).update(next_at=clock.now())
    assert gateway.deliver_due() == 1
    kept = MirrorAlarm.objects.get()
    assert (kept.origin, kept.ended_at is not None) == (str(there.pk), True)


def test_a_batch_answered_and_sent_again_counts_once(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    switched_on(manager, city, Kind.ALARMS)
    raised(asset(cast))
    gather()
    assert gateway.deliver_due() == 1
    delivery = Delivery.objects.get()
    assert gateway.replay(manager, delivery_ids=[delivery.pk]) == 1
    assert gateway.deliver_due() == 1
    assert east.day_counts.get().accepted == 1
    assert MirrorAlarm.objects.count() == 1


def test_sending_everything_again_changes_nothing_there(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    stream = switched_on(manager, city, Kind.ALARMS)
    raised(asset(cast))
    gather()
    gateway.deliver_due()
    resend_stream(manager, stream_id=stream.pk)
    assert gather() == 1
    assert gateway.deliver_due() == 1
    counted = east.day_counts.get()
    assert (counted.accepted, counted.unchanged) == (1, 1)


def test_a_wrong_key_waits_for_people(cast: Cast, manager: User, city: Link) -> None:
    switched_on(manager, city, Kind.ALARMS)
    raised(asset(cast))
    gather()
    right = city.secret
    spec = LinkSpec("市级平台", city.connector.url, city.keyid, cast.east, secret="QUFB" * 11)
    edit_link(manager, link_id=city.pk, spec=spec)
    assert gateway.deliver_due() == 0
    refused = Delivery.objects.get()
    assert (refused.state, refused.last_status) == (DeliveryState.FAILED, 401)
    Link.objects.update(next_ask_at=clock.now())
    assert ask_back() == 0
    city.refresh_from_db()
    assert "401" in city.last_error
    Link.objects.update(secret=right)
    Delivery.objects.update(next_at=clock.now())
    assert gateway.deliver_due() == 1


def test_rows_of_another_area_are_refused_and_told(
    cast: Cast, manager: User, east: Peer, city: Link
) -> None:
    Peer.objects.update(area=cast.west)
    switched_on(manager, city, Kind.ALARMS)
    raised(asset(cast))
    gather()
    assert gateway.deliver_due() == 1
    batch = Batch.objects.get()
    assert (batch.accepted, batch.refused) == (0, 1)
    assert batch.refusals[0]["field"] == "area"
    assert not MirrorAlarm.objects.exists()


def test_two_workers_gather_every_row_once(cast: Cast, manager: User, city: Link) -> None:
    switched_on(manager, city, Kind.ALARMS)
    for number in range(6):
        raised(asset(cast, f"水位计{number}"))
    start = threading.Barrier(2)
    counts: list[int] = []

    def work() -> None:
        start.wait()
        counts.append(gather())
        connection.close()

    workers = [threading.Thread(target=work) for _n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(counts) == [0, 6]
    assert Batch.objects.get().row_count == 6
    assert SentRow.objects.count() == 6


def test_a_long_backlog_pauses_the_gathering(
    cast: Cast, manager: User, city: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.districts.services.gathering.MOST_WAITING", 1)
    switched_on(manager, city, Kind.ALARMS)
    raised(asset(cast))
    assert gather() == 1
    raised(asset(cast, "东区二号"))
    assert later() == 0
    gateway.deliver_due()
    assert later() == 1


def test_a_long_list_is_gathered_in_pages(
    cast: Cast, manager: User, city: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.districts.services.gathering.PAGE", 2)
    monkeypatch.setattr("apps.districts.services.gathering.PAGES_AT_ONCE", 1)
    monkeypatch.setattr("apps.districts.services.gathering.BATCH_ROWS", 1)
    switched_on(manager, city, Kind.ALARMS)
    for number in range(5):
        raised(asset(cast, f"水位计{number}"))
    assert [gather(), gather(), gather(), gather()] == [2, 2, 1, 0]
    assert Batch.objects.count() == 5


def test_old_digests_and_bodies_go(cast: Cast, manager: User, city: Link) -> None:
    switched_on(manager, city, Kind.ALARMS)
    ended, standing = raised(asset(cast)), raised(asset(cast, "东区二号"))
    over(ended)
    gather()
    gateway.deliver_due()
    assert tidy() == 0
    with clock.at(clock.now() + timedelta(days=181)):
        assert tidy() == 2
    assert SentRow.objects.get().origin == str(standing.pk)
    assert Batch.objects.get().body == ""


def test_what_is_no_answer_of_a_city_is_noted(
    cast: Cast, manager: User, city: Link, live_server: Any
) -> None:
    root = live_server.url.replace("localhost", "127.0.0.1")
    Connector.objects.update(url=f"{root}/healthz?")
    Link.objects.update(next_ask_at=clock.now())
    assert ask_back() == 0
    city.refresh_from_db()
    assert city.last_error
    assert not ReceivedFigure.objects.exists()
