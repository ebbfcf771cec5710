"""Backups: when they are due, making one, what is kept. Source: OP-23.

Called by the backup process and the command of the same name, outside any transaction but for
the short ones that write rows: a backup takes minutes or hours.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.upkeep import permissions
from apps.upkeep.enums import BackupKind, Occasion, Rhythm, WorkState
from apps.upkeep.errors import AlreadyAsked
from apps.upkeep.models import BackupCopy, BackupPolicy, BackupRun
from apps.upkeep.models.backups import OPEN_STATES
from apps.upkeep.selectors import count_city
from apps.upkeep.services import files
from apps.upkeep.vault import database, sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.objects import Manifest
from apps.upkeep.vault.places import Place, key_file, places, require_apart

logger = logging.getLogger(__name__)

_LOCK = 7_120_071  # of the database: one backup or restore test at a time, whoever makes it
_TOLD = ("name", "kind", "rhythm", "at", "weekday", "keep_days", "is_on")
LOG_DAYS = 14  # so far back any minute can be restored
KEEP_ALONE_DAYS = 30  # what a person asked for


@dataclass(frozen=True)
class PolicySpec:
    """A policy as it shall be; see ``BackupPolicy``."""

    name: str
    kind: str
    rhythm: str
    at: time | None
    weekday: int | None
    keep_days: int
    is_on: bool


@transaction.atomic
def save_policy(actor: Actor, *, code: str, spec: PolicySpec) -> BackupPolicy:
    """Will change a policy, or write a new one under a new code; audited with both sides.

    Raises: NotAllowed; InvalidInput (fields "at", "weekday", "keep_days").
    """
    permissions.require_keep(actor)
    if spec.rhythm != Rhythm.HOURLY and spec.at is None:
        raise InvalidInput(_("请填写执行时间"), field="at")
    if spec.rhythm == Rhythm.WEEKLY and spec.weekday not in range(7):
        raise InvalidInput(_("请选择星期几"), field="weekday")
    if not 1 <= spec.keep_days <= 3660:
        raise InvalidInput(_("保留天数须为 1 到 3660"), field="keep_days")
    policy = BackupPolicy.objects.select_for_update().filter(code=code).first()
    before = audit.snapshot(policy, *_TOLD) if policy else {}
    policy = policy or BackupPolicy(code=code)
    for name in _TOLD:
        setattr(policy, name, getattr(spec, name))
    policy.save()
    audit.record(
        actor, "backup_policy.changed" if before else "backup_policy.created",
        object_type="upkeep.backup_policy", object_id=policy.pk, object_label=policy.name,
        data=audit.changes(before, audit.snapshot(policy, *_TOLD)),
    )  # fmt: skip
    return policy


@transaction.atomic
def ask_backup(
    actor: Actor, *, kind: str = BackupKind.FULL, occasion: Occasion = Occasion.PERSON
) -> BackupRun:
    """Will order a backup that the backup process makes at once; audited.

    Raises: NotAllowed; InvalidInput (field "kind"); AlreadyAsked (one waits or runs).
    """
    permissions.require_keep(actor)
    if kind not in BackupKind.values:
        raise InvalidInput(_("备份方式无效"), field="kind")
    _lock_asking()
    if BackupRun.objects.filter(state__in=OPEN_STATES).exists():
        raise AlreadyAsked(_("已有一次备份在等待或执行"))
    run = BackupRun.objects.create(
        occasion=occasion, kind=kind, asked_at=clock.now(), asked_by_id=actor.pk
    )
    audit.record(actor, "backup.asked", object_type="upkeep.backup_run", object_id=run.pk,
                 object_label=str(run), data={"kind": kind})  # fmt: skip
    return run


def due_policies(now: datetime | None = None) -> list[BackupPolicy]:
    """Will give the policies in force whose last backup is older than their last due moment."""
    moment = now or clock.now()
    found = []
    for policy in BackupPolicy.objects.filter(is_on=True).order_by("code"):
        done = BackupRun.objects.filter(
            policies__contains=[policy.code], state__in=[WorkState.DONE, WorkState.PARTIAL]
        )
        if not done.filter(started_at__gte=last_due(policy, moment)).exists():
            found.append(policy)
    return found


def last_due(policy: BackupPolicy, now: datetime) -> datetime:
    """Will give the newest moment at which the policy was due; aware, not after ``now``."""
    local = timezone.localtime(now)
    if policy.rhythm == Rhythm.HOURLY:
        return local.replace(minute=0, second=0, microsecond=0)
    assert policy.at is not None  # a constraint of the table
    due = local.replace(hour=policy.at.hour, minute=policy.at.minute, second=0, microsecond=0)
    if policy.rhythm == Rhythm.WEEKLY and policy.weekday is not None:
        due -= timedelta(days=(due.weekday() - policy.weekday) % 7)
    if due > local:
        due -= timedelta(days=7 if policy.rhythm == Rhythm.WEEKLY else 1)
    return due


def run_next_backup() -> BackupRun | None:
    """Will make the backup that was asked for, else what the policies ask for now.

    None where nothing is due or somebody else is at it. A run whose process was killed is
    found and told failed first. Never raises for a backup that fails: the row says why.
    """
    with working_alone() as is_ours:
        if not is_ours:
            return None
        _bury_the_dead()
        run = BackupRun.objects.filter(state=WorkState.ASKED).order_by("pk").first()
        return _make(run or _scheduled()) if run or due_policies() else None


def _scheduled() -> BackupRun:
    due = due_policies()
    is_full = any(policy.kind == BackupKind.FULL for policy in due)
    return BackupRun.objects.create(
        occasion=Occasion.SCHEDULE,
        kind=BackupKind.FULL if is_full else BackupKind.INCREMENTAL,
        policies=[policy.code for policy in due],
        asked_at=clock.now(),
    )


def _make(run: BackupRun) -> BackupRun:
    run.state, run.started_at = WorkState.RUNNING, clock.now()
    run.expected = count_city()
    run.save(update_fields=["state", "started_at", "expected"])
    try:
        key = _made_ready()
        faults = _copy_to_all(run, key)
        _drop_old(key)
    except (VaultError, OSError) as error:
        faults = [str(error)]
    copies = list(run.copies.order_by("place"))
    run.state = WorkState.FAILED if not copies else WorkState.DONE
    if copies and faults:
        run.state = WorkState.PARTIAL
    return _close(run, copies, faults)


def _made_ready() -> bytes:
    """The key, the tool's configuration and its repositories."""
    require_apart()
    key = sealed.make_key(key_file())
    rhythms = BackupPolicy.objects.filter(is_on=True, kind=BackupKind.FULL)
    is_daily = rhythms.filter(rhythm__in=[Rhythm.DAILY, Rhythm.HOURLY]).exists()
    database.write_configuration(key, log_of=LOG_DAYS if is_daily else LOG_DAYS // 7)
    database.prepare()
    return key


def _copy_to_all(run: BackupRun, key: bytes) -> list[str]:
    """Will fill every place; one that fails keeps none of the others from being filled."""
    faults = []
    for place in places():
        try:
            _copy_to(run, place, key)
        except (VaultError, OSError) as error:
            logger.exception("a place of backups was not filled", extra={"place": place.number})
            faults.append(_("位置%(n)d：%(why)s") % {"n": place.number, "why": error})
    return faults


def _copy_to(run: BackupRun, place: Place, key: bytes) -> None:
    base = database.back_up(run.kind, place)
    manifest, fresh, digest = files.keep_files_in(place, key, label=base.label)
    told = {
        "label": base.label,
        "kind": base.kind,
        "ended_at": base.at.isoformat(),
        "database_bytes": base.size_bytes,
        "files": len(manifest),
        "files_digest": digest,
        "settings_digest": files.keep_settings(key, label=base.label),
    }
    text = json.dumps(told, sort_keys=True).encode()
    _write_told(place, base.label, text)
    run.kind = base.kind if base.kind in BackupKind.values else run.kind
    run.database_bytes = base.size_bytes
    run.file_count, run.file_bytes = len(manifest), _bytes_of(manifest)
    BackupCopy.objects.create(
        run=run, place=place.number, label=base.label, at=base.at,
        stored_bytes=base.stored_bytes + fresh, digest=hashlib.sha256(text).hexdigest(),
    )  # fmt: skip


def _write_told(place: Place, label: str, text: bytes) -> None:
    folder = place.folder / "runs"
    folder.mkdir(exist_ok=True)
    (folder / f"{label}.json").write_bytes(text)


def _bytes_of(manifest: Manifest) -> int:
    return sum(entry.size for entry in manifest.values())


@transaction.atomic
def _close(run: BackupRun, copies: Sequence[BackupCopy], faults: Sequence[str]) -> BackupRun:
    run.ended_at, run.error = clock.now(), "；".join(faults)[:2000]
    run.stored_bytes = sum(copy.stored_bytes for copy in copies)
    run.digest = copies[0].digest if copies else ""
    run.keep_until = _keep_until(run)
    run.save()
    audit.record(
        SYSTEM, "backup.failed" if run.state == WorkState.FAILED else "backup.made",
        object_type="upkeep.backup_run", object_id=run.pk, object_label=str(run),
        data={"digest": run.digest, "state": run.state, "error": run.error},
    )  # fmt: skip
    if run.state == WorkState.DONE and settings.BACKUP_MARK:
        Path(settings.BACKUP_MARK).touch()
    return run


def _keep_until(run: BackupRun) -> datetime:
    served = BackupPolicy.objects.filter(code__in=run.policies)
    days = max((policy.keep_days for policy in served), default=KEEP_ALONE_DAYS)
    return run.asked_at + timedelta(days=days)


def _drop_old(key: bytes) -> None:
    """Will drop what no policy keeps, but never what a kept increment needs, nor the newest full.

    Dropping a full backup drops the increments on it, so it goes when the last of them may.
    """
    now = clock.now()
    for place in places():
        copies = BackupCopy.objects.filter(place=place.number, dropped_at=None)
        old = set(copies.filter(run__keep_until__lt=now).values_list("label", flat=True))
        known = database.list_backups(place)
        needed = {label for one in known if one.label not in old for label in one.needs}
        newest = max((one.label for one in known if one.kind == "full"), default="")
        gone = [one.label for one in known if one.label in old - needed - {newest}]
        for label in gone:
            if any(one.label == label for one in database.list_backups(place)):
                database.drop(label, place)
        database.drop_old_log(place)
        if gone:
            place.files(key).prune({files.LATEST} | {one.label for one in known} - set(gone))
            copies.filter(label__in=gone).update(dropped_at=now)


def _bury_the_dead() -> None:
    """Will tell runs failed whose process is gone; we hold the lock, so nobody is at them."""
    for run in BackupRun.objects.filter(state=WorkState.RUNNING):
        run.state = WorkState.FAILED
        _close(run, list(run.copies.all()), [_("备份进程中断")])


def _lock_asking() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK + 1])


@contextmanager
def working_alone() -> Iterator[bool]:
    """Will hold the lock of backups for the block; tells whether it was to be had.

    A lock of the connection, not of a transaction: it ends with the process.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])


def get_policy(code: str) -> BackupPolicy:
    """Raises: NotFound."""
    policy = BackupPolicy.objects.filter(code=code).first()
    if policy is None:
        raise NotFound(_("没有这个备份策略"))
    return policy
