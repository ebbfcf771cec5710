"""The town with work orders."""

import pytest

from tests.cast import Cast
from tests.ops.factories import lay_on
from tests.put_back import put_back_or_build


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The town with vendors, contracts, managers, repairers and a camera."""
    cast.people = put_back_or_build("ops", lambda: lay_on(cast).people, after="cast")
    return cast
