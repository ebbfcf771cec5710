"""The town, a telephone line, and agents at their desks."""

import pytest

from apps.hotline.models import Line
from tests.cast import Cast


@pytest.fixture
def line(cast: Cast) -> Line:
    """The town's citizen line."""
    return Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
