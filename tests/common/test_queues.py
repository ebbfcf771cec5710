"""What comes by the ten thousand lets everything else have its turn (SL-01)."""

import uuid

import pytest
from celery import current_app
from django.conf import settings
from kombu import Connection, Consumer, Queue

from apps.clocks.services import timers
from apps.common import outbox
from apps.notices import services as notices


def test_a_worker_takes_from_every_queue_in_turn() -> None:
    mark = uuid.uuid4().hex
    order = [f"{queue.name}-{mark}" for queue in settings.CELERY_TASK_QUEUES]
    taken: list[str] = []

    def take(_body: object, message: object) -> None:
        taken.append(message.delivery_info["routing_key"].removesuffix(f"-{mark}"))
        message.ack()

    with Connection(settings.CELERY_BROKER_URL) as connection:
        queues = [Queue(name, routing_key=name)(connection.default_channel) for name in order]
        for queue in queues:
            queue.queue_declare()
        producer = connection.Producer()
        for name in [f"outbox-{mark}"] * 20 + [f"messages-{mark}"] * 20 + [f"clocks-{mark}"]:
            producer.publish("x", exchange="", routing_key=name)
        with Consumer(connection.channel(), queues, callbacks=[take], prefetch_count=1):
            while len(taken) < 41:
                connection.drain_events(timeout=5)
        for queue in queues:
            queue.delete()
    assert taken.index("clocks") < 4
    assert {"outbox", "messages"} <= set(taken[:5])


@pytest.mark.parametrize("task", sorted(settings.CELERY_TASK_ROUTES))
def test_a_queue_of_its_own_belongs_to_a_task_that_there_is(task: str) -> None:
    current_app.loader.import_default_modules()
    assert task in current_app.tasks
    route = settings.CELERY_TASK_ROUTES[task]["queue"]
    assert route in {queue.name for queue in settings.CELERY_TASK_QUEUES}
    assert current_app.amqp.router.route({}, task)["queue"].name == route


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [outbox.drain, notices.deliver_due, timers.fire_due])
def test_a_turn_that_stops_early_orders_another(turn, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, **_k: said.append(task))
    assert turn() == 0
    assert said == []
    turn(seconds=-1.0)
    assert len(said) == 1
    assert said[0] in settings.CELERY_TASK_ROUTES
