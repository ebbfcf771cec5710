import pytest

from tests.cast import Cast
from tests.put_back import put_back_or_build
from tests.registry.factories import lay_on


@pytest.fixture
def staffed(cast: Cast) -> Cast:
    """The town with the people of the registry."""
    cast.people = put_back_or_build("registry", lambda: lay_on(cast).people, after="cast")
    return cast
