"""Checkpoints, verification, packages: against real rows, real seals, a bare interpreter."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.audit.models import AuditEntry, AuditSeal, SealedLeaves
from apps.common import outbox
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.evidence import registry, selectors, services
from apps.evidence.adapters.time_stamps import is_stamped
from apps.evidence.enums import Trigger
from apps.evidence.models import (
    Checkpoint,
    CheckpointCopy,
    SigningKey,
    TimeStamp,
    Verification,
)
from apps.evidence.services import packages
from tests.cast import build_cast
from tests.evidence.factories import administrator, entry_ids, seal, tamper, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor() -> Any:
    return administrator(build_cast(), "audit_admin")


def sealed(count: int) -> None:
    write(count)
    seal()


def check() -> list[dict[str, Any]]:
    return services.verify_now(Trigger.COMMAND).faults


def faults_after(statement: str) -> list[dict[str, Any]]:
    """What a verification finds after this was done to the database; all is taken back."""
    with transaction.atomic():
        tamper(statement)
        found = check()
        transaction.set_rollback(True)
    return found


def test_checkpoint_signs_what_is_sealed_and_is_written_out(settings: Any) -> None:
    sealed(3)
    first = services.make_checkpoint()
    sealed(2)
    second = services.make_checkpoint()
    outbox.drain()
    assert (first.number, second.number) == (1, 2)
    assert second.rows >= first.rows + 2
    assert second.previous_digest == first.digest
    assert services.is_signed(second.key.public_pem, second.body.encode(), second.signature)
    file = Path(settings.EVIDENCE_DIR) / CheckpointCopy.objects.get(checkpoint=second).path
    assert json.loads(file.read_bytes())["body"] == second.body
    assert file.stat().st_mode & 0o222 == 0
    assert check() == []


def test_a_copy_is_never_overwritten(settings: Any) -> None:
    checkpoint = services.make_checkpoint()
    folder = Path(settings.EVIDENCE_DIR) / "checkpoints"
    folder.mkdir(parents=True)
    (folder / f"{checkpoint}.json").write_text("something else")
    with pytest.raises(Refused, match="未覆盖"):
        services.write_copy(checkpoint.pk)


def test_checkpoints_cannot_be_changed() -> None:
    services.make_checkpoint()
    for statement in ("UPDATE evidence_checkpoint SET rows = 7", "DELETE FROM evidence_checkpoint"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_broken_entry_is_named() -> None:
    sealed(5)
    added = (
        "INSERT INTO audit_auditentry (id, at, actor_name, action, object_type, object_id,"
        " object_label, data, request_id, txid) SELECT 99999999, at, actor_name, action, '', '9',"
        " '', '{}', '', txid FROM audit_auditentry WHERE object_id = '3'"
    )
    for statement, kind, word in (
        ("UPDATE audit_auditentry SET actor_name = '他人' WHERE object_id = '2'",
         "entry_changed", "第 3 条"),
        ("DELETE FROM audit_auditentry WHERE object_id = '1'", "entry_missing", "第 2 条"),
        (added, "entry_added", "99999999"),
    ):  # fmt: skip
        [fault] = faults_after(statement)
        assert fault["kind"] == kind
        assert word in selectors.fault_sentence(fault)


def test_a_log_built_anew_contradicts_its_checkpoint() -> None:
    sealed(4)
    services.make_checkpoint()
    tamper("UPDATE audit_auditentry SET actor_name = '他人' WHERE object_id = '1'")
    tamper("DELETE FROM audit_sealedleaves")
    tamper("DELETE FROM audit_auditseal")
    seal()
    assert "checkpoint_root" in {fault["kind"] for fault in check()}


def test_no_checkpoint_over_a_broken_log() -> None:
    sealed(2)
    tamper("DELETE FROM audit_auditentry WHERE object_id = '1'")
    with pytest.raises(services.LogBroken, match="未签发"):
        services.make_checkpoint()
    assert not Checkpoint.objects.exists()


def test_what_vouches_for_the_log_is_checked_too() -> None:
    sealed(1)
    services.make_checkpoint()
    sealed(1)
    services.make_checkpoint()
    for statement, kind in (
        ("UPDATE evidence_checkpoint SET rows = rows + 1", "checkpoint_text"),
        ("UPDATE evidence_checkpoint SET body = replace(body, 'audit', 'audIt')",
         "checkpoint_signature"),
        ("UPDATE evidence_checkpoint SET previous_digest = repeat('1', 64) WHERE number = 2",
         "checkpoint_link"),
        ("DELETE FROM evidence_checkpoint WHERE number = 1", "checkpoint_gap"),
        ("UPDATE audit_sealedleaves SET root = repeat('1', 64)", "leaves"),
        ("UPDATE evidence_signingkey SET endorsement = 'AAAA'", "key"),
    ):  # fmt: skip
        assert kind in {fault["kind"] for fault in faults_after(statement)}, statement


def test_a_copy_changed_or_gone_is_found(settings: Any) -> None:
    services.make_checkpoint()
    services.make_checkpoint()
    outbox.drain()
    one, two = sorted((Path(settings.EVIDENCE_DIR) / "checkpoints").iterdir())
    one.unlink()
    two.chmod(0o644)
    two.write_text("{}")
    assert {fault["kind"] for fault in check()} == {"copy_missing", "copy_changed"}


def test_old_seals_get_their_leaves_unless_they_no_longer_fit() -> None:
    sealed(2)
    write(2)
    seal()
    tamper("DELETE FROM audit_sealedleaves")
    tamper(
        "UPDATE audit_auditentry SET action = 'x' WHERE id = (SELECT min(id) FROM audit_auditentry)"
    )
    seal()
    assert set(SealedLeaves.objects.values_list("pk", flat=True)) == {2}
    assert AuditSeal.objects.count() == 2


def test_a_new_key_is_endorsed_and_old_checkpoints_still_fit(auditor: Any) -> None:
    services.make_checkpoint()
    security = administrator(_cast_of(auditor), "security_admin")
    with pytest.raises(NotAllowed):
        services.rotate_key(auditor)
    new = services.rotate_key(security)
    assert services.make_checkpoint().key == new
    assert SigningKey.objects.filter(retired_at=None).get() == new
    assert check() == []
    entry = AuditEntry.objects.filter(action="signing_key.made").latest("pk")
    assert entry.data["before"] == new.previous.short


def test_private_keys_are_not_readable_in_the_database() -> None:
    key = services.active_key()
    assert "PRIVATE" not in key.sealed_private
    assert services.is_signed(key.public_pem, b"x", services.sign(key, b"x"))
    assert not services.is_signed(key.public_pem, b"y", services.sign(key, b"x"))


def test_a_simulated_authority_stamps_once_and_openssl_agrees(settings: Any) -> None:
    settings.EVIDENCE_TSA = "simulator"
    checkpoint = services.make_checkpoint()
    outbox.drain()
    stamp = TimeStamp.objects.get(checkpoint=checkpoint)
    assert is_stamped(checkpoint.digest, bytes(stamp.token), stamp.trusted)
    assert not is_stamped("0" * 64, bytes(stamp.token), stamp.trusted)
    assert services.stamp(checkpoint.pk) == stamp
    assert check() == []
    tamper("UPDATE evidence_timestamp SET token = 'x'::bytea")
    assert {fault["kind"] for fault in check()} == {"stamp"}


def test_a_stamp_that_fails_is_tried_again(settings: Any) -> None:
    class Silent:
        label = "无人应答"

        def stamp(self, digest: str) -> registry.Stamp:
            raise registry.StampFailed("silent")

    settings.EVIDENCE_TSA = "silent"
    with registry.temporarily("silent", Silent()):
        services.make_checkpoint()
        outbox.drain()
    assert not TimeStamp.objects.exists()
    assert outbox.measure().waiting == 1


# --- Packages --------------------------------------------------------------------------------


def run_bare(folder: Path, content: bytes) -> tuple[int, str]:
    """Runs the program out of the package in a Python without our code or any package."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (folder / "verify_package.py").write_bytes(archive.read("verify_package.py"))
        assert "openssl" in archive.read("README.txt").decode()
    (folder / "package.zip").write_bytes(content)
    done = subprocess.run(
        [sys._base_executable, "-I", "-S", "verify_package.py", "package.zip"],
        cwd=folder, capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.returncode, done.stdout.decode()


def changed(content: bytes, change: Any) -> bytes:
    """The same package with something in it changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    package = json.loads(files["package.json"])
    change(package)
    files["package.json"] = json.dumps(package).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_package_verifies_in_a_bare_interpreter(
    tmp_path: Path, auditor: Any, settings: Any
) -> None:
    settings.EVIDENCE_TSA = "simulator"
    sealed(3)
    services.make_checkpoint()
    security = administrator(_cast_of(auditor), "security_admin")
    services.rotate_key(security)
    sealed(4)
    services.make_checkpoint()
    outbox.drain()
    wanted = [*entry_ids()[:2], *entry_ids()[-3:]]
    seal()
    content = services.build_package(auditor, entry_ids=wanted)
    code, said = run_bare(tmp_path, content)
    assert (code, "ALL FITS: 5" in said) == (0, True), said
    assert "time stamp fits" in said
    assert "SM3 fits" in said
    assert SigningKey.objects.latest("pk").fingerprint in said

    def lie(package: dict[str, Any]) -> None:
        package["rows"][3]["line"] = package["rows"][3]["line"].replace("SYSTEM", "x") + " "

    code, said = run_bare(tmp_path, changed(content, lie))
    assert code == 1
    assert f"entry changed: #{wanted[3]}" in said


def _drop_seal_path(package: dict[str, Any]) -> None:
    package["seals"][0]["path"] = ["00" * 32, *package["seals"][0]["path"]]


def _other_root(package: dict[str, Any]) -> None:
    body = package["checkpoints"][-1]["body"]
    package["checkpoints"][-1]["body"] = body.replace('"rows":', '"rows":9')


def _unlink(package: dict[str, Any]) -> None:
    package["checkpoints"] = [package["checkpoints"][0], package["checkpoints"][-1]]


def _other_sm3(package: dict[str, Any]) -> None:
    package["checkpoints"][1]["sm3"] = "00" * 32


def _foreign_key(package: dict[str, Any]) -> None:
    package["keys"] = []


def test_a_tampered_package_is_refused(tmp_path: Path, auditor: Any) -> None:
    for _turn in range(3):
        sealed(2)
        services.make_checkpoint()
    content = services.build_package(auditor, entry_ids=entry_ids()[:1])
    for change, word in (
        (_drop_seal_path, "BROKEN"),
        (_other_root, "signature"),
        (_unlink, "not linked"),
        (_other_sm3, "SM3 digest differs"),
        (_foreign_key, "unknown key"),
    ):
        code, said = run_bare(tmp_path, changed(content, change))
        assert (code, word in said) == (1, True), said


def test_packages_are_for_auditors_bounded_and_written_down(auditor: Any) -> None:
    sealed(1)
    with pytest.raises(NotAllowed):
        services.build_package(_cast_of(auditor).acceptor, entry_ids=entry_ids())
    with pytest.raises(InvalidInput, match="1 至"):
        services.build_package(auditor, entry_ids=[])
    with pytest.raises(InvalidInput, match="不存在"):
        services.build_package(auditor, entry_ids=[10**12])
    with pytest.raises(InvalidInput, match="缩小"):
        services.build_package(auditor, entry_ids=range(packages.MAX_ENTRIES + 1))
    services.build_package(auditor, entry_ids=entry_ids()[:1])
    assert AuditEntry.objects.filter(action="evidence.exported").count() == 1


def test_an_entry_that_was_changed_is_not_proved(auditor: Any) -> None:
    sealed(2)
    tamper("UPDATE audit_auditentry SET action = 'x' WHERE object_id = '1'")
    target = AuditEntry.objects.get(action="x")
    with pytest.raises(Refused, match="先核验"):
        services.build_package(auditor, entry_ids=[target.pk])


# --- Asking for a verification ---------------------------------------------------------------


def test_a_person_asks_once_and_the_worker_answers(auditor: Any) -> None:
    sealed(1)
    run = services.ask_verification(auditor)
    with pytest.raises(Refused, match="已有"):
        services.ask_verification(auditor)
    outbox.drain()
    run.refresh_from_db()
    assert run.is_whole
    assert run.rows > 0
    finished = run.finished_at
    assert services.run_verification(run.pk).finished_at == finished
    with pytest.raises(NotAllowed):
        services.ask_verification(_cast_of(auditor).acceptor)


def test_a_fault_is_told_to_the_auditors(auditor: Any) -> None:
    sealed(2)
    tamper("DELETE FROM audit_auditentry WHERE object_id = '0'")
    check()
    notice = auditor.notices.get()
    assert notice.url == f"/evidence/verifications/{Verification.objects.latest('pk').pk}/"


def test_the_command_names_the_entry(capsys: Any) -> None:
    sealed(3)
    call_command("verify_evidence")
    assert "whole: 3 entries" in capsys.readouterr().out
    tamper("UPDATE audit_auditentry SET action = 'x' WHERE object_id = '2'")
    with pytest.raises(CommandError):
        call_command("verify_evidence")
    assert str(AuditEntry.objects.get(action="x").pk) in capsys.readouterr().err


def _cast_of(user: Any) -> Any:
    """The cast is laid down once; its people are found by name."""
    from types import SimpleNamespace

    from apps.accounts.models import Organization, User

    return SimpleNamespace(
        tenant=user.tenant,
        center=Organization.objects.get(code="center"),
        acceptor=User.objects.get(username="acceptor"),
    )
