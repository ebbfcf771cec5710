"""Records under detached signatures, proved by OpenSSL and PyJWT, which know nothing of us."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.x509 import load_der_x509_certificate
from django.test import Client

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.seals import services
from apps.seals.crypto.certificates import trusted
from apps.seals.enums import SignedForm
from apps.seals.models import SealLog, SealUse
from apps.seals.records.checking import check
from tests.cast import Cast
from tests.seals.factories import Hall, asked, content_of, in_use, sealed, upload

RECORD = json.dumps({"许可": "临时占道", "天数": 15}, ensure_ascii=False).encode()


def signed(cast: Cast, people: Hall, form: str, algorithm: str) -> bytes:
    """Will give the detached signature of a seal on the record."""
    seal = in_use(cast, people, algorithm=algorithm)
    taken = services.take_record(upload(RECORD, "record.json"))
    use = sealed(people, seal, document=taken, form=form)
    assert use.state == "sealed", use.failure
    return content_of(use)


@pytest.mark.parametrize("algorithm", ["rsa", "ecdsa"])
def test_openssl_verifies_a_record_and_rejects_a_changed_byte(
    cast: Cast, people: Hall, client: Client, tmp_path: Path, algorithm: str
) -> None:
    paths = {name: tmp_path / name for name in ("record", "signature", "authorities")}
    paths["signature"].write_bytes(signed(cast, people, SignedForm.CMS, algorithm))
    paths["authorities"].write_bytes(client.get("/verify/authorities.pem").content)

    def said(record: bytes) -> subprocess.CompletedProcess[bytes]:
        paths["record"].write_bytes(record)
        command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
        command += ["-in", str(paths["signature"]), "-content", str(paths["record"])]
        command += ["-CAfile", str(paths["authorities"])]
        return subprocess.run(command, capture_output=True)

    good = said(RECORD)
    assert (good.returncode, good.stdout) == (0, RECORD), good.stderr
    assert said(RECORD.replace(b"15", b"51")).returncode != 0


@pytest.mark.parametrize("algorithm", ["rsa", "ecdsa"])
def test_pyjwt_verifies_a_record_and_rejects_a_changed_byte(
    cast: Cast, people: Hall, algorithm: str
) -> None:
    token = signed(cast, people, SignedForm.JWS, algorithm)
    header = jwt.get_unverified_header(token)
    leaf = load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    names = {"rsa": "RS256", "ecdsa": "ES256"}

    def read(record: bytes) -> Any:
        judge = jwt.api_jws.PyJWS()
        return judge.decode_complete(
            token, leaf.public_key(), [names[algorithm]], detached_payload=record
        )

    assert read(RECORD)["payload"] == RECORD
    with pytest.raises(jwt.InvalidSignatureError):
        read(RECORD.replace(b"15", b"51"))


@pytest.mark.parametrize(("form", "algorithm"), [("cms", "sm2"), ("jws", "ecdsa")])
def test_anybody_verifies_a_record(
    cast: Cast, people: Hall, client: Client, form: str, algorithm: str
) -> None:
    beside = signed(cast, people, form, algorithm)

    def told(record: bytes, signature: bytes) -> Any:
        given = {"file": upload(record), "signature": upload(signature)}
        return client.post("/api/v1/seals/verify/", given)

    good = told(RECORD, beside).json()
    use = SealUse.objects.get()
    assert (good["is_good"], good["number"]) == (True, use.number)
    assert good["seals"][0]["unit"] == "东区城市管理局"
    bad = told(RECORD + b" ", beside).json()
    assert (bad["is_good"], bad["seals"][0]["is_intact"], bad["number"]) == (False, False, "")
    assert told(RECORD, b"nonsense").status_code == 400
    page = client.post("/verify/", {"file": upload(RECORD), "signature": upload(beside)})
    assert "盖章有效" in page.content.decode()
    assert use.number in client.get(f"/verify/{use.code}/").content.decode()
    assert SealLog.objects.get(is_done=True).sealed_digest == use.sealed_digest
    assert services.reconcile().agrees
    client.force_login(people.clerk)
    assert "临时占道" in client.get(f"/seals/uses/{use.pk}/").content.decode()
    place = {"position": 1, "page": 1, "x_mm": 1, "y_mm": 1}
    assert client.post(f"/seals/uses/{use.pk}/place/", place).status_code == 409


def test_a_jws_is_read_one_way_only(cast: Cast, people: Hall) -> None:
    """Another name of the algorithm, a payload inside, another certificate, loose writing."""
    token = signed(cast, people, SignedForm.JWS, "ecdsa")

    def judged(text: bytes) -> Any:
        return check(RECORD, text, trusted=trusted(), moment=clock.now())

    assert judged(token)["signatures"][0]["valid"] is True
    head, _payload, signature = token.split(b".")
    header = json.loads(base64.urlsafe_b64decode(head + b"=="))

    def with_header(**changes: Any) -> bytes:
        changed = json.dumps(header | changes).encode()
        return base64.urlsafe_b64encode(changed).rstrip(b"=") + b".." + signature

    assert judged(with_header(alg="none"))["signatures"][0]["valid"] is False
    assert judged(with_header(alg="RS256"))["signatures"][0]["valid"] is False
    for refused in (
        with_header(b64=True), with_header(crit=["b64", "exp"]), with_header(x5c=[]),
        head + b".e30." + signature, head + b".." + signature + b"=",
    ):  # fmt: skip
        assert judged(refused) == {"refused": "broken"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"a": 1, "a": 2}', "unclear"),
        ("金额\u202e001元".encode(), "unclear"),
        (b"\xff\xfe binary", "not_text"),
        (b"[" * 100_000, "unclear"),
    ],
)
def test_a_record_two_readers_could_read_differently_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.take_record(upload(content))
    assert (refused.value.field, refused.value.code) == ("file", code)


def test_the_form_fits_document_and_seal(cast: Cast, people: Hall) -> None:
    national = in_use(cast, people, algorithm="sm2")
    record = services.take_record(upload(RECORD))
    for given, field in (
        ({"document": record, "form": "jws"}, "form"),
        ({"document": record}, "file"),
        ({"form": "cms"}, "file"),
        ({"document": record, "form": "xml"}, "form"),
    ):
        with pytest.raises(InvalidInput) as refused:
            asked(people, national, **given)
        assert refused.value.field == field
    assert SealLog.objects.filter(is_done=False).count() == 4
