import pytest

from tests.cast import Cast
from tests.inspection.factories import lay_on
from tests.put_back import put_back_or_build


@pytest.fixture
def staffed(cast: Cast) -> Cast:
    """The town with its check matter, keepers, planners and four inspectors."""
    cast.people = put_back_or_build("inspection", lambda: lay_on(cast).people, after="cast")
    return cast
