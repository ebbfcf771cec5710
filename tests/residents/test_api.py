"""The way of an app through the interface, and those it stops."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.residents import services
from apps.residents.enums import TOKEN_HEADER
from apps.residents.models import PublicAccount
from tests.hotline.citizen.conftest import picture
from tests.residents import factories as make
from tests.residents.factories import PHONE, Program

API = "/api/v1/public/"


class Caller:
    """A program at the interface, with or without a citizen."""

    def __init__(self, app: Program, token: str = "") -> None:
        headers = {"Authorization": app.key} | ({TOKEN_HEADER: token} if token else {})
        self._client = Client(headers=headers)

    def __call__(self, method: str, path: str, data: Any = None) -> Any:
        ask = getattr(self._client, method)
        return ask(f"{API}{path}", data or {}, content_type="application/json")


def signed_in(app: Program, phone: str = PHONE) -> Caller:
    caller = Caller(app)
    assert caller("post", "codes/", {"phone": phone}).status_code == 202
    said = {"phone": phone, "code": make.code_sent_to(phone), "device": "手机"}
    answer = caller("post", "sessions/", said)
    assert answer.status_code == 201, answer.content
    return Caller(app, answer.json()["token"])


def test_from_a_code_to_level_three(app: Program) -> None:
    me = signed_in(app)
    assert me("get", "me/").json()["level"] == 1
    assert me("patch", "me/", {"name": "小明"}).json()["name"] == "小*"
    stated = AuditEntry.objects.get(action="public_account.name_stated").data
    assert (stated["before"], stated["after"]) == ({"name": ""}, {"name": "小*"})
    said = {"name": "王小明", "id_number": make.id_number()}
    assert me("post", "me/identity/", said).json()["level"] == 2
    photo = me._client.post(f"{API}me/identity/face/", {"photo": picture()})
    assert photo.json()["level"] == 3
    told = me("get", "me/").json()
    assert (told["phone"], told["name"]) == ("139****0001", "王*明")
    assert make.id_number() not in str(told)
    assert me("post", "me/bindings/", {"mini_program_code": "sim-u1"}).status_code == 201
    again = Caller(app)("post", "sessions/", {"mini_program_code": "sim-u1"})
    assert again.json()["level"] == 3


def test_devices_are_listed_and_ended(app: Program) -> None:
    me = signed_in(app)
    (row,) = me("get", "me/devices/").json()
    assert (row["is_current"], row["client"]) == (True, "随手拍")
    assert me("delete", f"me/devices/{row['id']}/").status_code == 204
    refused = me("get", "me/")
    assert (refused.status_code, refused.json()["code"]) == (401, "citizen_sign_in_refused")


def test_a_company_lets_somebody_act(app: Program, keeper: User) -> None:
    boss, agent = signed_in(app), signed_in(app, "13900000002")
    said = {"name": "王小明", "id_number": make.id_number()}
    boss("post", "me/identity/", said)
    agent("post", "me/identity/", {"name": "李四", "id_number": make.id_number("456")})
    claim = {"name": "晨光食品有限公司", "credit_code": make.credit_code()}
    firm = boss("post", "legal-persons/", claim).json()
    services.confirm_legal_person(keeper, person_id=firm["id"], reason="已核对营业执照")
    today = clock.today()
    offer = {
        "legal_person_id": firm["id"],
        "agent_phone": "13900000002",
        "matters": ["hotline.demand"],
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=365)).isoformat(),
    }
    made = boss("post", "agencies/", offer)
    assert made.status_code == 201, made.content
    (seen,) = agent("get", "agencies/").json()
    assert (seen["state"], seen["agent_phone"]) == ("offered", "139****0002")
    assert agent("post", f"agencies/{seen['id']}/accept/").json()["is_in_force"]
    acting = agent("put", "me/acting/", {"legal_person_id": firm["id"]}).json()
    assert acting["current"]["matters"] == ["hotline.demand"]
    assert agent("get", "me/").json()["acting"]["name"] == "晨光食品有限公司"
    assert agent("post", f"agencies/{seen['id']}/revoke/").json()["state"] == "revoked"
    assert agent("get", "me/acting/").json() == {"current": None, "choices": []}


@pytest.mark.parametrize(
    ("path", "data", "field"),
    [
        ("codes/", {}, "phone"),
        ("codes/", {"phone": "123"}, "phone"),
        ("codes/", {"phone": PHONE, "citizen_address": "here"}, "citizen_address"),
        ("sessions/", {"phone": PHONE}, "code"),
        ("sessions/", {}, "phone"),
    ],
)
def test_bad_input_names_the_field(
    app: Program, path: str, data: dict[str, Any], field: str
) -> None:
    answer = Caller(app)("post", path, data)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_nobody_enters_without_key_scope_and_token(app: Program, keeper: User) -> None:
    assert Client().post(f"{API}codes/", {"phone": PHONE}).status_code in (401, 403)
    poor = make.program(app.client.tenant, app.client.service_user, scopes=["cases.report"])
    assert Caller(poor)("post", "codes/", {"phone": PHONE}).json()["code"] == "scope_missing"
    staff = Client()
    staff.force_login(keeper)
    assert staff.get(f"{API}me/").status_code == 403
    assert Caller(app)("get", "me/").status_code == 401
    other = make.another(app)
    mine = signed_in(app)
    stolen = Caller(other, mine._client.defaults["HTTP_X_CITIZEN_TOKEN"])
    assert stolen("get", "me/").status_code == 401


def test_closing_ends_everything(app: Program) -> None:
    me = signed_in(app)
    assert me("delete", "me/").status_code == 204
    assert me("get", "me/").status_code == 401
    assert PublicAccount.objects.get().state == "closed"


def test_a_check_that_fails_says_why(app: Program) -> None:
    me = signed_in(app)
    answer = me("post", "me/identity/", {"name": "王小明", "id_number": make.id_number("503")})
    assert (answer.status_code, answer.json()["code"]) == (409, "check_not_available")
    assert answer.json()["data"] == {"level": 1}


#: Where nobody has signed in yet, or nothing is of one citizen.
OPEN_TO_ALL = ("codes/", "sessions/", "collections/", "surveys/")


def test_the_document_describes_it(db: None) -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    ours = {path: found for path, found in paths.items() if path.startswith(API)}
    assert len(ours) == 28
    for path, operations in ours.items():
        for operation in operations.values():
            headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
            open_to_all = path.removeprefix(API) in OPEN_TO_ALL
            assert (TOKEN_HEADER in headers) != open_to_all
