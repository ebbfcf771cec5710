"""The town with a history of calls."""

import pytest

from tests.cast import Cast, build_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """The named cast in its town."""
    return build_cast()
