import pytest

from tests.cast import Cast
from tests.grid.factories import lay_on
from tests.put_back import put_back_or_build


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The town with its grid: streets, workers, classes, duty rule, matter."""
    cast.people = put_back_or_build("grid", lambda: lay_on(cast).people, after="cast")
    return cast
