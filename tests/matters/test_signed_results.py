"""Results that outside systems sign with the secret of their connector (MT-12)."""

import base64
import hmac
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.gateway import services, signing
from apps.gateway.mapping import Row
from apps.gateway.models import ApiClient, Connector, InboundSecret
from apps.gateway.sealing import seal
from apps.matters.models import CaseEvent, OutsideResult
from tests.cast import Cast
from tests.matters import factories as make
from tests.matters.test_two_at_once import at_once

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/connectors/water/results/"


@pytest.fixture
def boss(cast: Cast) -> User:
    return User.objects.create(username="boss", full_name="管理", is_superuser=True)


@pytest.fixture
def secret(cast: Cast, boss: User, live: str) -> str:
    """The secret of the eastern works' own system, acting as one of its handlers."""
    connector = Connector.objects.create(
        code="water", name="水务平台", tenant=cast.tenant, url="https://10.0.0.1/",
        secret=seal(signing.new_secret()), created_at=clock.now(), created_by_name="管理",
    )  # fmt: skip
    return services.issue_inbound_secret(
        boss, connector_id=connector.pk, client_id=client_of(cast).pk
    )


def client_of(cast: Cast, **changes: Any) -> ApiClient:
    given = {
        "name": "水务系统", "tenant": cast.tenant, "service_user": cast.handler,
        "scopes": ["cases.results"], "rate": "100000/min", "created_at": clock.now(),
    }  # fmt: skip
    return ApiClient.objects.create(**given | changes)


def send(secret: str, *, address: str = ADDRESS, spoil: Any = None, **body: Any) -> Any:
    """Will sign and send a result. spoil: changes the headers after they were signed."""
    message_id = body.pop("message_id", "m1")
    at = body.pop("at", None) or clock.now()
    content = json.dumps({"status": "done", "text": "已恢复供水。"} | body).encode()
    headers = signing.headers([secret], message_id=message_id, at=at, body=content)
    headers |= spoil or {}
    return Client(headers=headers).post(address, content, content_type="application/json")


def refusals() -> list[str]:
    entries = AuditEntry.objects.filter(action="connector.message_refused").order_by("pk")
    return [entry.data["reason"] for entry in entries]


def test_a_signed_result_is_acted_on_once(cast: Cast, secret: str) -> None:
    case = make.handling(cast)
    first = send(secret, number=case.number, outside_id="SW-1")
    assert (first.status_code, first.json()["outcome"]) == (201, "acted")
    case.refresh_from_db()
    assert case.state == "answered"
    again = send(secret, number=case.number, outside_id="SW-1")
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert CaseEvent.objects.filter(action="feed_back").count() == 1
    other = send(secret, number=case.number, text="别的内容")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    entry = AuditEntry.objects.get(action="outside_result.refused")
    assert entry.data["code"] == "idempotency_key_reused"
    late = send(secret, message_id="m2", outside_id="SW-1", status="en_route")
    assert late.json()["number"] == case.number


def test_a_result_in_the_senders_own_shape_is_acted_on(cast: Cast, boss: User, secret: str) -> None:
    case = make.handling(cast)
    rows = [
        Row("status", source="result", codes={"2": "done"}, required=True),
        Row("number", source="caseNo", required=True),
        Row("text", source="text"),
    ]
    services.set_mapping(
        boss, connector_id=Connector.objects.get().pk, direction="in", rows=rows, seen_version=0
    )
    refused = send(secret, caseNo=case.number, result="7")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "status")
    assert "代码表中没有“7”" in refused.json()["detail"]
    answer = send(secret, caseNo=case.number, result="2")
    assert (answer.status_code, answer.json()["outcome"]) == (201, "acted")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"webhook-signature": "v1,AAAA"}, "signature"),
        ({"webhook-signature": ""}, "signature"),
        ({"webhook-id": "m9"}, "signature"),
        ({"webhook-id": ""}, "signature"),
        ({"webhook-timestamp": "1"}, "timestamp"),
        ({"webhook-timestamp": "soon"}, "timestamp"),
    ],
)
def test_a_spoiled_message_does_nothing(
    cast: Cast, secret: str, spoil: dict[str, str], reason: str
) -> None:
    case = make.handling(cast)
    answer = send(secret, number=case.number, spoil=spoil)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Webhook-Signature")
    assert refusals() == [reason]
    assert not OutsideResult.objects.exists()
    case.refresh_from_db()
    assert case.state == "handling"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_time_further_off_is_refused(cast: Cast, secret: str, minutes: int) -> None:
    case = make.handling(cast)
    answer = send(secret, number=case.number, at=clock.now() + timedelta(minutes=minutes))
    assert answer.status_code == 401
    assert refusals() == ["timestamp"]


def test_a_changed_body_is_refused(cast: Cast, secret: str) -> None:
    case = make.handling(cast)
    headers = signing.headers([secret], message_id="m1", at=clock.now(), body=b"{}")
    body = json.dumps({"number": case.number, "status": "done"})
    answer = Client(headers=headers).post(ADDRESS, body, content_type="application/json")
    assert (answer.status_code, refusals()) == (401, ["signature"])


def test_unknown_connectors_and_other_secrets_are_refused(cast: Cast, secret: str) -> None:
    assert send(secret, address="/api/v1/connectors/other/results/").status_code == 401
    assert send(signing.new_secret()).status_code == 401
    assert refusals() == ["unknown connector", "signature"]


def test_both_secrets_are_good_while_one_is_changed(cast: Cast, secret: str, boss: User) -> None:
    case, connector = make.handling(cast), Connector.objects.get()
    client = connector.inbound_client
    assert client is not None
    new = services.issue_inbound_secret(boss, connector_id=connector.pk, client_id=client.pk)
    assert send(secret, number=case.number, message_id="a").status_code == 201
    assert send(new, number=case.number, message_id="b").status_code == 201
    assert InboundSecret.objects.filter(last_used_at__isnull=False).count() == 2
    with clock.at(clock.now() + timedelta(days=8)):
        assert send(secret, number=case.number, message_id="c").status_code == 401
        assert send(new, number=case.number, message_id="d").status_code == 201
    newest = services.issue_inbound_secret(
        boss, connector_id=connector.pk, client_id=client.pk, overlap=timedelta(0)
    )
    assert send(new, number=case.number, message_id="e").status_code == 401
    assert send(newest, number=case.number, message_id="f").status_code == 201


def test_a_revoked_secret_or_client_is_refused(cast: Cast, secret: str, boss: User) -> None:
    case, connector = make.handling(cast), Connector.objects.get()
    ApiClient.objects.update(revoked_at=clock.now())
    assert send(secret, number=case.number).status_code == 401
    ApiClient.objects.update(revoked_at=None, allowed_ranges=["10.9.0.0/16"])
    assert send(secret, number=case.number).status_code == 401
    ApiClient.objects.update(allowed_ranges=[])
    services.revoke_inbound_secrets(boss, connector_id=connector.pk)
    assert send(secret, number=case.number).status_code == 401
    assert refusals() == ["revoked", "address", "no valid secret"]
    with pytest.raises(Refused):
        services.revoke_inbound_secrets(boss, connector_id=connector.pk)


def test_the_case_of_another_unit_is_unknown(cast: Cast, secret: str) -> None:
    case = make.registered(cast)
    answer = send(secret, number=case.number)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_reference")
    assert AuditEntry.objects.get(action="outside_result.refused").data["number"] == case.number
    case.refresh_from_db()
    assert case.state == "registered"


def test_the_scope_of_the_client_is_asked_for(cast: Cast, secret: str) -> None:
    ApiClient.objects.update(scopes=["cases.read"])
    answer = send(secret, number="1")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"status": 1e999}', b"\xff"])
def test_hostile_bodies_are_answered(cast: Cast, secret: str, body: bytes) -> None:
    headers = signing.headers([secret], message_id="m1", at=clock.now(), body=body)
    answer = Client(headers=headers).post(ADDRESS, body, content_type="application/json")
    assert answer.status_code == 400
    assert not OutsideResult.objects.exists()


def test_a_long_id_is_refused(cast: Cast, secret: str) -> None:
    answer = send(secret, number="1", message_id="m" * 121)
    assert answer.status_code == 400


@pytest.mark.usefixtures("time_held")
def test_a_flood_of_refusals_is_not_all_written_down(cast: Cast, secret: str) -> None:
    answers = [send("whsec_AAAA").status_code for _n in range(62)]
    assert answers[-1] == 429
    assert len(refusals()) <= 61


def test_only_managers_of_clients_issue(cast: Cast, secret: str, boss: User) -> None:
    connector, foreign = Connector.objects.get(), client_of(cast, revoked_at=clock.now())
    for who in (cast.handler, cast.dispatcher):
        with pytest.raises(NotAllowed):
            services.issue_inbound_secret(who, connector_id=connector.pk, client_id=1)
        with pytest.raises(NotAllowed):
            services.revoke_inbound_secrets(who, connector_id=connector.pk)
    with pytest.raises(InvalidInput) as refusal:
        services.issue_inbound_secret(boss, connector_id=connector.pk, client_id=foreign.pk)
    assert refusal.value.field == "client"
    assert secret not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert secret not in str(list(InboundSecret.objects.values()))


def test_the_secret_is_issued_changed_and_revoked_on_the_page(
    cast: Cast, secret: str, boss: User
) -> None:
    browser, connector = Client(), Connector.objects.get()
    browser.force_login(boss)
    page = f"/connectors/{connector.pk}/"
    found = browser.get(page).content.decode()
    assert "可接收" in found
    assert ADDRESS in found
    assert secret not in found
    data = {"client": connector.inbound_client_id, "ends_now": "on"}
    shown = browser.post(f"{page}inbound/issue/", data)
    match = re.search(r'value="(whsec_[^"]+)"', shown.content.decode())
    assert match is not None
    case = make.handling(cast)
    assert send(match.group(1), number=case.number).status_code == 201
    assert send(secret, number=case.number, message_id="m2").status_code == 401
    browser.post(f"{page}inbound/issue/", {"client": "0"})
    browser.post(f"{page}inbound/revoke/")
    assert "未启用" in browser.get(page).content.decode()
    assert send(match.group(1), number=case.number, message_id="m3").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_the_same_message_twice_at_once_is_acted_on_once(cast: Cast, secret: str) -> None:
    case = make.handling(cast)
    results = at_once(*[lambda: send(secret, number=case.number).status_code] * 2)
    assert sorted(results) == [200, 201]
    assert CaseEvent.objects.filter(action="feed_back").count() == 1


def examples() -> list[tuple[list[str], str]]:
    """The two examples of docs/api.md, with what runs them."""
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    section = text.partition("### Signed, without a key")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(python|sh)\n(.*?)```", section, re.DOTALL))
    return [([sys.executable, "-c"], blocks["python"]), (["sh", "-c"], blocks["sh"])]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [0, 1], ids=["python", "shell"])
def test_the_documented_example_runs(
    cast: Cast, secret: str, live_server: Any, number: int
) -> None:
    case = make.handling(cast)
    command, program = examples()[number]
    told = {"SECRET": secret, "NUMBER": case.number, "ADDRESS": f"{live_server.url}{ADDRESS}"}
    done = subprocess.run(
        [*command, program], env=os.environ | told, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["number"], answer["outcome"]) == (case.number, "acted")
    case.refresh_from_db()
    assert case.state == "answered"


def test_the_scheme_is_that_of_the_standard(secret: str, cast: Cast) -> None:
    """Signed by hand from the text of Standard Webhooks, several signatures in one header."""
    case = make.handling(cast)
    body = json.dumps({"number": case.number, "status": "done", "text": "好了"}).encode()
    stamp = str(int(clock.now().timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = base64.b64encode(hmac.digest(key, f"x1.{stamp}.".encode() + body, "sha256")).decode()
    headers = {
        "webhook-id": "x1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1a,AAAA v1,BBBB v1,{right}",
    }
    answer = Client(headers=headers).post(ADDRESS, body, content_type="application/json")
    assert answer.status_code == 201
