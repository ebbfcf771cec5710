"""The town with people who look after alarms."""

import pytest

from tests.alarms.factories import person
from tests.cast import Cast


@pytest.fixture
def watch(cast: Cast) -> Cast:
    """Operators in the centre, the east and the west; a chief and a publisher in the centre."""
    for name, role, unit in (
        ("operator", "operator", cast.center),
        ("operator_east", "operator", cast.east_works),
        ("operator_west", "operator", cast.west_works),
        ("reader", "reader", cast.center),
        ("chief", "chief", cast.center),
        ("rule_publisher", "publisher", cast.center),
    ):
        cast.people[name] = person(name, role, unit)
    return cast
