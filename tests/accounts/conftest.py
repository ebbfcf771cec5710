"""The cast: two bodies, and in the first the administrators kept apart."""

import pytest

from apps.accounts.models import Organization, User
from tests.accounts.factories import OrganizationFactory, make_person


@pytest.fixture
def unit(db: None) -> Organization:
    """The centre of the first body: its administrators administer the whole of it."""
    return OrganizationFactory(name="指挥中心", kind="center")


@pytest.fixture
def other_unit(db: None) -> Organization:
    """A unit of the neighbouring body."""
    return OrganizationFactory(name="邻区指挥中心", kind="center")


@pytest.fixture
def keeper(unit: Organization) -> User:
    """系统管理员: keeps files, grants nothing."""
    return make_person("accounts.manage_people", organization=unit, full_name="李系统")


@pytest.fixture
def guard(unit: Organization) -> User:
    """安全管理员: grants and unlocks, keeps no files."""
    return make_person(
        "accounts.manage_roles", "accounts.unlock_users", organization=unit, full_name="王安全"
    )


@pytest.fixture
def clerk(unit: Organization) -> User:
    """Somebody without any administrator's right."""
    return make_person(
        "audit.read_audit", organization=unit, full_name="欧阳娜娜", phone="13812345678"
    )


@pytest.fixture
def neighbour(other_unit: Organization) -> User:
    """The neighbouring body's system administrator."""
    return make_person("accounts.manage_people", organization=other_unit, full_name="赵邻居")


@pytest.fixture
def second_guard(unit: Organization) -> User:
    """The other 安全管理员, who checks what the first one files."""
    return make_person(
        "accounts.manage_roles", "accounts.unlock_users", organization=unit, full_name="周复核"
    )
