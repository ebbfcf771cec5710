"""What a client sees of personal data: nothing, unless granted for a while and a purpose."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.approvals import services as approvals
from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.models import HeldChange, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway import proposals, services
from apps.gateway.enums import PersonalField
from apps.gateway.models import ApiCall, ApiClient
from apps.gateway.payloads import Masker
from apps.gateway.registry import all_resources
from apps.gateway.services import ClientData
from apps.gateway.services.clients import stated
from apps.hotline.services import Intake, register_demand
from apps.matters.enums import Channel
from apps.matters.models import Case
from tests.cast import Cast, role_named
from tests.gateway.factories import client_with_key
from tests.matters.factories import act

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live")]

KEY = "abcdefghij.secret"
PHONE, ID, NAME, HOUSE = "13812345678", "370202199003078319", "张三丰", "海泊路12号3单元"


@pytest.fixture
def program(cast: Cast) -> ApiClient:
    return client_with_key(
        KEY,
        name="水务平台",
        tenant=cast.tenant,
        owner=cast.center,
        owner_person=cast.dispatcher,
        service_user=cast.dispatcher,
        scopes=["*"],
    )


@pytest.fixture
def case(cast: Cast) -> Case:
    lon, lat = cast.inside_east()
    intake = Intake(
        title=f"回电{PHONE}",
        text=f"我家漏水，证件{ID}，电话{PHONE}。",
        channel=Channel.PHONE,
        reporter_name=NAME,
        reporter_phone=PHONE,
        address=HOUSE,
        lon=lon,
        lat=lat,
    )
    found = register_demand(cast.acceptor, tenant=cast.tenant, intake=intake).case
    words = {"class_code": "road.manhole", "priority": "normal"}
    return act(cast.acceptor, found, "accept", words)


def addresses(case: Case) -> list[str]:
    """Every address of cases and demands that answers a GET."""
    one = f"/api/v1/cases/{case.number}/"
    return [
        "/api/v1/cases/", f"/api/v1/cases/?q={PHONE[:4]}", one, f"{one}events/", f"{one}clocks/",
        f"{one}actions/", "/api/v1/changes/", f"/api/v1/demands/{case.number}/progress/",
    ]  # fmt: skip


def get(path: str) -> Any:
    return Client(headers={"authorization": f"Api-Key {KEY}"}).get(path)


def allow(user: User, role: str, codename: str) -> User:
    role_named(role).permissions.add(Permission.objects.get(codename=codename))
    return user


def grant(program: ApiClient, *fields: str, days: int = 30) -> None:
    program.clear_fields, program.clear_purpose = list(fields), "联系报修人上门维修"
    program.clear_until = clock.now() + timedelta(days=days)
    program.save()


def asked(program: ApiClient, **more: Any) -> ClientData:
    kept: dict[str, Any] = stated(program)
    owners = {"owner": program.owner, "owner_person": program.owner_person}
    return ClientData(**kept | owners | {"expires_at": None} | more)


def test_no_address_gives_personal_data_away(program: ApiClient, case: Case) -> None:
    for path in addresses(case):
        answer = get(path)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert not [bare for bare in (PHONE, ID, NAME, HOUSE) if bare in text], path
    reporter = get(addresses(case)[2]).json()["reporter"]
    assert reporter == {"name": "张*丰", "phone": "138****5678"}


@pytest.mark.parametrize(
    ("field", "bare"),
    [("phone", PHONE), ("id_number", ID), ("name", NAME), ("address", HOUSE)],
)
def test_what_is_granted_is_clear_and_nothing_else(
    program: ApiClient, case: Case, field: str, bare: str
) -> None:
    grant(program, field)
    answer = get(addresses(case)[2])
    text = answer.content.decode()
    assert [word for word in (PHONE, ID, NAME, HOUSE) if word in text] == [bare]
    assert field not in answer["Masked-Fields"]
    services.write_calls()
    call = ApiCall.objects.get(client=program)
    assert call.shown == field
    assert set(call.covered.split(",")) == set(PersonalField.values) - {field}
    entry = AuditEntry.objects.get(action="api_client.personal_read")
    assert entry.data["fields"] == field
    assert entry.data["purpose"] == program.clear_purpose


def test_a_grant_that_ran_out_shows_nothing(program: ApiClient, case: Case) -> None:
    grant(program, "phone", days=1)
    with clock.at(clock.now() + timedelta(days=2)):
        assert PHONE not in get(addresses(case)[2]).content.decode()


def test_a_secret_reporter_is_nobody_to_programs(program: ApiClient, case: Case) -> None:
    grant(program, "phone", "name")
    type(case.demand).objects.filter(case=case).update(is_secret=True)
    assert get(addresses(case)[2]).json()["reporter"] is None


def test_granting_takes_two_a_purpose_and_an_end(
    program: ApiClient, case: Case, cast: Cast, client: Client
) -> None:
    keeper = allow(cast.supervisor, "supervisor", "manage_clients")
    until = clock.now() + timedelta(days=30)
    wanted = {"clear_fields": ["phone"], "clear_purpose": "上门维修联系", "clear_until": until}
    with pytest.raises(SecondPersonNeeded, match="电话号码"):
        services.edit_client(keeper, client_id=program.pk, data=asked(program, **wanted))
    for spoilt, field in (
        ({"clear_purpose": ""}, "clear_purpose"),
        ({"clear_until": None}, "clear_until"),
        ({"clear_until": until + timedelta(days=400)}, "clear_until"),
        ({"clear_fields": ["salary"]}, "clear_fields"),
    ):
        data = asked(program, **wanted | spoilt)
        with pytest.raises(InvalidInput) as refusal:
            services.edit_client(keeper, client_id=program.pk, data=data, checker=cast.publisher)
        assert refusal.value.field == field
    checker = allow(cast.publisher, "publisher", "manage_roles")
    held: HeldChange = approvals.file_change(
        keeper,
        proposal=proposals.widening(client=program, data=asked(program, **wanted)),
        reason="维修需要",
    )
    approvals.approve_change(checker, change_id=held.pk, digest=held.digest)
    assert PHONE in get(addresses(case)[2]).content.decode()
    client.force_login(keeper)
    page = client.get(f"/clients/{program.pk}/").content.decode()
    assert "上门维修联系" in page
    # Taking it back takes one, and counts at once.
    program.refresh_from_db()
    none = {"clear_fields": [], "clear_purpose": "", "clear_until": None}
    services.edit_client(keeper, client_id=program.pk, data=asked(program, **none))
    assert PHONE not in get(addresses(case)[2]).content.decode()


def test_the_catalogue_says_which_data_a_service_carries(
    program: ApiClient, cast: Cast, client: Client
) -> None:
    get("/api/v1/services/")
    assert get("/api/v1/services/cases/").json()["personal"] == list(PersonalField.values)
    assert {r.code for r in all_resources() if r.personal} >= {"cases", "demands"}


def test_references_are_left_and_persons_found_wherever_they_stand() -> None:
    masker = Masker()
    said = masker(
        {
            "number": "20261121000171234",
            "applicant": {"name": NAME, "id_number": ID},
            "list": [{"contact_phone": PHONE}, f"打{PHONE}"],
            "unit_name": "东区城市管理局",
            "count": 3,
        }
    )
    assert said == {
        "number": "20261121000171234",
        "applicant": {"name": "张*丰", "id_number": "370*************19"},
        "list": [{"contact_phone": "138****5678"}, "打138****5678"],
        "unit_name": "东区城市管理局",
        "count": 3,
    }
    assert masker.covered == {"name", "id_number", "phone"}


def test_digests_are_never_taken_for_numbers() -> None:
    digest = "ab13812345678cd0" * 4
    body = f'{{"root":"{digest}","note":"13812345678"}}'
    masker = Masker()
    assert masker({"root": digest, "body": body}) == {
        "root": digest,
        "body": f'{{"root":"{digest}","note":"138****5678"}}',
    }
