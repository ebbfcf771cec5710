"""核实 and 核查: the nearest worker on duty is asked, then the next; only the asked one answers."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.grid import selectors, services
from apps.grid.enums import LookState
from apps.grid.errors import LookClosed
from apps.grid.models import GridEvent, Look
from apps.matters.models import Task
from tests.cast import Cast
from tests.grid import factories as make

pytestmark = pytest.mark.django_db


def doubtful(town: Cast) -> GridEvent:
    """An event that must be looked at before it is filed; whoever is on duty was asked."""
    event = make.reported(town, accuracy_m=500.0)
    outbox.drain()
    return event


def test_the_nearest_on_duty_is_asked_with_the_reason(town: Cast) -> None:
    make.go_on_duty(town, "grid_worker", lon=120.019)
    make.go_on_duty(town, "walker_east", lon=120.013)

    event = doubtful(town)

    look = event.looks.get()
    assert look.worker == town.walker_east
    assert "距现场约" in look.reason
    assert [c["name"] for c in look.candidates] == ["网格east", "冯军"]
    assert [task.pk for task in selectors.looks_for(town.walker_east)] == [look.task_id]
    assert not selectors.looks_for(town.grid_worker)


def test_who_has_much_to_do_is_passed_over(town: Cast) -> None:
    make.go_on_duty(town, "grid_worker", lon=120.013)
    first = doubtful(town)
    make.go_on_duty(town, "walker_east", lon=120.0145)

    second = doubtful(town)

    assert first.looks.get().worker == town.grid_worker
    assert second.looks.get().worker == town.walker_east


def test_nobody_of_the_neighbouring_district_is_asked(town: Cast) -> None:
    make.go_on_duty(town, "walker_west", lon=120.013)

    event = doubtful(town)

    assert not event.looks.exists()
    assert town.dispatcher.notices.filter(title__contains="无人接单").exists()


def test_not_taken_in_time_the_next_one_is_asked(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    make.go_on_duty(town, "grid_worker", lon=120.019)
    event = doubtful(town)

    with clock.at(make.later(minutes=31)):
        outbox.drain()

    assert [(look.worker.username, look.state) for look in event.looks.order_by("id")] == [
        ("walker_east", LookState.LAPSED),
        ("grid_worker", LookState.OFFERED),
    ]
    assert Task.objects.filter(case=event.case, state="cancelled").count() == 1


def test_a_taken_task_is_not_handed_on(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = doubtful(town)
    look = services.take_look(town.walker_east, key="k", task_id=event.looks.get().task_id)

    with clock.at(make.later(minutes=31)):
        outbox.drain()

    look.refresh_from_db()
    assert look.state == LookState.TAKEN


def test_a_verified_report_may_be_filed(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = doubtful(town)
    picture = make.street_picture(3, trouble=True)

    look = make.answer(town, event.looks.get().task_id, files=[picture])

    assert (look.state, look.verdict) == (LookState.ANSWERED, "pass")
    assert event.photos.get().phase == "before"
    make.step(town, event, "acceptor", "accept", make.FILE)
    assert event.case.state == "filed"


def test_what_is_not_so_cannot_be_filed(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = doubtful(town)
    make.answer(town, event.looks.get().task_id, verdict="fail", result="现场没有垃圾")

    with pytest.raises(DomainError, match="不属实"):
        make.step(town, event, "acceptor", "accept", make.FILE)


def test_a_check_after_the_feedback_leads_to_closing(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.answered(town)

    make.answer(town, event.looks.get().task_id)

    event.case.refresh_from_db()
    assert event.case.state == "checked"
    make.step(town, event, "dispatcher", "close", {"note": "核查通过"})
    assert event.case.state == "closed"


def test_a_failed_check_sends_it_back(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.answered(town)

    make.answer(town, event.looks.get().task_id, verdict="fail", result="还有一袋垃圾")

    event.case.refresh_from_db()
    assert event.case.state == "handling"


def test_the_worker_of_the_next_street_cannot_answer(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = doubtful(town)

    with pytest.raises(NotFound):
        make.answer(town, event.looks.get().task_id, by="walker_west")


def test_twice_with_one_key_is_one_answer(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = doubtful(town)
    task = event.looks.get().task_id
    first = make.answer(town, task, key="a")

    again = make.answer(town, task, key="a", verdict="fail")

    assert (again.pk, again.verdict) == (first.pk, "pass")


def test_a_second_answer_is_refused(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = doubtful(town)
    task = event.looks.get().task_id
    make.answer(town, task)

    with pytest.raises(LookClosed):
        make.answer(town, task, verdict="fail")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("verdict", {"verdict": "maybe"}),
        ("result", {"result": " "}),
        ("at", {"at": clock.now().replace(tzinfo=None)}),
    ],
)
def test_nonsense_is_refused_at_its_field(town: Cast, field: str, changes: dict[str, Any]) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    task = doubtful(town).looks.get().task_id

    with pytest.raises(InvalidInput) as refused:
        make.answer(town, task, **changes)

    assert refused.value.field == field


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_leave_one(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    task = doubtful(town).looks.get().task_id
    told: list[str] = []

    def send(verdict: str) -> None:
        try:
            make.answer(town, task, verdict=verdict)
            told.append("done")
        except DomainError:
            told.append("refused")
        finally:
            connection.close()

    both = [threading.Thread(target=send, args=[v]) for v in ("pass", "fail")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(told) == ["done", "refused"]
    assert AuditEntry.objects.filter(action="grid_look.answered").count() == 1


def test_the_wait_for_an_answer_is_half_an_hour(town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)

    look = Look.objects.get(event=doubtful(town))

    assert look.answer_by - look.offered_at == timedelta(minutes=30)
