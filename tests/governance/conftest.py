import pytest

from tests.cast import Cast
from tests.governance.factories import lay_on
from tests.put_back import put_back_or_build


@pytest.fixture
def governed(cast: Cast) -> Cast:
    """The town with its dispute matter, three centres and their people."""
    cast.people = put_back_or_build("governance", lambda: lay_on(cast).people, after="cast")
    return cast
