"""Outside chains: one contract for every adapter; receipts are kept, checked, tried again."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.common import outbox
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.models import OutboxMessage
from apps.evidence import services
from apps.evidence.adapters.chains import Book, HttpChain, SimulatedChain
from apps.evidence.enums import ReceiptState
from apps.evidence.management.commands.simulate_chain import serve
from apps.evidence.models import Chain, ChainReceipt, KeyEvent
from apps.evidence.registry import ChainAccess, ChainFailed, OutsideChain
from apps.evidence.services import NewChain, is_signed
from tests.evidence.factories import seal
from tests.gateway.factories import UserFactory

pytestmark = pytest.mark.django_db
DIGEST = "ab" * 32


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EVIDENCE_DIR = tmp_path
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    return tmp_path


@pytest.fixture
def remote(folder: Path) -> Iterator[tuple[Book, str]]:
    """A chain in a server of its own."""
    book = Book(folder / "remote")
    with serve(book, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield book, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def keeper() -> User:
    return UserFactory(is_superuser=True)


def chain(keeper: User, book: Book, *, url: str = "", **more: Any) -> Chain:
    new = NewChain(
        code="court", name="司法链", adapter="http" if url else "simulator", url=url,
        channel="city", contract="evidence-v1", public_pem=book.public_pem, **more,
    )  # fmt: skip
    return services.register_chain(keeper, new=new)


def anchored(keeper: User) -> ChainReceipt:
    """Gives a checkpoint to the chain and brings it there."""
    audit.record(keeper, "role.granted", object_label="审计")
    audit.seal_entries()
    services.make_checkpoint()
    services.order_receipts()
    outbox.drain()
    return ChainReceipt.objects.latest("pk")


@pytest.mark.parametrize("kind", ["http", "simulator"])
def test_every_adapter_keeps_the_contract(remote: tuple[Book, str], kind: str) -> None:
    book, url = remote
    access = ChainAccess("court", url, "city", "evidence-v1")
    adapter: OutsideChain = HttpChain() if kind == "http" else SimulatedChain()
    pem = book.public_pem if kind == "http" else Book.of("court").public_pem
    first = adapter.submit(access, key="k1", digest=DIGEST, kind="event")
    assert adapter.submit(access, key="k1", digest=DIGEST, kind="event") == first
    second = adapter.submit(access, key="k2", digest="cd" * 32, kind="event")
    assert (first.digest, first.block, second.block) == (DIGEST, 1, 2)
    assert adapter.query(access, transaction=first.transaction) == first
    assert is_signed(pem, first.signed, first.signature)
    assert adapter.status(access).height == 2
    assert first.transaction.encode() in adapter.certificate(access, transaction=first.transaction)
    with pytest.raises(ChainFailed):
        adapter.query(access, transaction="0" * 40)


def test_checkpoints_go_to_the_chain_and_come_back_as_receipts(
    keeper: User, remote: tuple[Book, str]
) -> None:
    book, url = remote
    made = chain(keeper, book, url=url, takes_events=False)
    receipt = anchored(keeper)
    assert (receipt.state, receipt.block) == (ReceiptState.CHAINED, 1)
    assert receipt.checkpoint is not None
    assert book.records()[0]["digest"] == receipt.checkpoint.digest
    assert services.order_receipts() == 0  # nothing twice
    assert services.check_chains() == 0
    made.refresh_from_db()
    assert made.height == 1


def test_a_chain_that_is_away_is_tried_again(keeper: User, folder: Path) -> None:
    book = Book(folder / "remote")
    chain(keeper, book, url="http://127.0.0.1:9", takes_events=False)
    receipt = anchored(keeper)
    assert receipt.state == ReceiptState.WAITING
    message = OutboxMessage.objects.get(topic="evidence.chain")
    assert message.processed_at is None
    assert message.attempts == 1
    services.check_chains()
    assert Chain.objects.get().last_error
    with serve(book, 0) as server:
        threading.Thread(target=server.handle_request).start()
        Chain.objects.update(url=f"http://127.0.0.1:{server.server_port}")
        services.submit_receipt(receipt.pk)
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.CHAINED


def test_a_receipt_signed_by_somebody_else_is_none(keeper: User, folder: Path) -> None:
    chain(keeper, Book(folder / "another"), takes_events=False)
    assert anchored(keeper).state == ReceiptState.WAITING


def test_a_chain_that_changes_its_mind_is_told(keeper: User, folder: Path) -> None:
    chain(keeper, Book.of("court"), takes_events=False)
    receipt = anchored(keeper)
    file = Book.of("court").home / "records.jsonl"
    record = json.loads(file.read_text())
    file.write_text(json.dumps(record | {"digest": DIGEST}) + "\n")
    for _night in range(2):
        assert services.check_chains() == 1
    receipt.refresh_from_db()
    assert (receipt.state, receipt.fault) == (ReceiptState.BROKEN, "digest differs")
    assert AuditEntry.objects.filter(action="chain.found_broken").count() == 1


@pytest.mark.django_db(transaction=True)
def test_key_events_are_collected_proved_and_given(
    keeper: User, folder: Path, client: Client
) -> None:
    services.set_kind(keeper, action="seal.*", label="用印", is_on=True)
    chain(keeper, Book.of("court"))
    audit.record(keeper, "seal.applied", object_label="公文一号")
    audit.record(keeper, "sealing.other")
    seal()
    assert services.collect_events() == 1
    assert services.collect_events() == 0
    event = KeyEvent.objects.get()
    services.order_receipts()
    outbox.drain()
    assert event.receipts.get().state == ReceiptState.CHAINED
    client.force_login(keeper)
    page = client.get("/evidence/events/").content.decode()
    assert "公文一号" in page
    assert client.get(f"/evidence/events/{event.pk}/proof/")["Content-Type"] == "application/zip"
    page = client.get("/evidence/chains/").content.decode()
    assert event.receipts.get().transaction in page
    answer = client.get(f"/evidence/chains/receipts/{event.receipts.get().pk}/certificate/")
    assert event.leaf in answer.content.decode()


def test_registering_needs_the_right_and_sound_words(keeper: User, folder: Path) -> None:
    book = Book.of("court")
    with pytest.raises(NotAllowed):
        chain(UserFactory(), book)
    chain(keeper, book)
    with pytest.raises(InvalidInput) as refusal:
        chain(keeper, book)
    assert refusal.value.field == "code"
    with pytest.raises(InvalidInput) as refusal:
        services.set_kind(keeper, action="*", label="全部", is_on=True)
    assert refusal.value.field == "action"


def test_a_paused_chain_gets_later_what_came_meanwhile(keeper: User, folder: Path) -> None:
    made = chain(keeper, Book.of("court"), takes_events=False)
    services.set_chain(keeper, chain_id=made.pk, is_active=False)
    audit.seal_entries()
    services.make_checkpoint()
    assert services.order_receipts() == 0
    services.set_chain(keeper, chain_id=made.pk, is_active=True)
    assert services.order_receipts() == 1
