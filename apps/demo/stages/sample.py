"""A second tenant with the few posts that a file of reports needs."""

from django.db import transaction

from apps.accounts import services as accounts
from apps.accounts.models import OrganizationKind, Role, Tenant, User
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput
from apps.demo.stages.people import DEMO_PASSWORD, SINCE, TITLES
from apps.places.models import Area

SEATS = ("acceptor", "dispatcher", "callback_clerk", "supervisor")


@transaction.atomic
def add_sample_tenant(*, code: str, name: str, area_code: str) -> tuple[Tenant, list[User]]:
    """Will add a tenant for an area with one centre and one person per post of it.

    Raises: InvalidInput (no such area, code taken).
    """
    area = Area.objects.filter(code=area_code).first()
    if area is None:
        raise InvalidInput(f"没有代码为 {area_code} 的区域", field="area")
    accounts.seed_roles(SYSTEM)
    tenant = accounts.create_tenant(SYSTEM, code=code, name=name, area=area)
    center = accounts.create_organization(
        SYSTEM,
        tenant=tenant,
        code=f"{code}-center",
        name=f"{name}受理中心",
        kind=OrganizationKind.CENTER,
        area=area,
    )
    people = accounts.enrol_people(
        SYSTEM,
        tenant=tenant,
        people=[accounts.NewPerson(f"{code}-{role}", f"样例{TITLES[role]}") for role in SEATS],
        password=DEMO_PASSWORD,
        must_change_password=False,
    )
    roles = {role.code: role for role in Role.objects.filter(code__in=SEATS)}
    for role, user in zip(SEATS, people, strict=True):
        post = accounts.create_post(SYSTEM, organization=center, name=TITLES[role])
        accounts.set_roles(SYSTEM, post=post, roles=[roles[role]])
        accounts.appoint(SYSTEM, user=user, post=post, from_on=SINCE)
    return tenant, people
