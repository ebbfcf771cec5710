import pytest

from tests.cast import Cast
from tests.inspection.factories import lay_on


@pytest.fixture
def staffed(cast: Cast) -> Cast:
    """The town with its check matter, keepers, planners and four inspectors."""
    return lay_on(cast)
