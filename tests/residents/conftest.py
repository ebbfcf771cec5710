from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.models import Organization, Tenant, User
from apps.residents.checking import identity_checker, mini_program_platform
from tests.cast import Cast
from tests.residents import factories as make
from tests.residents.factories import Program


@pytest.fixture(autouse=True)
def simulated(settings: Any, live: str) -> Iterator[None]:
    """An invented authority and platform; limits counted from nothing."""
    settings.IDENTITY_ADAPTER = settings.MINI_PROGRAM_ADAPTER = "simulator"
    identity_checker.cache_clear()
    mini_program_platform.cache_clear()
    yield
    identity_checker.cache_clear()
    mini_program_platform.cache_clear()


@pytest.fixture
def app(cast: Cast) -> Program:
    """The city's program for citizens."""
    return make.program(cast.tenant, cast.acceptor)


@pytest.fixture
def keeper(cast: Cast) -> User:
    """Keeps the accounts of the city."""
    return make.clerk(cast.center, "keeper")


@pytest.fixture
def stranger(cast: Cast) -> User:
    """Keeps the accounts of another body."""
    tenant = Tenant.objects.create(code="elsewhere", name="邻市", area=cast.city)
    unit = Organization.objects.create(
        tenant=tenant, code="elsewhere", name="邻市中心", kind="center", path="/", area=cast.city
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    return make.clerk(unit, "stranger")
