import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.audit import seals, services
from apps.audit.models import AuditEntry, AuditSeal

pytestmark = pytest.mark.django_db(transaction=True)


def write(count: int = 1) -> None:
    for number in range(count):
        services.record(services.SYSTEM, "case.dispatched", object_id=number, data={"n": 1.5})


def seal() -> int:
    """Seals once nothing else in the server (another test run) holds the horizon back."""
    for _turn in range(300):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_auditentry"
                " WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())"
                " AND txid < pg_snapshot_xmax(pg_current_snapshot())"
            )
            if cursor.fetchone()[0] == 0:
                break
        time.sleep(0.1)
    return services.seal_entries()


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_everything_committed_is_sealed_once():
    write(3)
    assert seal() == 3
    assert seal() == 0
    write(2)
    assert seal() == 2
    report = services.verify_chain()
    assert report.whole
    assert (report.seals, report.entries, report.unsealed) == (2, 5, 0)


def test_long_log_is_sealed_in_batches(monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 4)
    write(10)
    assert seal() == 10
    assert [seal.count for seal in AuditSeal.objects.all()] == [4, 4, 2]
    assert services.verify_chain().whole


def test_one_transaction_is_never_cut_in_two(monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 4)
    with transaction.atomic():
        write(6)
    write(1)
    assert seal() == 7
    assert services.verify_chain().whole


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE audit_auditentry SET actor_name = '他人' WHERE object_id = '1'", "changed"),
        ("UPDATE audit_auditentry SET data = '{}' WHERE object_id = '1'", "changed"),
        ("DELETE FROM audit_auditentry WHERE object_id = '1'", "2 are there"),
        (
            "INSERT INTO audit_auditentry (at, actor_name, action, object_type, object_id,"
            " object_label, data, request_id, txid) SELECT at, actor_name, action, '', '9', '',"
            " '{}', '', txid FROM audit_auditentry LIMIT 1",
            "4 are there",
        ),
        ("UPDATE audit_auditseal SET from_txid = to_txid, count = 0", "beginning"),
        ("UPDATE audit_auditseal SET number = 2", "missing"),
        ("UPDATE audit_auditseal SET previous_digest = repeat('1', 64)", "follow"),
    ],
)
def test_tampering_past_the_trigger_is_found(statement, reason):
    write(3)
    seal()
    tamper(statement)
    report = services.verify_chain()
    assert not report.whole
    assert reason in report.reason


def test_removed_seal_is_found():
    write(1)
    seal()
    write(1)
    seal()
    tamper("DELETE FROM audit_auditseal WHERE number = 1")
    assert services.verify_chain().broken_seal == 2


def test_smaller_id_that_commits_late_goes_into_a_later_seal():
    """A transaction takes its id first, another commits and is sealed, then it commits."""
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            services.record(services.SYSTEM, "slow.deed")
            written.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(10)
    write(1)
    early = services.seal_entries()
    go_on.set()
    thread.join()
    late = seal()
    assert (early, late) == (0, 2)
    slow_id = AuditEntry.objects.get(action="slow.deed").pk
    assert slow_id < AuditEntry.objects.get(action="case.dispatched").pk
    assert services.verify_chain().whole


def test_two_sealers_at_once_seal_once():
    write(20)
    start, counts = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        counts.append(seal())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) + seal() == 20
    assert services.verify_chain().whole


def test_restored_database_with_a_younger_counter_stays_provable():
    """The counter of the old server was far ahead; one of its entries was not yet sealed."""
    write(3)
    tamper("UPDATE audit_auditentry SET txid = (1000000000 + id)::text::xid8")
    old_range = seals._Range(1, 0, 0, 1_000_000_000 + AuditEntry.objects.earliest("id").pk + 2)
    content = seals._read(seals.GENESIS, old_range)
    digest, ids = content.digest, content.ids
    AuditSeal.objects.create(
        number=1,
        from_txid=0,
        to_txid=old_range.to_txid,
        first_id=min(ids),
        last_id=max(ids),
        count=len(ids),
        previous_digest=seals.GENESIS,
        digest=digest,
        sealed_at=AuditEntry.objects.earliest("id").at,
    )
    assert len(ids) == 2
    write(2)
    assert seal() == 3
    write(1)
    assert seal() == 1
    report = services.verify_chain()
    assert (report.whole, report.entries, report.unsealed) == (True, 6, 0)
    assert [seal.run for seal in AuditSeal.objects.all()] == [1, 1, 2, 2]


def test_command_prints_the_newest_digest(capsys):
    write(1)
    seal()
    digest = AuditSeal.objects.get().digest
    call_command("verify_audit", expect=digest)
    assert digest in capsys.readouterr().out


def test_command_notices_a_rebuilt_chain():
    write(1)
    seal()
    with pytest.raises(CommandError, match="rebuilt"):
        call_command("verify_audit", expect="f" * 64)


def test_command_fails_on_a_broken_chain():
    write(1)
    seal()
    tamper("DELETE FROM audit_auditentry")
    with pytest.raises(CommandError, match="seal 1"):
        call_command("verify_audit")
