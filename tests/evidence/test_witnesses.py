"""Witnesses over the API: they fetch, check, co-sign; we keep what they say."""

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from django.urls import reverse

from apps.audit.services import SYSTEM
from apps.common import merkle
from apps.evidence import models, services
from apps.evidence.enums import Trigger
from apps.evidence.models import Checkpoint, Witness
from apps.evidence.services import NewWitness, packages
from apps.gateway import services as gateway
from tests.cast import Cast
from tests.evidence.factories import administrator, key_pair, seal, tamper, write

pytestmark = pytest.mark.django_db


def client_of(cast: Cast, name: str = "审计局", scope: str = "evidence.witness") -> tuple[Any, str]:
    """An API client of another unit, and its key."""
    return gateway.issue_client(
        SYSTEM, name=name, tenant=cast.tenant, service_user=cast.outsider, scopes=[scope]
    )


@pytest.fixture
def witness(cast: Cast) -> tuple[Witness, Any, str]:
    """A registered witness, its private key, its API key."""
    security = administrator(cast, "security_admin")
    api_client, api_key = client_of(cast)
    private, pem = key_pair()
    new = NewWitness(code="audit-office", name="审计局", client=api_client, public_pem=pem)
    return services.register_witness(security, new=new), private, api_key


def call(key: str, name: str, *args: Any, data: Any = None, **query: Any) -> Any:
    headers = {"Authorization": f"Api-Key {key}"}
    if data is None:
        return Client().get(reverse(name, args=args), query, headers=headers)
    return Client().post(reverse(name, args=args), data, "application/json", headers=headers)


def statement(checkpoint: Checkpoint, **changes: Any) -> str:
    said = {
        "type": "citybrain.testimony.v1",
        "witness": "audit-office",
        "digest": checkpoint.digest,
        "agrees": True,
    }
    return json.dumps(said | changes)


def co_sign(key: str, private: Any, checkpoint: Checkpoint, text: str) -> Any:
    signature = base64.b64encode(private.sign(text.encode())).decode()
    data = {"statement": text, "signature": signature}
    return call(key, "api-checkpoint-testify", checkpoint.number, data=data)


def test_a_witness_fetches_checks_and_signs(witness: tuple[Witness, Any, str]) -> None:
    _row, private, key = witness
    services.make_checkpoint()
    second = services.make_checkpoint()
    first, other = call(key, "api-checkpoints").json()
    assert [first["number"], other["number"]] == [1, 2]
    assert services.is_signed(other["public_pem"], other["body"].encode(), other["signature"])
    assert call(key, "api-checkpoints", after=1).json()[0]["number"] == 2
    assert co_sign(key, private, second, statement(second)).status_code == 201
    again = co_sign(key, private, second, statement(second, agrees=False, reason="反悔"))
    assert again.json()["agrees"] is True
    assert models.Testimony.objects.count() == 1
    assert services.verify_now(Trigger.COMMAND).faults == []


def test_the_consistency_proof_holds(witness: tuple[Witness, Any, str]) -> None:
    from apps.audit.models import AuditSeal, SealedLeaves
    from apps.common import clock

    moment = clock.now()
    for number in range(1, 6):
        seal = AuditSeal.objects.create(
            number=number, from_txid=0, to_txid=1, first_id=0, last_id=0, count=0,
            previous_digest="", digest="", sealed_at=moment,
        )  # fmt: skip
        SealedLeaves.objects.create(seal=seal, root="", ids=b"", leaves=b"")
    from apps.evidence.services.leaves import seal_leaves

    leaves = [merkle.leaf_hash(text.encode()) for _row, text in seal_leaves()]
    key = services.active_key()
    for number, size in ((1, 2), (2, 5)):
        Checkpoint.objects.create(
            number=number, size=size, rows=0, root=merkle.root(leaves[:size]).hex(),
            head_digest="", previous_digest="", body=str(number), digest=str(number) * 64,
            signature="", key=key, at=moment,
        )  # fmt: skip
    told = call(witness[2], "api-checkpoint-consistency", 2, **{"from": 1}).json()
    path = [bytes.fromhex(step) for step in told["path"]]
    assert merkle.is_consistent(merkle.root(leaves[:2]), 2, merkle.root(leaves), 5, path)
    for raw in ("x", "9", ""):
        answer = call(witness[2], "api-checkpoint-consistency", 2, **{"from": raw})
        assert answer.status_code in {400, 404}


def test_a_witness_that_disagrees_is_heard(cast: Cast, witness: tuple[Witness, Any, str]) -> None:
    auditor = administrator(cast, "audit_admin")
    checkpoint = services.make_checkpoint()
    text = statement(checkpoint, agrees=False, reason="与上次取走的不衔接")
    co_sign(witness[2], witness[1], checkpoint, text)
    assert auditor.notices.get().body == "与上次取走的不衔接"
    assert [f["kind"] for f in services.verify_now(Trigger.COMMAND).faults] == ["disagreed"]


def test_what_does_not_fit_is_refused(witness: tuple[Witness, Any, str]) -> None:
    _row, private, key = witness
    checkpoint = services.make_checkpoint()
    stranger, _pem = key_pair()
    for signer, text, field in (
        (stranger, statement(checkpoint), "signature"),
        (private, statement(checkpoint, digest="0" * 64), "statement"),
        (private, statement(checkpoint, witness="other"), "statement"),
        (private, statement(checkpoint, agrees="yes"), "statement"),
        (private, "no json", "statement"),
        (private, "[]", "statement"),
    ):
        answer = co_sign(key, signer, checkpoint, text)
        assert answer.status_code == 400, text
        assert field in answer.content.decode()
    assert co_sign(key, private, Checkpoint(number=9, digest=""), "{}").status_code == 404
    assert not models.Testimony.objects.exists()


def test_only_active_witnesses_with_the_scope(
    cast: Cast, witness: tuple[Witness, Any, str]
) -> None:
    row, private, key = witness
    checkpoint = services.make_checkpoint()
    _client, stranger = client_of(cast, "别的单位")
    _client, narrow = client_of(cast, "别的范围", "cases.read")
    assert co_sign(stranger, private, checkpoint, statement(checkpoint)).status_code == 403
    assert call(narrow, "api-checkpoints").status_code == 403
    assert Client().get(reverse("api-checkpoints")).status_code in {401, 403}
    services.end_witness(_security(), witness_id=row.pk)
    assert co_sign(key, private, checkpoint, statement(checkpoint)).status_code == 403


def _security() -> Any:
    from apps.accounts.models import User

    return User.objects.get(username="security_admin")


@pytest.mark.django_db(transaction=True)
def test_the_program_of_a_witness_against_a_running_server(
    live_server: Any, tmp_path: Path, cast: Cast, witness: tuple[Witness, Any, str]
) -> None:
    """In a bare Python with openssl alone: agrees, remembers, follows a new key, says no."""
    _row, private, api_key = witness
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "witness.pem").write_bytes(pem)
    for name in packages.PROGRAMS:
        (tmp_path / name).write_text((packages.STANDALONE / name).read_text("utf-8"), "utf-8")
    write(3)
    seal()
    first = services.make_checkpoint()
    settings = {
        "url": f"{live_server.url}/api/v1/evidence/",
        "api_key": api_key,
        "code": "audit-office",
        "private_key": "witness.pem",
        "fingerprint": first.key.fingerprint,
        "state": "state.json",
    }
    (tmp_path / "settings.json").write_text(json.dumps(settings), "utf-8")
    assert visit(tmp_path) == (0, 1)
    services.rotate_key(_security())
    write(2)
    seal()
    services.make_checkpoint()
    assert visit(tmp_path) == (0, 1)
    assert visit(tmp_path) == (0, 0)
    assert all(said.agrees for said in models.Testimony.objects.all())
    tamper("UPDATE audit_auditseal SET digest = repeat('1', 64) WHERE number = 1")
    tamper("UPDATE evidence_checkpoint SET root = repeat('2', 64)")
    last = services.latest_checkpoint()
    body = json.loads(last.body) | {"number": 3, "previous": last.digest, "root": "2" * 64}
    text = json.dumps(body)
    Checkpoint.objects.create(
        number=3, size=last.size, rows=last.rows, root="2" * 64, head_digest="", body=text,
        previous_digest=last.digest, digest=hashlib.sha256(text.encode()).hexdigest(),
        signature=services.sign(last.key, text.encode()), key=last.key, at=last.at,
    )  # fmt: skip
    assert visit(tmp_path) == (1, 1)
    said = models.Testimony.objects.latest("pk")
    assert (said.agrees, said.reason) == (False, "the log does not begin with the log seen last")


def visit(folder: Path) -> tuple[int, int]:
    """Runs the program; gives its exit code and how many testimonies it sent."""
    before = models.Testimony.objects.count()
    done = subprocess.run(
        [sys._base_executable, "-S", "witness.py", "settings.json"],
        cwd=folder, capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.returncode, models.Testimony.objects.count() - before
