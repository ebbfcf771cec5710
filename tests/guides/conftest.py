from typing import Any

import pytest

from tests.cast import Cast
from tests.guides import factories


@pytest.fixture
def served(cast: Cast) -> Cast:
    """The town with its service matters in force."""
    return factories.lay_on(cast)


@pytest.fixture(autouse=True)
def counters(live: Any) -> None:
    """Counters of posted forms begin at nothing."""
