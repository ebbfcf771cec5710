from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.models import Tenant, User
from apps.residents.registry import temporarily
from tests.residents import factories as make
from tests.residents.factories import Program


@pytest.fixture(autouse=True)
def simulated(settings: Any, live: str) -> Iterator[None]:
    """An invented authority and platform; limits counted from nothing."""
    settings.IDENTITY_ADAPTER = settings.MINI_PROGRAM_ADAPTER = "simulator"
    with temporarily("tests", lambda tenant: {"hotline.demand": "诉求"}):
        yield


@pytest.fixture
def body(db: None) -> Tenant:
    """The city; these tests need none of its streets."""
    return Tenant.objects.create(code="testville", name="测试市")


@pytest.fixture
def app(body: Tenant) -> Program:
    """The city's program for citizens."""
    account = User.objects.create_user(username="app", full_name="随手拍", tenant=body)
    return make.program(body, account)


@pytest.fixture
def keeper(body: Tenant) -> User:
    """Keeps the accounts of the city."""
    return make.clerk(make.office(body), "keeper")


@pytest.fixture
def stranger(db: None) -> User:
    """Keeps the accounts of another body."""
    return make.clerk(make.office(Tenant.objects.create(code="elsewhere", name="邻市")), "stranger")
