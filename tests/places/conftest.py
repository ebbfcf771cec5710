import pytest

from apps.accounts.models import User
from apps.places.models import Area
from tests.places.factories import make_city, make_user


@pytest.fixture
def city(db: None) -> dict[str, Area]:
    return make_city()


@pytest.fixture
def keeper(db: None) -> User:
    """May manage areas."""
    return make_user("keeper", "manage_areas")


@pytest.fixture
def clerk(db: None) -> User:
    """May read only."""
    return make_user("clerk")
