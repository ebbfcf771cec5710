"""Citizens, the program they use, and the office that keeps their accounts."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission

from apps.accounts.models import Appointment, Organization, Post, Role, Tenant, User
from apps.common import clock
from apps.common.credit_code import check_character as credit_check
from apps.gateway.models import ApiClient
from apps.gateway.services.keys import make_key
from apps.notices.models import Delivery
from apps.residents import services
from apps.residents.enums import MANAGE, SCOPE, VIEW
from apps.residents.identity_numbers import check_character
from apps.residents.models import Agency, LegalPerson, PublicToken

PHONE = "13900000001"
SINCE_DAYS = 30


@dataclass(frozen=True)
class Program:
    """An API client and the header with its key."""

    client: ApiClient
    key: str


def program(tenant: Tenant, account: User, *, name: str = "随手拍", scopes: Any = None) -> Program:
    client = ApiClient.objects.create(
        name=name,
        tenant=tenant,
        service_user=account,
        scopes=[SCOPE, "cases.report"] if scopes is None else scopes,
        rate="100000/min",
        created_at=clock.now(),
    )
    return Program(client, f"Api-Key {make_key(client, by_name='测试')}")


def another(app: Program) -> Program:
    """A second client of the same body."""
    return program(app.client.tenant, app.client.service_user, name="另一个程序")


def code_sent_to(phone: str) -> str:
    """The code in the newest message to a phone."""
    message = Delivery.objects.filter(to=phone).order_by("-id").first()
    assert message is not None
    found = re.search(r"(?<!\d)\d{6}(?!\d)", message.text)
    assert found is not None
    return found.group()


def sign_in(client: ApiClient, phone: str = PHONE) -> services.Granted:
    services.request_code(client, phone=phone, address="10.0.0.1")
    return services.sign_in_by_code(
        client, phone=phone, code=code_sent_to(phone), device="测试手机", address="10.0.0.1"
    )


def id_number(serial: str = "123", born: str = "19900307") -> str:
    first = f"370202{born}{serial}"
    return first + check_character(first)


def proved(
    client: ApiClient, phone: str = PHONE, *, name: str = "张三丰", serial: str = "123"
) -> PublicToken:
    """A citizen signed in and confirmed by name."""
    session = sign_in(client, phone).session
    services.check_real_name(session, name=name, id_number=id_number(serial))
    session.refresh_from_db()
    return session


def credit_code(first: str = "91990100MA0000001") -> str:
    return first + credit_check(first)


def company(session: PublicToken, keeper: User, **more: Any) -> LegalPerson:
    """A legal person the office has confirmed."""
    said = {"name": "晨光食品有限公司", "credit_code": credit_code()} | more
    person = services.claim_legal_person(session, **said)
    return services.confirm_legal_person(keeper, person_id=person.pk, reason="已核对营业执照原件")


def agency(session: PublicToken, person: LegalPerson, phone: str, **more: Any) -> Agency:
    today = clock.today()
    said: dict[str, Any] = {
        "agent_phone": phone,
        "matters": ["hotline.demand"],
        "from_on": today,
        "until_on": today + timedelta(days=30),
    }
    offer = services.Offer(**said | more)
    return services.offer_agency(session, legal_person_id=person.pk, offer=offer)


def office(tenant: Tenant) -> Organization:
    """A unit where public accounts are kept."""
    unit = Organization.objects.create(
        tenant=tenant, code=f"{tenant.code}-office", name="公众服务科", kind="center", path="/"
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def clerk(unit: Organization, username: str, *, may: tuple[str, ...] = (MANAGE, VIEW)) -> User:
    """Somebody on a post in this unit who keeps public accounts."""
    role, _new = Role.objects.get_or_create(code=f"t-{username}", defaults={"name": username})
    labels = [label.partition(".")[2] for label in may]
    role.permissions.set(
        Permission.objects.filter(content_type__app_label="residents", codename__in=labels)
    )
    user = User.objects.create_user(username=username, full_name=username, tenant=unit.tenant)
    post = Post.objects.create(organization=unit, name=username)
    post.roles.add(role)
    Appointment.objects.create(
        user=user, post=post, from_on=clock.today() - timedelta(days=SINCE_DAYS)
    )
    return user
