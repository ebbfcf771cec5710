"""The cast: a centre with its personnel clerk and approver, an office with a head and staff."""

import pytest

from apps.accounts.models import Organization, User
from tests.accounts.factories import OrganizationFactory, make_person


@pytest.fixture
def center(db: None) -> Organization:
    return OrganizationFactory(name="指挥中心", kind="center")


@pytest.fixture
def office(center: Organization) -> Organization:
    return OrganizationFactory(name="东区城管局", tenant=center.tenant, parent=center)


@pytest.fixture
def clerk(center: Organization) -> User:
    """人事专员 of the whole body."""
    return make_person("personnel.manage_staff", organization=center, full_name="钱人事")


@pytest.fixture
def approver(center: Organization) -> User:
    """人事审批员 of the whole body."""
    return make_person("personnel.approve_staff", organization=center, full_name="孙审批")


@pytest.fixture
def guard(center: Organization) -> User:
    """安全管理员 of the whole body."""
    return make_person(
        "accounts.manage_roles", "accounts.unlock_users", organization=center, full_name="王安全"
    )


@pytest.fixture
def head(office: Organization) -> User:
    return make_person(
        "matters.handle_case", "personnel.lead_unit", organization=office, full_name="李局长"
    )


@pytest.fixture
def worker(office: Organization) -> User:
    return make_person("matters.handle_case", organization=office, full_name="王强")


@pytest.fixture
def colleague(office: Organization) -> User:
    return make_person("matters.handle_case", organization=office, full_name="孙丽")


@pytest.fixture
def stranger(db: None) -> User:
    """The personnel clerk of the neighbouring body."""
    other = OrganizationFactory(name="邻区指挥中心", kind="center")
    return make_person("personnel.manage_staff", organization=other, full_name="赵邻居")
