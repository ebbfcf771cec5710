"""Citizens of the demo city with accounts of their own, a company and its agent."""

import random
import re
from datetime import timedelta

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.common.credit_code import check_character as credit_check
from apps.demo import texts
from apps.demo.world import TENANT
from apps.gateway.models import ApiClient
from apps.hotline.models import Caller
from apps.notices.models import Delivery
from apps.residents import services
from apps.residents.adapters.identity_simulator import Checker
from apps.residents.checking import asking
from apps.residents.identity_numbers import check_character
from apps.residents.models import PublicToken

#: A region no identity number and no licence begins with, so that all belong to nobody.
REGION = "990101"
ACCOUNTS = 5


def load_residents() -> int:
    """Will sign five citizens in, four of them confirmed, and give their number.

    Two are one person with two telephones; one represents a company and lets another act for
    it; one company waits for the office. Whoever called the hotline is taken first, so that
    an account has demands. Kept by ``resident-clerk1`` and ``resident-clerk2``.
    """
    tenant = Tenant.objects.get(code=TENANT)
    client = ApiClient.objects.filter(tenant=tenant).order_by("pk").first()
    assert client is not None
    people = _people(tenant)
    with asking(Checker()):
        sessions = [_sign_in(client, phone) for _name, phone in people]
        for session, (name, _phone), born in zip(
            sessions, people, ("19850412", "19910823", "19790105", "19790105"), strict=False
        ):
            twin = people[2][0] if born == "19790105" else name
            services.check_real_name(session, name=twin, id_number=_identity_number(born))
    for session in sessions:
        session.refresh_from_db()
        session.account.refresh_from_db()
    _companies(sessions)
    return ACCOUNTS


def _people(tenant: Tenant) -> list[tuple[str, str]]:
    rng = random.Random(TENANT)
    called = Caller.objects.filter(tenant=tenant, phone__startswith=texts.PHONE_PREFIX).exclude(
        name=""
    )
    found = list(called.order_by("pk").values_list("name", "phone")[:ACCOUNTS])
    while len(found) < ACCOUNTS:
        found.append((texts.person_name(rng), texts.phone_number(rng)))
    return found


def _sign_in(client: ApiClient, phone: str) -> PublicToken:
    """The way of every citizen: the code is read from the message that went out."""
    services.request_code(client, phone=phone, address="127.0.0.1")
    message = Delivery.objects.filter(to=phone).order_by("-id").first()
    found = re.search(r"(?<!\d)\d{6}(?!\d)", message.text if message else "")
    assert found is not None
    return services.sign_in_by_code(
        client, phone=phone, code=found.group(), device="演示手机", address="127.0.0.1"
    ).session


def _identity_number(born: str) -> str:
    first = f"{REGION}{born}101"
    return first + check_character(first)


def _companies(sessions: list[PublicToken]) -> None:
    boss, agent = sessions[0], sessions[1]
    clerk = User.objects.get(username="resident-clerk1", tenant__code=TENANT)
    firm = services.claim_legal_person(
        boss, name="示范海湾食品有限公司", credit_code=_credit_code("1")
    )
    services.confirm_legal_person(clerk, person_id=firm.pk, reason="已核对营业执照原件（演示）")
    today = clock.today()
    offer = services.Offer(
        agent_phone=agent.account.phone,
        matters=["hotline.demand"],
        from_on=today,
        until_on=today + timedelta(days=180),
    )
    held = services.offer_agency(boss, legal_person_id=firm.pk, offer=offer)
    services.accept_agency(agent, agency_id=held.pk)
    services.claim_legal_person(
        sessions[2], name="示范港口物流有限公司", credit_code=_credit_code("2")
    )


def _credit_code(number: str) -> str:
    first = f"91{REGION}MADEMA{number:0>3}"
    return first + credit_check(first)
