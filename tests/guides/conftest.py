import pytest

from tests.cast import Cast
from tests.guides import factories
from tests.put_back import put_back_or_build


@pytest.fixture
def served(cast: Cast) -> Cast:
    """The town with its service matters in force."""
    cast.people = put_back_or_build("guides", lambda: factories.lay_on(cast).people, after="cast")
    return cast


@pytest.fixture(autouse=True)
def counters(live: str) -> str:
    """Counters of posted forms begin at nothing."""
    return live
