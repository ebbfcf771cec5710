"""Commands over transports: at least once, one's failure is nobody else's."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.commanding import services
from apps.commanding.enums import CommandState, Outcome
from apps.commanding.models import Command
from apps.commanding.registry import Message, register_transport, temporarily
from apps.common import clock
from apps.sensing.models import Device
from tests.cast import Cast
from tests.commanding.factories import lamp, switched


def keeper(taken: list[Message]) -> Callable[[Message], bool]:
    def send(message: Message) -> bool:
        taken.append(message)
        return True

    return send


def test_without_a_transport_nothing_is_claimed(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)
    assert services.deliver_due() == 0
    command.refresh_from_db()
    assert (command.state, command.tries) == (CommandState.QUEUED, 0)


def test_it_is_sent_again_until_it_is_answered(crew: Cast, light: Device) -> None:
    command, taken = switched(crew.operator, light), []
    start = clock.now()
    with temporarily(keeper(taken)):
        assert services.deliver_due() == 1
        assert services.deliver_due() == 0
        with clock.at(start + timedelta(seconds=40)):
            assert services.deliver_due() == 1
        services.take_answer(light, number=command.pk, outcome=Outcome.DONE)
        with clock.at(start + timedelta(seconds=200)):
            assert services.deliver_due() == 0
    assert [message.number for message in taken] == [command.pk] * 2
    assert taken[0].body()["parameters"] == {"state": "on"}
    command.refresh_from_db()
    assert command.tries == 2


def test_a_way_that_fails_leaves_the_command_queued(crew: Cast, light: Device) -> None:
    first = switched(crew.operator, light)
    second = switched(crew.operator, lamp(crew.east_works, "LAMP-2"))
    taken: list[Message] = []

    def broken(message: Message) -> bool:
        if message.number == first.pk:
            raise OSError("no route")
        taken.append(message)
        return True

    with temporarily(broken):
        assert services.deliver_due() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (CommandState.QUEUED, CommandState.SENT)
    assert first.next_try_at > clock.now()


def test_killed_between_sending_and_noting_it_goes_again(crew: Cast, light: Device) -> None:
    command, start = switched(crew.operator, light), clock.now()

    def kill(_message: Message) -> bool:
        raise KeyboardInterrupt

    with temporarily(kill), pytest.raises(KeyboardInterrupt):
        services.deliver_due()
    taken: list[Message] = []
    with temporarily(keeper(taken)), clock.at(start + timedelta(seconds=40)):
        assert services.deliver_due() == 1
    assert [message.number for message in taken] == [command.pk]


def test_an_answer_quicker_than_the_note_stands(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)

    def quick(message: Message) -> bool:
        services.take_answer(light, number=message.number, outcome=Outcome.FAILED, text="卡住")
        return True

    with temporarily(quick):
        services.deliver_due()
    command = Command.objects.get()
    assert (command.state, command.outcome) == (CommandState.FAILED, "卡住")


def test_a_way_is_known_once() -> None:
    way = keeper([])
    with temporarily(way), pytest.raises(ValueError, match="already registered"):
        register_transport(way)
