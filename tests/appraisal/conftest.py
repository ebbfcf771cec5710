import pytest

from tests.appraisal.factories import staff
from tests.cast import Cast


@pytest.fixture
def desk(cast: Cast) -> Cast:
    """The town with the people of appraisal."""
    return staff(cast)
