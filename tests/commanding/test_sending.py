"""Who gives which command to which device, and what it goes through. Source: IO-16."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.models import HeldChange
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.commanding import services
from apps.commanding.enums import CommandState, Outcome
from apps.commanding.models import Command
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, TooMany
from apps.sensing.models import Device
from apps.sensing.services import set_device_active
from tests.cast import Cast
from tests.commanding.factories import lamp, started, switched


def held_of(command: Command) -> HeldChange:
    found = find_pending(act=services.ACT, subject_id=command.pk)
    assert found is not None
    return found


def test_a_plain_command_is_queued_and_written_down(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)
    assert command.state == CommandState.QUEUED
    assert command.ends_at == command.queued_at + timedelta(seconds=300)
    actions = AuditEntry.objects.filter(object_type="device_command").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["command.filed", "command.queued"]
    assert actions[1].data["before"]["state"] == "waiting"
    assert actions[1].data["after"]["state"] == "queued"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "explode"}, "code"),
        ({"parameters": {}}, "state"),
        ({"parameters": {"state": "half"}}, "state"),
        ({"parameters": {"state": "on", "force": True}}, "force"),
        ({"reason": "  夜 "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"key": "k" * 201}, "key"),
    ],
)
def test_what_cannot_be_asked_names_the_field(
    crew: Cast, light: Device, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        switched(crew.operator, light, **changes)
    assert refused.value.field == field
    assert not Command.objects.exists()


def test_reading_is_not_switching_and_switching_is_not_pumping(
    crew: Cast, light: Device, water: Device
) -> None:
    with pytest.raises(NotAllowed):
        switched(crew.reader, light)
    with pytest.raises(NotAllowed):
        started(crew.switcher, water)
    assert switched(crew.switcher, light).state == CommandState.QUEUED


def test_the_neighbour_does_not_know_the_device(crew: Cast, light: Device) -> None:
    with pytest.raises(NotFound):
        switched(crew.neighbour, light)
    command = switched(crew.operator, light)
    with pytest.raises(NotFound):
        services.cancel_command(crew.neighbour, number=command.pk)


def test_a_device_out_of_use_is_told_nothing(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)
    set_device_active(SYSTEM, device_id=light.pk, is_active=False)
    light.refresh_from_db()
    assert services.hand_to_device(light) == []
    with pytest.raises(Refused):
        switched(crew.operator, light)
    command.refresh_from_db()
    assert command.state == CommandState.QUEUED


def test_the_same_key_is_one_command(crew: Cast, light: Device) -> None:
    first = switched(crew.operator, light, key="night-1")
    assert switched(crew.operator, light, key="night-1").pk == first.pk
    with pytest.raises(Refused) as refused:
        switched(crew.operator, light, key="night-1", parameters={"state": "off"})
    assert refused.value.code == "idempotency_key_reused"
    assert switched(crew.switcher, light, key="night-1").pk != first.pk


def test_a_device_that_owes_answers_gets_no_more(
    crew: Cast, light: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.sending, "MOST_UNDER_WAY", 2)
    for _time in range(2):
        switched(crew.operator, light)
    with pytest.raises(TooMany):
        switched(crew.operator, light)


def test_a_grave_command_waits_for_a_second_person(crew: Cast, water: Device) -> None:
    command = started(crew.operator, water)
    assert command.state == CommandState.WAITING
    assert services.hand_to_device(water) == []
    held = held_of(command)
    with pytest.raises(NotAllowed):
        approvals.approve_change(crew.operator, change_id=held.pk, digest=held.digest)
    approvals.approve_change(crew.approver, change_id=held.pk, digest=held.digest)
    command.refresh_from_db()
    assert command.state == CommandState.QUEUED
    assert [m.parameters for m in services.hand_to_device(water)] == [{"state": "start"}]


def test_a_refused_command_is_never_sent(crew: Cast, water: Device) -> None:
    command = started(crew.operator, water)
    approvals.refuse_change(crew.approver, change_id=held_of(command).pk, note="下游有人")
    command.refresh_from_db()
    assert (command.state, "下游有人" in command.outcome) == (CommandState.CANCELLED, True)
    assert services.hand_to_device(water) == []


def test_an_approval_that_ran_out_ends_the_command(crew: Cast, water: Device) -> None:
    command = started(crew.operator, water)
    with clock.at(clock.now() + timedelta(days=30)):
        approvals.expire_changes()
    command.refresh_from_db()
    assert command.state == CommandState.CANCELLED


def test_what_changed_meanwhile_voids_the_approval(crew: Cast, water: Device) -> None:
    command = started(crew.operator, water)
    held = held_of(command)
    set_device_active(SYSTEM, device_id=water.pk, is_active=False)
    with pytest.raises(Refused):
        approvals.approve_change(crew.approver, change_id=held.pk, digest=held.digest)
    command.refresh_from_db()
    assert command.state == CommandState.CANCELLED


def test_the_sender_withdraws_what_waits_and_nobody_else(crew: Cast, water: Device) -> None:
    command = started(crew.operator, water)
    with pytest.raises(NotAllowed):
        services.cancel_command(crew.approver, number=command.pk)
    services.cancel_command(crew.operator, number=command.pk)
    command.refresh_from_db()
    assert command.state == CommandState.CANCELLED
    assert HeldChange.objects.get().state == HeldChange.State.WITHDRAWN


def test_what_the_device_has_is_not_taken_back(crew: Cast, light: Device) -> None:
    taken, queued = switched(crew.operator, light), switched(crew.operator, light)
    services.cancel_command(crew.operator, number=queued.pk)
    assert services.cancel_command(crew.operator, number=queued.pk).pk == queued.pk
    assert [m.number for m in services.hand_to_device(light)] == [taken.pk]
    with pytest.raises(Refused) as refused:
        services.cancel_command(crew.operator, number=taken.pk)
    assert refused.value.code == "command_not_queued"


def test_answers_are_taken_once_and_from_the_right_device(crew: Cast, light: Device) -> None:
    other = lamp(crew.east_works, "LAMP-2")
    command = switched(crew.operator, light)
    services.hand_to_device(light)
    with pytest.raises(NotFound):
        services.take_answer(other, number=command.pk, outcome=Outcome.DONE)
    for _time in range(2):
        services.take_answer(light, number=command.pk, outcome=Outcome.DONE, text="ok\x00\n")
    with pytest.raises(Refused):
        services.take_answer(light, number=command.pk, outcome=Outcome.FAILED)
    command.refresh_from_db()
    assert (command.state, command.outcome) == (CommandState.ACKNOWLEDGED, "ok")
    assert AuditEntry.objects.filter(action="command.answered").count() == 1


def test_a_cancelled_or_waiting_command_is_not_answered(
    crew: Cast, light: Device, water: Device
) -> None:
    gone, waiting = switched(crew.operator, light), started(crew.operator, water)
    services.cancel_command(crew.operator, number=gone.pk)
    for device, command in ((light, gone), (water, waiting)):
        with pytest.raises(Refused):
            services.take_answer(device, number=command.pk, outcome=Outcome.DONE)


def test_time_runs_out_and_a_late_answer_still_counts(crew: Cast, light: Device) -> None:
    asked, away = switched(crew.operator, light), switched(crew.operator, light)
    services.hand_to_device(light)
    Command.objects.filter(pk=away.pk).update(state=CommandState.QUEUED)
    assert services.time_out_due() == 0
    with clock.at(clock.now() + timedelta(seconds=301)):
        assert services.time_out_due() == 2
        assert services.time_out_due() == 0
        assert services.hand_to_device(light) == []
        services.take_answer(light, number=asked.pk, outcome=Outcome.DONE, text="已开")
    asked.refresh_from_db()
    away.refresh_from_db()
    assert (asked.state, asked.outcome) == ("acknowledged", "超过时限后答复：已开")
    assert (away.state, away.outcome) == ("timed_out", "时限内设备没有来取")


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_key_at_once_give_one_command(crew: Cast, light: Device) -> None:
    def send(_time: int) -> int:
        try:
            return switched(crew.operator, light, key="both").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(send, range(4)))
    assert len(set(numbers)) == 1
    assert Command.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_cancelling_and_handing_over_at_once_agree(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)

    def cancel() -> bool:
        try:
            services.cancel_command(crew.operator, number=command.pk)
            return True
        except Refused:
            return False
        finally:
            connection.close()

    def hand() -> int:
        try:
            return len(services.hand_to_device(light))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        cancelled, handed = pool.submit(cancel), pool.submit(hand)
        assert cancelled.result() != bool(handed.result())
