"""Cycles are refused, storms end, and a dead worker doubles nothing (RU-03, MT-07)."""

import threading
from typing import Any

import pytest
from django.db import connection

from apps.common import outbox
from apps.common.errors import Refused
from apps.common.models import OutboxMessage
from apps.matters import services
from apps.matters.enums import DeliveryState, EffectKind
from apps.matters.models import Case, CaseEvent, ListenerDelivery
from apps.matters.services import deliveries
from apps.notices.models import Notice
from tests.cast import Cast
from tests.matters import ears, joint
from tests.matters import factories as make

ONE, OTHER = "joint.part", "joint.other"


@pytest.fixture
def matters(cast: Cast) -> None:
    joint.publish(ONE, joint.PART_BODY)
    joint.publish(OTHER, joint.PART_BODY | {"title": "另一事项"})


def opening(cast: Cast, name: str, heard: str, opened: str) -> dict[str, Any]:
    return {
        "name": name,
        "effect": EffectKind.OPEN,
        "effect_data": ears.opens(opened),
        "matters": [heard],
        "actions": ["open"],
    }


@pytest.mark.django_db
def test_a_listener_that_sets_itself_off_is_refused(cast: Cast, matters: None) -> None:
    draft = ears.written(cast, **opening(cast, "自我触发", ONE, ONE))
    with pytest.raises(Refused, match="循环触发：“自我触发”→“自我触发”"):
        services.submit_listener(cast.author, listener_id=draft.pk)


@pytest.mark.django_db
def test_the_second_of_a_cycle_is_refused_with_the_way_round(cast: Cast, matters: None) -> None:
    ears.active(cast, **opening(cast, "甲", ONE, OTHER))
    draft = ears.written(cast, **opening(cast, "乙", OTHER, ONE))
    with pytest.raises(Refused, match="“乙”→“甲”→“乙”"):
        services.submit_listener(cast.author, listener_id=draft.pk)


@pytest.mark.django_db
def test_an_action_of_the_system_may_close_a_cycle_too(cast: Cast, matters: None) -> None:
    draft = ears.written(
        cast,
        name="自己办结",
        matters=[ONE],
        categories=["ended"],
        effect=EffectKind.ACT,
        effect_data=ears.acts("self", "close"),
    )
    with pytest.raises(Refused, match="自己办结"):
        services.submit_listener(cast.author, listener_id=draft.pk)


@pytest.mark.django_db
def test_what_does_not_come_back_is_let_through(cast: Cast, matters: None) -> None:
    ears.active(cast, **opening(cast, "甲", ONE, OTHER))
    ears.active(cast, name="乙", matters=[OTHER], actions=["open"])


@pytest.mark.django_db
def test_two_listeners_that_call_each_other_end_at_the_fifth_level(
    cast: Cast, matters: None
) -> None:
    ears.forced(cast, **opening(cast, "甲", "hotline.demand", ONE))
    ears.forced(cast, **opening(cast, "乙", ONE, OTHER))
    ears.forced(cast, **opening(cast, "丙", OTHER, ONE))
    case = make.registered(cast)
    joint.drain()
    depths = ListenerDelivery.objects.order_by("id").values_list("depth", "state")
    assert list(depths) == [(n, "done") for n in range(1, 6)] + [(6, "stopped")]
    assert Case.objects.count() == 6
    assert set(ListenerDelivery.objects.values_list("root__case_id", flat=True)) == {case.pk}
    alarm = Notice.objects.get(kind="listener")
    assert alarm.recipient == cast.supervisor
    assert "5层" in alarm.body


@pytest.mark.django_db
def test_five_hundred_listeners_of_one_event_are_cut_at_two_hundred(cast: Cast) -> None:
    one = ears.forced(cast, name="群起")
    for number in range(499):
        one.pk, one.name = None, f"群起{number}"
        one.save(force_insert=True)
    make.registered(cast)
    joint.drain()
    states = ListenerDelivery.objects.values_list("state", flat=True)
    assert sorted({s: list(states).count(s) for s in set(states)}.items()) == [
        ("done", 200),
        ("stopped", 300),
    ]
    assert Notice.objects.filter(title="监听触发过多，已拦截").count() == 1
    assert "200次" in ListenerDelivery.objects.filter(state="stopped").first().error  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_workers_racing_over_one_storm_keep_the_limits(cast: Cast) -> None:
    joint.publish(ONE, joint.PART_BODY)
    joint.publish(OTHER, joint.PART_BODY | {"title": "另一事项"})
    for number in range(6):
        ears.forced(cast, **opening(cast, f"甲{number}", "hotline.demand", ONE))
        ears.forced(cast, **opening(cast, f"乙{number}", ONE, OTHER))
        ears.forced(cast, **opening(cast, f"丙{number}", OTHER, ONE))
    make.registered(cast)
    drain_in_threads(3)
    joint.drain()
    counted = ListenerDelivery.objects.exclude(state=DeliveryState.STOPPED)
    assert counted.count() == 200
    assert counted.filter(state=DeliveryState.DONE).count() == 200
    assert Case.objects.count() == 201
    assert not OutboxMessage.objects.filter(processed_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_midway_leaves_the_effect_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    joint.publish(ONE, joint.PART_BODY)
    ears.active(cast, effect=EffectKind.OPEN, effect_data=ears.opens(ONE))
    make.registered(cast)
    message = OutboxMessage.objects.get(topic="matters.listen")

    class Killed(BaseException):
        """As a worker that is shot: nothing catches it, its transaction is rolled back."""

    real = deliveries.apply_effect

    def shot(delivery: ListenerDelivery) -> Any:
        real(delivery)
        raise Killed

    monkeypatch.setattr(deliveries, "apply_effect", shot)
    with pytest.raises(Killed):
        outbox.drain()
    assert not Case.objects.filter(matter_type__code=ONE).exists()
    monkeypatch.undo()
    OutboxMessage.objects.filter(processed_at__isnull=True).update(available_at=message.created_at)
    drain_in_threads(3)
    assert Case.objects.filter(matter_type__code=ONE).count() == 1
    assert ListenerDelivery.objects.get().state == DeliveryState.DONE
    assert CaseEvent.objects.filter(case__matter_type__code=ONE).count() == 1


def drain_in_threads(count: int) -> None:
    """Several workers at once on one outbox."""

    def work() -> None:
        try:
            while outbox.drain():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
