"""The database's part of a backup, by pgBackRest: base backups, the log behind them, restores.

pgBackRest is asked as a program and by options of our own configuration file only. It runs as
the account that owns the database's folder (``BACKUP_RUN_AS``), for nobody else may read it.
Decision: docs/decisions/0071.
"""

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.upkeep.vault import sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.places import Place, make_folder, places, server_owner

STANZA = "citybrain"
#: More than any number of backups: what is dropped and when is our policies' business.
_FOR_EVER = 9999999
_LONGEST_S = 12 * 3600
_QUICK_S = 120


@dataclass(frozen=True)
class BaseBackup:
    """One backup of the database as the tool tells of it. at: when it was whole."""

    label: str
    kind: str
    began_at: datetime
    at: datetime
    size_bytes: int
    stored_bytes: int
    is_broken: bool
    needs: frozenset[str]


def configuration_file() -> Path:
    """Will give the file the database's own archive command names as well."""
    return Path(settings.BACKUP_CONFIGURATION).resolve()


def write_configuration(key: bytes, *, log_of: int = 2) -> None:
    """Will write the tool's configuration, for the database's account only.

    log_of: of how many of the newest full backups the log is kept whole, so that any minute since
    can be restored; of older backups only what makes them whole.
    """
    owner = server_owner()
    file = configuration_file()
    make_folder(file.parent, owner=owner)
    lines = ["[global]"]
    for place in places():
        make_folder(place.folder, mode=0o711)
        make_folder(place.database, owner=owner)
        n = place.number
        lines += [
            f"repo{n}-path={place.database}",
            f"repo{n}-cipher-type=aes-256-cbc",
            f"repo{n}-cipher-pass={sealed.derive(key, 'database').hex()}",
            f"repo{n}-retention-full={_FOR_EVER}",
            f"repo{n}-retention-archive={log_of}",
        ]
    lines += [
        "compress-type=zst",
        "start-fast=y",
        "expire-auto=n",
        "archive-timeout=60",
        "log-level-file=off",
        "log-level-console=warn",
        f"lock-path={file.parent / 'lock'}",
        f"spool-path={file.parent / 'spool'}",
        f"[{STANZA}]",
        f"pg1-path={settings.BACKUP_PGDATA}",
        *_connection_lines(),
    ]
    fresh = file.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as target:
        target.write("\n".join(lines) + "\n")
    if owner is not None:
        shutil.chown(fresh, owner)
    fresh.replace(file)


def prepare() -> None:
    """Will make the repositories known to the tool; safe to run again. Raises: VaultError."""
    _call("stanza-create", limit_s=_QUICK_S)


def back_up(kind: str, place: Place) -> BaseBackup:
    """Will back the database up into a place while it works, and give what was made.

    kind: "full" or "incr"; an incremental one without a full one becomes a full one.
    Raises: VaultError.
    """
    _call(f"--repo={place.number}", f"--type={kind}", "backup", limit_s=_LONGEST_S)
    return list_backups(place)[-1]


def list_backups(place: Place) -> list[BaseBackup]:
    """Will list what a place holds, oldest first. Raises: VaultError."""
    told = json.loads(_call(f"--repo={place.number}", "--output=json", "info", limit_s=_QUICK_S))
    return [_as_backup(row) for stanza in told for row in stanza.get("backup", ())]


def drop(label: str, place: Place) -> None:
    """Will drop one backup and those that need it. Raises: VaultError."""
    _call(f"--repo={place.number}", f"--set={label}", "expire", limit_s=_QUICK_S)


def drop_old_log(place: Place) -> None:
    """Will drop what of the log no backup needs any more. Raises: VaultError."""
    _call(f"--repo={place.number}", "expire", limit_s=_QUICK_S)


def restore(place: Place, target: Path, *, to: datetime | None, label: str = "") -> None:
    """Will lay the database's folder down as it was, ready to be rolled forward by ``running``.

    to: aware; None: as far as the log goes. label: of the base backup, "" for the fitting one.
    Raises: VaultError (nothing to restore from, the folder is in use).
    """
    make_folder(target, owner=server_owner())
    options = [f"--repo={place.number}", f"--pg1-path={target}", "--archive-mode=off"]
    if label:
        options.append(f"--set={label}")
    if to is not None:
        moment = to.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        options += ["--type=time", f"--target={moment}", "--target-action=promote"]
    _call(*options, "restore", limit_s=_LONGEST_S)


@contextmanager
def running(folder: Path, *, limit_s: float = _LONGEST_S) -> Iterator[Path]:
    """Will run the database of a restored folder until the block ends; gives its socket folder.

    Waits until the log is rolled forward and the database takes writes. Nobody but our account
    reaches it. Raises: VaultError (it does not come up: the text of its log).
    """
    sockets = Path(mkdtemp(prefix="cb-restore-"))
    owner = server_owner()
    access = folder / "pg_hba.restore.conf"
    access.write_text("local all all trust\n")
    (folder / "postgresql.conf").touch()  # Debian keeps it elsewhere
    if owner is not None:
        for path in (sockets, access, folder / "postgresql.conf"):
            shutil.chown(path, owner)
    log = folder.parent / "restore.log"
    version = (folder / "PG_VERSION").read_text().strip()
    command = [*_run_as(), _program(version), "-D", str(folder)]
    for name, value in {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "hba_file": str(access),
        "archive_mode": "off",
        "logging_collector": "off",
        "ssl": "off",
        "shared_preload_libraries": "",
    }.items():
        command += ["-c", f"{name}={value}"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"},
        )  # fmt: skip
        try:
            _wait_until_writable(server, sockets, log, limit_s)
            yield sockets
        finally:
            _stop(server, folder)
            shutil.rmtree(sockets, ignore_errors=True)


def ask(sockets: Path, query: str) -> str:
    """Will ask a database of ``running`` one thing, by psql. Raises: VaultError."""
    server = settings.BACKUP_DATABASE
    done = subprocess.run(
        ["psql", "-h", str(sockets), "-U", str(server["USER"]), "-XAtq", "-v", "ON_ERROR_STOP=1",
         "-d", str(server["NAME"]), "-c", query],
        capture_output=True, text=True, timeout=_QUICK_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise VaultError(done.stderr.strip()[-400:])
    return done.stdout.strip()


def address(sockets: Path) -> str:
    """Will give the DATABASE_URL of a database of ``running``."""
    server = settings.BACKUP_DATABASE
    return f"postgis://{server['USER']}@/{server['NAME']}?host={sockets}"


def _connection_lines() -> list[str]:
    server = settings.BACKUP_DATABASE
    lines = [f"pg1-user={server['USER']}", f"pg1-database={server['NAME']}"]
    # A socket's folder stands in the address as an option.
    host = str(server["HOST"] or server.get("OPTIONS", {}).get("host", ""))
    port = str(server["PORT"] or "")
    if host.startswith("/"):
        lines.append(f"pg1-socket-path={host}")
    if port:
        lines.append(f"pg1-port={port}")
    return lines


def _run_as() -> list[str]:
    return shlex.split(settings.BACKUP_RUN_AS)


def _program(version: str) -> str:
    named = Path(f"/usr/lib/postgresql/{version}/bin/postgres")
    found = str(named) if named.exists() else shutil.which("postgres")
    if found is None:
        raise VaultError(_("本机没有安装 PostgreSQL %s") % version)
    return found


def _call(*arguments: str, limit_s: float) -> str:
    command = [
        *_run_as(), "pgbackrest", f"--config={configuration_file()}", f"--stanza={STANZA}",
        *arguments,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=limit_s, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise VaultError(_("没有安装 pgbackrest")) from error
    except subprocess.TimeoutExpired as error:
        raise VaultError(_("pgbackrest 超过%d秒没有结束") % limit_s) from error
    if done.returncode:
        raise VaultError((done.stderr or done.stdout).strip()[-400:])
    return done.stdout


def _as_backup(row: dict[str, Any]) -> BaseBackup:
    stamp, info = row["timestamp"], row["info"]
    return BaseBackup(
        label=row["label"],
        kind=row["type"],
        began_at=datetime.fromtimestamp(stamp["start"], UTC),
        at=datetime.fromtimestamp(stamp["stop"], UTC),
        size_bytes=info["size"],
        stored_bytes=info["repository"]["delta"],
        is_broken=bool(row.get("error")),
        needs=frozenset(row.get("reference") or ()),
    )


def _wait_until_writable(
    server: subprocess.Popen[bytes], sockets: Path, log: Path, limit_s: float
) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise VaultError(_why_it_ended(log))
        with suppress(VaultError):
            if ask(sockets, "select pg_is_in_recovery()") == "f":
                return
        time.sleep(0.1)
    raise VaultError(_("数据库在%d秒内没有恢复完成") % limit_s)


def _why_it_ended(log: Path) -> str:
    text = log.read_text("utf-8", errors="replace")
    if "recovery ended before configured recovery target was reached" in text:
        return _("归档日志到不了指定的时间，请选更早的时间，或恢复到最新")
    lines = [line for line in text.splitlines() if "FATAL" in line or "PANIC" in line]
    return _("恢复出的数据库无法启动：%s") % "；".join(lines or text.splitlines()[-2:])[-300:]


def _stop(server: subprocess.Popen[bytes], folder: Path) -> None:
    """The postmaster itself, not the program that changed the account before it."""
    with suppress(OSError, ValueError):
        pid = int((folder / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, 2)
    try:
        server.wait(timeout=60)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
