"""Restores: the city laid down again, and the scheduled trial of it. Source: OP-23, PF-08."""

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.upkeep import permissions
from apps.upkeep.enums import Occasion, WorkState
from apps.upkeep.errors import AlreadyAsked
from apps.upkeep.models import BackupCopy, RestoreTest
from apps.upkeep.models.backups import OPEN_STATES
from apps.upkeep.services import files
from apps.upkeep.services.backups import working_alone
from apps.upkeep.vault import database, sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.places import Place, key_file, places

logger = logging.getLogger(__name__)

SAMPLE = 20  # contents of files that are opened and held against their digest
_CHECK_LIMIT_S = 3600


@dataclass(frozen=True)
class Restored:
    """What was laid down. upto: the newest moment of the database; seconds: how long it took."""

    folder: Path
    label: str
    files: int
    seconds: float
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    """What ``check_restored`` counted in a restored database."""

    counts: Mapping[str, int]
    newest_case: str
    newest_at: datetime | None
    entries: int
    is_whole: bool
    faults: list[str]
    cited: list[str]


def restore_city(folder: Path, *, to: datetime | None, number: int = 1) -> Restored:
    """Will lay database, files and settings down in a fresh data folder, as they were at ``to``.

    to: aware; None: as far as the log goes. number: of the place. Touches nothing that runs and
    reads no row of a running city. What came of it is served by ``CITYBRAIN_DATA=folder bin/run``.
    Raises: VaultError (the folder is in use, no backup before that moment, another key).
    """
    if any((folder / name).exists() for name in ("media", "secret_key")):
        raise VaultError(_("目标目录不是空的：%s") % folder)
    key, place = sealed.read_key(key_file()), _place(number)
    database.write_configuration(key)
    began = time.monotonic()
    label = _label_for(place, to)
    database.restore(place, folder / "pg", to=to, label=label)
    with database.running(folder / "pg") as sockets:
        database.ask(sockets, "checkpoint")
    store = place.files(key)
    manifest = store.read_manifest(_manifest_for(place, to))
    count = store.restore(manifest, {"media": folder / "media", "evidence": folder / "evidence"})
    notes = _restore_settings(key, label, folder)
    return Restored(folder, label, count, time.monotonic() - began, notes)


@transaction.atomic
def ask_restore_test(actor: Actor, *, occasion: Occasion = Occasion.PERSON) -> RestoreTest:
    """Will order a restore test, made by the backup process; audited.

    Raises: NotAllowed; AlreadyAsked (one waits or runs).
    """
    permissions.require_keep(actor)
    if RestoreTest.objects.select_for_update().filter(state__in=OPEN_STATES).exists():
        raise AlreadyAsked(_("已有一次恢复测试在等待或执行"))
    test = RestoreTest.objects.create(occasion=occasion, asked_at=clock.now(), asked_by_id=actor.pk)
    audit.record(actor, "restore_test.asked", object_type="upkeep.restore_test",
                 object_id=test.pk, object_label=str(test))  # fmt: skip
    return test


def run_next_restore_test() -> RestoreTest | None:
    """Will try a restore that was asked for, or the one that is due; None where there is neither.

    Never raises for a restore that fails: the row says why.
    """
    with working_alone() as is_ours:
        if not is_ours:
            return None
        for dead in RestoreTest.objects.filter(state=WorkState.RUNNING):
            _close(dead, error=_("恢复测试进程中断"))
        test = RestoreTest.objects.filter(state=WorkState.ASKED).order_by("pk").first()
        if test is None and _is_due():
            test = RestoreTest.objects.create(occasion=Occasion.SCHEDULE, asked_at=clock.now())
        return _try(test) if test else None


def _is_due() -> bool:
    if not settings.RESTORE_TEST_DAYS or not _copies().exists():
        return False
    since = clock.now() - timedelta(days=settings.RESTORE_TEST_DAYS)
    return not RestoreTest.objects.filter(asked_at__gte=since).exists()


def _copies() -> Any:
    return BackupCopy.objects.filter(dropped_at=None).order_by("-at", "place")


def _try(test: RestoreTest) -> RestoreTest:
    test.state, test.started_at = WorkState.RUNNING, clock.now()
    test.save(update_fields=["state", "started_at"])
    scratch = Path(settings.RESTORE_TEST_DIR)
    try:
        test.copy = copy = _copies().select_related("run").first()
        if copy is None:
            raise VaultError(_("还没有可用的备份"))
        _clear(scratch)
        found = _restore_into(scratch, test, copy)
        error = _compare(test, copy, found)
    except (VaultError, OSError, subprocess.SubprocessError) as fault:
        logger.exception("a restore test failed")
        error = str(fault)
    finally:
        _clear(scratch)
    return _close(test, error=error)


def _restore_into(scratch: Path, test: RestoreTest, copy: BackupCopy) -> _Found:
    key, place = sealed.read_key(key_file()), _place(copy.place)
    began = time.monotonic()
    scratch.mkdir(parents=True, mode=0o711)
    # As far as the log goes: what a loss of the machine now would leave.
    database.restore(place, scratch / "pg", to=None, label=copy.label)
    with database.running(scratch / "pg") as sockets:
        test.restore_s = time.monotonic() - began
        store = place.files(key)
        manifest = store.read_manifest(files.LATEST)
        evidence = scratch / "evidence"
        store.restore(manifest, {"evidence": evidence})
        found = _ask_restored(database.address(sockets), evidence)
    missing = [name for name in found.cited if f"media/{name}" not in manifest]
    names = sorted(name for name in manifest if name.startswith("media/"))
    for name in names[:: max(1, len(names) // SAMPLE)][:SAMPLE]:
        deque(store.open(manifest[name].digest), maxlen=0)  # reading it through is the check
        test.files_checked += 1
    if missing:
        found.faults.append(_("备份中缺少%d个业务文件") % len(missing))
    return found


def _ask_restored(url: str, evidence: Path) -> _Found:
    """A process of its own: this one is bound to the living database."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "check_restored"],
        env={**os.environ, "DATABASE_URL": url, "CITYBRAIN_EVIDENCE_DIR": str(evidence)},
        capture_output=True, text=True, timeout=_CHECK_LIMIT_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise VaultError(_("恢复出的数据库无法核对：%s") % done.stderr.strip()[-300:])
    told = json.loads(done.stdout)
    newest = parse_datetime(told.pop("newest_at")) if told["newest_at"] else None
    return _Found(**(told | {"newest_at": newest}))


def _compare(test: RestoreTest, copy: BackupCopy, found: _Found) -> str:
    """Holds what was found against what was counted before the backup; gives what is wrong."""
    test.counts, test.newest_case = dict(found.counts), found.newest_case
    test.newest_at, test.target_at = found.newest_at, found.newest_at
    test.log_entries, test.log_is_whole = found.entries, found.is_whole
    faults = list(found.faults)
    for label, expected in copy.run.expected.items():
        if found.counts.get(label, 0) < expected:
            told = {"what": label, "n": found.counts.get(label, 0), "expected": expected}
            faults.append(_("%(what)s 只有%(n)d行，备份前有%(expected)d行") % told)
    if not found.is_whole:
        faults.append(_("审计链不完整"))
    return "；".join(faults)


@transaction.atomic
def _close(test: RestoreTest, *, error: str) -> RestoreTest:
    test.ended_at, test.error, test.is_good = clock.now(), error[:2000], not error
    test.state = WorkState.FAILED if error else WorkState.DONE
    test.save()
    audit.record(
        SYSTEM, "restore_test.done", object_type="upkeep.restore_test", object_id=test.pk,
        object_label=str(test), data={"is_good": test.is_good, "error": test.error},
    )  # fmt: skip
    return test


def _clear(scratch: Path) -> None:
    shutil.rmtree(scratch, ignore_errors=True)


def _place(number: int) -> Place:
    for place in places():
        if place.number == number:
            return place
    raise VaultError(_("没有设置备份位置%d") % number)


def _label_for(place: Place, to: datetime | None) -> str:
    whole = [one for one in database.list_backups(place) if to is None or one.at <= to]
    if not whole:
        raise VaultError(_("这一时间之前没有备份"))
    return whole[-1].label


def _manifest_for(place: Place, to: datetime | None) -> str:
    """The first one made after the moment names every file there was; nothing is changed later."""
    later = [one for one in database.list_backups(place) if to is not None and one.began_at >= to]
    return later[0].label if later else files.LATEST


def _restore_settings(key: bytes, label: str, folder: Path) -> list[str]:
    try:
        files.restore_settings(key, label=label, target=folder / "settings")
    except VaultError:
        return [_("没有找到这份备份的配置，系统密钥须另行取得，否则加密的内容无法读取")]
    shutil.copy2(folder / "settings" / "secret_key", folder / "secret_key")
    (folder / "secret_key").chmod(0o600)
    return []
