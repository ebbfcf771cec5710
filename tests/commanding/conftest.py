"""The town with people who tell devices what to do."""

import pytest

from apps.sensing.models import Device
from tests.cast import Cast
from tests.commanding.factories import lamp, person, pump


@pytest.fixture
def crew(cast: Cast) -> Cast:
    """An operator and a switcher in the east, an approver in the centre, a western operator."""
    for name, role, unit in (
        ("operator", "operator", cast.east_works),
        ("switcher", "switcher", cast.east_works),
        ("reader", "reader", cast.east_works),
        ("approver", "approver", cast.center),
        ("neighbour", "operator", cast.west_works),
        ("kind_keeper", "kind_keeper", cast.center),
    ):
        cast.people[name] = person(name, role, unit)
    return cast


@pytest.fixture
def light(crew: Cast) -> Device:
    return lamp(crew.east_works)


@pytest.fixture
def water(crew: Cast) -> Device:
    return pump(crew.east_works)
