"""Giving digests to outside chains, and keeping the ledger of key events. AU-04, AU-05.

A chain is given nothing but digests: of checkpoints, and of key events (their digest in the
sealed log). Every order is a row with an outbox message, tried again until the chain takes it,
under a key by which the chain drops repeats. Receipts are checked when they come and again at
night: signature, digest, and whether the chain still says the same.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEntry, AuditSeal, SealedLeaves
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.evidence.adapters.chains import Book
from apps.evidence.enums import ChainState, ReceiptState
from apps.evidence.models import (
    AlarmBookmark,
    Chain,
    ChainReceipt,
    Checkpoint,
    KeyEvent,
    KeyEventKind,
)
from apps.evidence.registry import (
    ChainAccess,
    ChainFailed,
    OutsideChain,
    Receipt,
    chain_adapter,
    chain_adapters,
)
from apps.evidence.services.keys import check_public_key, is_signed

TOPIC = "evidence.chain"
STREAM = "key_events"
SEALS_PER_ROUND = 200
CHECKED_PER_NIGHT = 500
CHECKPOINT, EVENT = "checkpoint", "event"
#: What a new installation begins with; the city changes it on the page.
FIRST_KINDS = {
    "rule_version.published": _("规则发布"),
    "matter_version.published": _("事项发布"),
    "role.*": _("角色与授权变更"),
    "change.*": _("双人复核的操作"),
    "signing_key.made": _("签名密钥更换"),
    "draw.drawn": _("双随机抽取"),
    "evidence.exported": _("证明包导出"),
    "rows.found_changed": _("受保护数据被改动"),
}


@dataclass(frozen=True)
class NewChain:
    """What is registered of a chain; see ``models.Chain``."""

    code: str
    name: str
    adapter: str
    url: str
    channel: str
    contract: str
    public_pem: str
    takes_events: bool = True


@transaction.atomic
def register_chain(actor: User, *, new: NewChain) -> Chain:
    """Will take a chain into the register; audited. It is given what comes from now on.

    Raises: NotAllowed (the actor lacks ``evidence.manage_witnesses``); InvalidInput (code taken,
        adapter unknown, address missing, key not Ed25519).
    """
    _require(actor)
    if Chain.objects.filter(code=new.code).exists():
        raise InvalidInput(_("这个代码已被使用"), field="code")
    if new.adapter not in chain_adapters():
        raise InvalidInput(_("没有这种接入方式"), field="adapter")
    if new.adapter == "http" and not new.url.startswith(("https://", "http://")):
        raise InvalidInput(_("请填写服务地址"), field="url")
    chain = Chain.objects.create(
        code=new.code,
        name=new.name.strip()[:80],
        adapter=new.adapter,
        url=new.url.strip().rstrip("/"),
        channel=new.channel.strip(),
        contract=new.contract.strip(),
        public_pem=check_public_key(new.public_pem),
        takes_events=new.takes_events,
        registered_at=clock.now(),
    )
    _record(actor, "chain.registered", chain)
    return chain


@transaction.atomic
def set_chain(actor: User, *, chain_id: int, is_active: bool) -> Chain:
    """Will pause a chain or give it again what came meanwhile; audited. Locks the chain.

    Raises: NotAllowed; NotFound.
    """
    _require(actor)
    chain = Chain.objects.select_for_update().filter(pk=chain_id).first()
    if chain is None:
        raise NotFound(_("没有这条存证链"))
    wanted = ChainState.ACTIVE if is_active else ChainState.PAUSED
    if chain.state != wanted:
        before, chain.state = chain.state, wanted
        chain.save(update_fields=["state"])
        _record(actor, "chain.set", chain, before={"state": before}, after={"state": wanted})
    return chain


@transaction.atomic
def set_kind(actor: User, *, action: str, label: str, is_on: bool) -> KeyEventKind:
    """Will say what counts as a key event from now on; audited.

    action: as in the log, or its beginning with a star. Raises: NotAllowed; InvalidInput.
    """
    _require(actor)
    action, label = action.strip(), label.strip()
    if not 3 <= len(action) <= 80 or action.startswith("*"):
        raise InvalidInput(_("动作应形如 role.granted 或 role.*"), field="action")
    if not label:
        raise InvalidInput(_("请填写名称"), field="label")
    found = KeyEventKind.objects.select_for_update().filter(action=action).first()
    before = {"label": found.label, "is_on": found.is_on} if found else {}
    kind = found or KeyEventKind(action=action)
    kind.label, kind.is_on = label[:60], is_on
    kind.save()
    audit.record(
        actor,
        "key_event_kind.set",
        object_type="evidence.key_event_kind",
        object_id=kind.pk,
        object_label=action,
        data={"before": before, "after": {"label": kind.label, "is_on": is_on}},
    )
    return kind


@transaction.atomic
def seed_kinds() -> None:
    """Will make the first kinds on a new installation; later it changes nothing."""
    if not KeyEventKind.objects.exists():
        KeyEventKind.objects.bulk_create(
            [KeyEventKind(action=code, label=str(name)) for code, name in FIRST_KINDS.items()],
            ignore_conflicts=True,
        )


@transaction.atomic
def collect_events() -> int:
    """Will enter the key events sealed since the last round and give their number.

    Locks the bookmark; a second worker at the same time does nothing.
    """
    seed_kinds()
    AlarmBookmark.objects.get_or_create(stream=STREAM)
    bookmark = AlarmBookmark.objects.select_for_update(skip_locked=True).filter(pk=STREAM).first()
    if bookmark is None:
        return 0
    kinds = list(KeyEventKind.objects.filter(is_on=True))
    seals = AuditSeal.objects.filter(number__gt=bookmark.seal, sealed_leaves__isnull=False)
    count = 0
    for seal in seals.select_related("sealed_leaves").order_by("number")[:SEALS_PER_ROUND]:
        count += _collect(seal, kinds)
        bookmark.seal = seal.number
    bookmark.moved_at = clock.now()
    bookmark.save()
    return count


@transaction.atomic
def order_receipts() -> int:
    """Will order what each chain in use has not been given yet, and give the number."""
    ordered = 0
    for chain in Chain.objects.filter(state=ChainState.ACTIVE).order_by("pk"):
        since = chain.registered_at
        given = ChainReceipt.objects.filter(chain=chain)
        points = Checkpoint.objects.filter(at__gte=since).exclude(
            pk__in=given.exclude(checkpoint=None).values("checkpoint_id")
        )
        rows = [ChainReceipt(checkpoint=point, digest=point.digest) for point in points]
        if chain.takes_events:
            events = KeyEvent.objects.filter(at__gte=since).exclude(
                pk__in=given.exclude(event=None).values("event_id")
            )
            rows += [ChainReceipt(event=event, digest=event.leaf) for event in events]
        for row in rows:
            row.chain, row.ordered_at = chain, clock.now()
            row.save(force_insert=True)
            outbox.enqueue(TOPIC, key=str(row.pk), payload={"receipt_id": row.pk})
        ordered += len(rows)
    return ordered


def submit_receipt(receipt_id: int) -> ChainReceipt:
    """Will give a chain what was ordered and keep its receipt; done once, it stays as it is.

    Raises: ChainFailed (try again later: away, or its answer is not a valid receipt).
    """
    row = ChainReceipt.objects.select_for_update(of=("self",)).select_related("chain")
    receipt = row.get(pk=receipt_id)
    if receipt.state != ReceiptState.WAITING:
        return receipt
    kind = CHECKPOINT if receipt.checkpoint_id else EVENT
    adapter, access = _door(receipt.chain)
    given = adapter.submit(access, key=f"citybrain-{receipt.digest}", digest=receipt.digest,
                           kind=kind)  # fmt: skip
    if fault := _why_wrong(receipt, given):
        raise ChainFailed(fault)
    receipt.state, receipt.transaction = ReceiptState.CHAINED, given.transaction
    receipt.block, receipt.chained_at, receipt.raw = given.block, given.at, given.raw
    receipt.verified_at = clock.now()
    receipt.save()
    return receipt


def check_chains() -> int:
    """Will ask every chain how it stands and whether it still says the same; gives the faults.

    The receipts not looked at for longest come first. A receipt that no longer fits is told in
    the audit log, once.
    """
    faults = 0
    for chain in Chain.objects.filter(state=ChainState.ACTIVE).order_by("pk"):
        adapter, access = _door(chain)
        try:
            status = adapter.status(access)
        except ChainFailed as error:
            Chain.objects.filter(pk=chain.pk).update(last_error=str(error)[:300])
            continue
        Chain.objects.filter(pk=chain.pk).update(
            height=status.height, told_at=clock.now(), last_error=""
        )
        done = chain.receipts.exclude(state=ReceiptState.WAITING)
        for receipt in done.select_related("chain").order_by("verified_at")[:CHECKED_PER_NIGHT]:
            faults += _check(adapter, access, receipt)
    return faults


def chain_certificate(receipt: ChainReceipt) -> bytes:
    """Will fetch the chain's own certificate of a receipt. Raises: ChainFailed."""
    adapter, access = _door(receipt.chain)
    return adapter.certificate(access, transaction=receipt.transaction)


def simulated_chain_key(code: str) -> str:
    """Will give the public key (PEM) of the simulated chain of this code; made the first time."""
    return Book.of(code).public_pem


@transaction.atomic
def _check(adapter: OutsideChain, access: ChainAccess, receipt: ChainReceipt) -> int:
    try:
        fault = _why_wrong(receipt, adapter.query(access, transaction=receipt.transaction))
    except ChainFailed as error:
        fault = str(error)[:200]
    if fault and fault != receipt.fault:
        audit.record(
            audit.SYSTEM,
            "chain.found_broken",
            object_type="evidence.receipt",
            object_id=receipt.pk,
            object_label=f"{receipt.chain.name} {receipt.transaction}",
            data={"fault": fault, "digest": receipt.digest},
        )
    receipt.fault, receipt.verified_at = fault, clock.now()
    receipt.state = ReceiptState.BROKEN if fault else ReceiptState.CHAINED
    receipt.save(update_fields=["fault", "verified_at", "state"])
    return 1 if fault else 0


def _why_wrong(receipt: ChainReceipt, given: Receipt) -> str:
    if given.digest != receipt.digest:
        return "digest differs"
    if not is_signed(receipt.chain.public_pem, given.signed, given.signature):
        return "signature invalid"
    known = (receipt.transaction, receipt.block)
    if receipt.transaction and known != (given.transaction, given.block):
        return "transaction or block differs"
    return ""


def _collect(seal: AuditSeal, kinds: list[KeyEventKind]) -> int:
    leaves: SealedLeaves = seal.sealed_leaves
    ids = audit.unpack_ids(bytes(leaves.ids))
    digests = dict(zip(ids, audit.unpack_leaves(bytes(leaves.leaves)), strict=True))
    found = []
    for entry in AuditEntry.objects.filter(pk__in=ids).only("action", "object_label", "at"):
        kind = next((kind for kind in kinds if kind.covers(entry.action)), None)
        if kind is not None:
            found.append(
                KeyEvent(
                    entry=entry, kind=kind, action=entry.action, label=entry.object_label,
                    at=entry.at, seal_number=seal.number, leaf=digests[entry.pk].hex(),
                )
            )  # fmt: skip
    KeyEvent.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def _door(chain: Chain) -> tuple[OutsideChain, ChainAccess]:
    access = ChainAccess(chain.code, chain.url, chain.channel, chain.contract)
    return chain_adapter(chain.adapter), access


def _require(actor: User) -> None:
    if not actor.has_perm("evidence.manage_witnesses"):
        raise NotAllowed(_("需要“管理见证方”权限"))


def _record(actor: User, action: str, chain: Chain, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="evidence.chain",
        object_id=chain.pk,
        object_label=chain.name,
        data={"adapter": chain.adapter, "url": chain.url} | data,
    )
