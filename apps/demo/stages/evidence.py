"""What the three administrators find: checkpoints, a witness, alarms, a board with words."""

import base64
import json
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.demo.stages.protection import give_chain, load_protection
from apps.demo.world import TENANT
from apps.evidence import services
from apps.evidence.enums import ClauseState, FindingSeverity, FindingSource, Trigger
from apps.evidence.models import Checkpoint
from apps.evidence.services import NewFinding, NewNote, NewWitness
from apps.gateway import services as gateway

WITNESS = "demo-archive"


def load_evidence(until: datetime) -> int:
    """Will sign the log twice, have it witnessed, raise alarms, and give their number.

    until: the moment the demo city has reached. The history before is sealed as of two days
    earlier, so that it raises nothing.
    """
    security = User.objects.get(username="secadmin1", tenant__code=TENANT)
    with clock.at(until - timedelta(days=2)):
        load_protection(security)
        audit.seal_entries()
        first = services.make_checkpoint()
    with clock.at(until - timedelta(days=1)):
        _witness(security, first)
    with clock.at(until - timedelta(hours=5)):
        _misdeeds()
        audit.seal_entries()
    with clock.at(until - timedelta(hours=4)):
        raised = services.watch_log()
        services.make_checkpoint()
        services.ask_checks()
        services.verify_now(Trigger.NIGHTLY)
        give_chain()
        _words(security, until)
    return raised


def _misdeeds() -> None:
    """Somebody tries doors that are shut, somebody takes many tables along."""
    curious = User.objects.get(username="dispatcher1", tenant__code=TENANT)
    for _turn in range(12):
        audit.record(
            curious, "access.denied", object_type="page", object_id="accounts:person-list",
            object_label="/people/", data={"method": "GET"},
        )  # fmt: skip
    busy = User.objects.get(username="supervisor1", tenant__code=TENANT)
    for _turn in range(6):
        audit.record(
            busy, "statistics.exported", object_type="statistics", object_label="办件统计",
            data={"rows": 120},
        )  # fmt: skip


def _witness(security: User, checkpoint: Checkpoint) -> None:
    keeper = User.objects.get(username="sysadmin1", tenant__code=TENANT)
    client, _key = gateway.issue_client(
        audit.SYSTEM,
        name="档案馆见证（模拟）",
        tenant=keeper.tenant,  # type: ignore[arg-type]  # the demo's own people have one
        service_user=User.objects.get(username="acceptor2"),
        owner_person=User.objects.get(username="supervisor1", tenant__code=TENANT),
        scopes=["evidence.witness"],
    )
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    new = NewWitness(code=WITNESS, name="档案馆（模拟）", client=client, public_pem=pem.decode())
    services.register_witness(security, new=new)
    statement = json.dumps(
        {
            "type": "citybrain.testimony.v1",
            "witness": WITNESS,
            "digest": checkpoint.digest,
            "agrees": True,
        }
    )
    signature = base64.b64encode(private.sign(statement.encode())).decode()
    services.testify(client, number=checkpoint.number, statement=statement, signature=signature)


def _words(security: User, until: datetime) -> None:
    services.add_note(
        security,
        new=NewNote(
            clause="rights-e",
            state=ClauseState.FULFILLED,
            note="列表按单位和辖区取数，个人信息逐字段脱敏，查看须填事由（演示说明）",
            next_on=(until + timedelta(days=180)).date(),
        ),
    )
    services.add_finding(
        security,
        new=NewFinding(
            title="两台终端的系统补丁未更新",
            detail="季度测试发现（演示数据）",
            clause="weakness",
            source=FindingSource.TEST,
            severity=FindingSeverity.MIDDLE,
            owner="",
            responsible=User.objects.get(username="supervisor1", tenant__code=TENANT),
        ),
    )
