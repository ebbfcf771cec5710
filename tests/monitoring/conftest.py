"""An equipment room of its own for each test that asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from apps.demo.equipment import Room, open_room
from apps.demo.simulators import stage


@dataclass
class OpenRoom:
    """The room and where its services answer."""

    room: Room
    ports: dict[str, int]


@pytest.fixture
def open_equipment() -> Iterator[OpenRoom]:
    """The services of an equipment room, answering on this machine."""
    room = Room()
    with stage() as running:
        yield OpenRoom(room, running.run(open_room(room)))
