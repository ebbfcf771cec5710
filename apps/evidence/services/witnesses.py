"""Units that co-sign our checkpoints: registering them, taking what they say."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.evidence import selectors
from apps.evidence.models import Checkpoint, Testimony, Witness
from apps.evidence.services.keys import check_public_key, is_signed
from apps.gateway.models import ApiClient
from apps.notices import services as notices

TYPE = "citybrain.testimony.v1"


@dataclass(frozen=True)
class NewWitness:
    """What is registered of a witness. public_pem: its Ed25519 key."""

    code: str
    name: str
    client: ApiClient
    public_pem: str


@transaction.atomic
def register_witness(actor: User, *, new: NewWitness) -> Witness:
    """Will take a unit in as a witness; audited.

    Raises: NotAllowed; InvalidInput (the key is no Ed25519 key; code or client is taken; the
        client is of a body the actor does not administer).
    """
    _require(actor)
    if Witness.objects.filter(code=new.code).exists():
        raise InvalidInput(_("已有此代码的见证方"), field="code")
    if Witness.objects.filter(client=new.client).exists():
        raise InvalidInput(_("该接口客户端已属于另一见证方"), field="client")
    if not selectors.list_witness_clients(actor).filter(pk=new.client.pk).exists():
        raise InvalidInput(_("没有这个接口客户端"), field="client")
    witness = Witness.objects.create(
        code=new.code,
        name=new.name,
        client=new.client,
        public_pem=check_public_key(new.public_pem),
        registered_at=clock.now(),
    )
    _record(actor, "witness.registered", witness)
    return witness


@transaction.atomic
def end_witness(actor: User, *, witness_id: int) -> Witness:
    """Will take no more from a witness; what it said stays. A second time changes nothing.

    Locks the witness. Raises: NotAllowed; NotFound.
    """
    _require(actor)
    witness = Witness.objects.select_for_update().filter(pk=witness_id).first()
    if witness is None:
        raise NotFound(_("没有这个见证方"))
    if witness.is_active:
        witness.is_active = False
        witness.save(update_fields=["is_active"])
        _record(actor, "witness.ended", witness)
    return witness


@transaction.atomic
def testify(client: ApiClient, *, number: int, statement: str, signature: str) -> Testimony:
    """Will keep what the witness behind this client signed of a checkpoint; audited.

    statement: JSON with ``type``, ``witness``, ``digest``, ``agrees``, and where it does not
    agree ``reason``. Said again the first word stands. A disagreement is told to the auditors.
    Raises: NotAllowed (the client is no witness); NotFound (no such checkpoint); InvalidInput.
    """
    witness = Witness.objects.select_for_update().filter(client=client, is_active=True).first()
    if witness is None:
        raise NotAllowed(_("该接口客户端不是见证方"))
    checkpoint = Checkpoint.objects.filter(number=number).first()
    if checkpoint is None:
        raise NotFound(_("没有这个检查点"))
    said = _read(statement, witness, checkpoint)
    if not is_signed(witness.public_pem, statement.encode(), signature):
        raise InvalidInput(_("见证签名无效"), field="signature")
    found = Testimony.objects.filter(witness=witness, checkpoint=checkpoint).first()
    if found is not None:
        return found
    testimony = Testimony.objects.create(
        checkpoint=checkpoint,
        witness=witness,
        agrees=said["agrees"],
        reason=str(said.get("reason", ""))[:200],
        statement=statement,
        signature=signature,
        received_at=clock.now(),
    )
    audit.record(
        client,
        "checkpoint.witnessed" if testimony.agrees else "checkpoint.disputed",
        object_type="evidence.checkpoint",
        object_id=checkpoint.pk,
        object_label=str(checkpoint),
        data={"witness": witness.code, "agrees": testimony.agrees},
    )
    if not testimony.agrees:
        _tell(testimony)
    return testimony


def _read(statement: str, witness: Witness, checkpoint: Checkpoint) -> dict[str, Any]:
    try:
        said = json.loads(statement)
    except ValueError as error:
        raise InvalidInput(_("见证内容不是 JSON"), field="statement") from error
    if not isinstance(said, dict) or said.get("type") != TYPE:
        raise InvalidInput(_("见证内容类型不对"), field="statement")
    if said.get("witness") != witness.code or said.get("digest") != checkpoint.digest:
        raise InvalidInput(_("见证内容与检查点或见证方不符"), field="statement")
    if not isinstance(said.get("agrees"), bool):
        raise InvalidInput(_("见证内容须写明是否认可"), field="statement")
    return said


def _tell(testimony: Testimony) -> None:
    notices.notify(
        recipients=users_with_permission("audit.read_audit"),
        kind="alarm",
        title=str(
            _("%(name)s不认可检查点%(checkpoint)s")
            % {"name": testimony.witness.name, "checkpoint": testimony.checkpoint}
        ),
        body=testimony.reason,
        url="/evidence/checkpoints/",
        key=f"testimony-{testimony.pk}",
    )


def _require(actor: User) -> None:
    if not actor.has_perm("evidence.manage_witnesses"):
        raise NotAllowed(_("需要“登记见证方”权限"))


def _record(actor: User, action: str, witness: Witness) -> None:
    audit.record(
        actor,
        action,
        object_type="evidence.witness",
        object_id=witness.pk,
        object_label=witness.name,
        data={"code": witness.code, "client": witness.client.name},
    )
