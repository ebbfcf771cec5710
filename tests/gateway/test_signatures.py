"""Requests signed by RFC 9421: taken once, as they were signed, and not otherwise."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import path
from redis.exceptions import RedisError

from apps.common import clock
from apps.common.models import Dictionary
from apps.gateway import httpsig, services
from apps.gateway.models import ApiCall, UsedNonce
from apps.gateway.registry import Resource, temporarily
from apps.gateway.services import nonces
from tests.gateway.factories import UserFactory, issue
from tests.gateway.test_api import ReportView

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "templates" / "gateway" / "examples"
PATH = "/api/v1/report/"
COVERED = ("@method", "@authority", "@path", "@query", "content-digest")

urlpatterns = [path("api/v1/report/", ReportView.as_view())]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def registered(live: str) -> Any:
    with temporarily(Resource("test", "x", "x", (PATH,))):
        yield


class Signer:
    """Signs with a key of a client; every part can be spoilt."""

    def __init__(self, algorithm: str = "ed25519") -> None:
        self.client, self.key = issue()
        self.private = Ed25519PrivateKey.generate()
        public = base64.b64encode(self.private.public_key().public_bytes_raw()).decode()
        boss = UserFactory(is_superuser=True)
        self.row, secret = services.add_signing_key(
            boss, client_id=self.client.pk, algorithm=algorithm, public_key=public
        )
        self.secret = base64.b64decode(secret)
        self.algorithm = algorithm

    def sign(self, base: bytes) -> bytes:
        if self.algorithm == "ed25519":
            return self.private.sign(base)
        return hmac.digest(self.secret, base, "sha256")

    def headers(
        self, body: bytes, *, covered: tuple[str, ...] = COVERED, query: str = "", **more: Any
    ) -> dict[str, str]:
        params: dict[str, Any] = {
            "created": int(clock.now().timestamp()),
            "nonce": os.urandom(8).hex(),
            "keyid": self.row.keyid,
        } | more
        inner = " ".join(f'"{name}"' for name in covered)
        said = ";".join(
            f"{k}={v}" if isinstance(v, int) else f'{k}="{v}"'
            for k, v in params.items()
            if v is not None
        )
        parameters = f"({inner});{said}"
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        values = {
            "@method": "POST",
            "@authority": "testserver",
            "@path": PATH,
            "@query": f"?{query}",
            "@target-uri": f"http://testserver{PATH}",
            "content-digest": digest,
        }
        lines = [f'"{name}": {values[name]}' for name in covered]
        base = "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
        signature = base64.b64encode(self.sign(base)).decode()
        return {
            "Content-Digest": digest,
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{signature}:",
        }


def post(headers: dict[str, str], body: bytes, url: str = PATH) -> Any:
    return Client(headers=headers).post(url, body, content_type="application/json")


def body_of(code: str = "a") -> bytes:
    return json.dumps({"code": code}).encode()


def reason(answer: Any) -> str:
    assert answer.status_code == 401, answer.content
    return answer.json()["data"]["reason"]


@pytest.mark.parametrize("algorithm", ["ed25519", "hmac-sha256"])
def test_a_signed_request_is_taken_once(algorithm: str) -> None:
    signer, body = Signer(algorithm), body_of()
    headers = signer.headers(body, alg=algorithm)
    assert post(headers, body).status_code == 201
    assert reason(post(headers, body)) == "replayed"
    assert Dictionary.objects.count() == 1


def test_the_whole_address_may_be_covered_at_once() -> None:
    signer, body = Signer(), body_of()
    covered = ("@method", "@target-uri", "content-digest")
    assert post(signer.headers(body, covered=covered), body).status_code == 201


def test_what_was_changed_on_the_way_is_refused() -> None:
    signer, body = Signer(), body_of()
    assert reason(post(signer.headers(body), body_of("b"))) == "malformed"
    assert reason(post(signer.headers(body), body, f"{PATH}?all=1")) == "unknown"
    other = Signer().headers(body)["Signature"]
    assert reason(post(signer.headers(body) | {"Signature": other}, body)) == "unknown"
    digest = signer.headers(body_of("b"))["Content-Digest"]
    assert reason(post(signer.headers(body) | {"Content-Digest": digest}, body)) == "unknown"
    assert not Dictionary.objects.exists()


@pytest.mark.parametrize(
    "covered",
    [
        ("@authority", "@path", "@query", "content-digest"),
        ("@method", "@path", "content-digest"),
        ("@method", "@path", "@query"),
    ],
)
def test_what_is_left_open_is_refused(covered: tuple[str, ...]) -> None:
    signer, body = Signer(), body_of()
    assert reason(post(signer.headers(body, covered=covered), body)) == "malformed"


def test_old_and_coming_times_are_refused() -> None:
    signer, body, now = Signer(), body_of(), int(clock.now().timestamp())
    for more in ({"created": now - 400}, {"created": now + 120}, {"expires": now - 1}):
        assert reason(post(signer.headers(body, **more), body)) == "stale"


@pytest.mark.parametrize(
    "more", [{"nonce": None}, {"nonce": "short"}, {"created": None}, {"keyid": None}, {"odd": "x"}]
)
def test_parameters_are_asked_for(more: dict[str, Any]) -> None:
    signer, body = Signer(), body_of()
    assert reason(post(signer.headers(body, **more), body)) == "malformed"


def test_algorithm_is_that_of_the_key() -> None:
    """A public key taken for a shared secret would let anybody sign."""
    signer, body = Signer(), body_of()
    signer.algorithm = "hmac-sha256"
    signer.secret = signer.private.public_key().public_bytes_raw()
    assert reason(post(signer.headers(body, alg="hmac-sha256"), body)) == "unknown"
    assert reason(post(signer.headers(body), body)) == "unknown"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Signature-Input", "nonsense"),
        ("Signature-Input", 'a=("@method");created=1, b=("@method");created=1'),
        ("Signature-Input", "sig1=" + "(" * 5000),
        ("Signature", "sig2=:AAAA:"),
        ("Signature", "sig1=AAAA"),
        ("Signature", "sig1=:A:"),
    ],
)
def test_nonsense_is_refused(name: str, value: str) -> None:
    signer, body = Signer(), body_of()
    assert reason(post(signer.headers(body) | {name: value}, body)) == "malformed"


def test_ended_key_and_revoked_client_are_refused() -> None:
    signer, body, boss = Signer(), body_of(), UserFactory(is_superuser=True)
    services.end_signing_key(boss, client_id=signer.client.pk, key_id=signer.row.pk)
    assert reason(post(signer.headers(body), body)) == "ended"
    signer = Signer()
    signer.client.allowed_ranges = ["10.0.0.0/8"]
    signer.client.save()
    assert reason(post(signer.headers(body), body)) == "address"


def test_client_that_must_sign_is_not_let_in_by_its_key() -> None:
    signer, body = Signer(), body_of()
    signer.client.requires_signature = True
    signer.client.save()
    answer = post({"Authorization": f"Api-Key {signer.key}"}, body)
    assert reason(answer) == "unsigned"
    assert answer["WWW-Authenticate"].startswith("Api-Key")
    assert post(signer.headers(body), body).status_code == 201


def test_replay_is_refused_without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> Any:
        raise RedisError

    with monkeypatch.context() as patch:
        patch.setattr(nonces, "get_redis_connection", away)
        assert nonces.is_new("k", "n")
        assert not nonces.is_new("k", "n")
    assert not nonces.is_new("k", "n")  # Redis is back and knows nothing of it
    monkeypatch.setattr(nonces, "_ask_both_until", 0.0)
    assert UsedNonce.objects.count() == 1


def test_base_is_that_of_the_standard() -> None:
    """The example of RFC 9421, B.2.6, whose key and signature are published there."""
    public = base64.urlsafe_b64decode("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs=")
    request = httpsig.Request(
        "POST",
        "https://example.com/foo?param=Value&Pet=dog",
        {
            "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "content-type": "application/json",
            "content-length": "18",
        },
        b"",
    )
    parameters = (
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    signed = httpsig.Signed(
        ("date", "@method", "@path", "@authority", "content-type", "content-length"),
        parameters,
        base64.b64decode(
            "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu"
            "4A0w6vuQv5lIp5WPpBKRCw=="
        ),
        1618884473,
        "test-key-ed25519",
        "",
    )
    base = httpsig.base_of(signed, request)
    assert httpsig.is_valid(signed, base, algorithm="ed25519", key=public)


@pytest.mark.django_db(transaction=True)
def test_the_documented_examples_work(live_server: Any, tmp_path: Path) -> None:
    def run(*command: str, **env: str) -> dict[str, Any]:
        address = {"ADDRESS": f"{live_server.url}{PATH}"}
        done = subprocess.run(
            command, env=os.environ | address | env, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    shared = Signer("hmac-sha256")
    secret = base64.b64encode(shared.secret).decode()
    run(sys.executable, str(EXAMPLES / "sign.py"), KEYID=shared.row.keyid, SECRET=secret)
    key = tmp_path / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    public = subprocess.run(
        ["openssl", "pkey", "-in", key, "-pubout"], capture_output=True, text=True, check=True
    ).stdout
    row, _none = services.add_signing_key(
        UserFactory(is_superuser=True),
        client_id=shared.client.pk,
        algorithm="ed25519",
        public_key=public,
    )
    run("bash", str(EXAMPLES / "sign.sh"), KEYID=row.keyid, KEYFILE=str(key))
    codes = set(Dictionary.objects.values_list("code", flat=True))
    assert codes == {"signed-by-python", "signed-by-curl"}
    services.write_calls()
    assert ApiCall.objects.filter(key=row.keyid, status=201).count() == 1
