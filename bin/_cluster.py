"""A private PostgreSQL with PostGIS and a private Redis, reached by Unix sockets only.

No cluster of the system is created, started or touched. The data of a checkout lies under
``var/`` (pg, redis), the sockets in a mode-700 folder of /tmp because a socket path may have
107 bytes at most. PostgreSQL refuses root, so root starts both as the account ``postgres``.

Whoever uses the servers holds a shared lock; the last one to leave stops them. So a command
given while the city runs never takes its database away, and a killed one leaves no debt.

Usage: _cluster.py [--throw-away] COMMAND...   runs COMMAND with DATABASE_URL and REDIS_URL
       _cluster.py --reach FOLDER COMMAND...   runs COMMAND, which restores into FOLDER
Only the standard library.
"""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

USER = "citybrain"  # owns the tables; migrations and commands
APP_USER = "citybrain_app"  # the running processes: it cannot change the audit log
START_LIMIT_S = 60
STOP_LIMIT_S = 30
SOCKETS = Path("/tmp")  # noqa: S108  the folders in it are our own, mode 700
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# What a crash would lose does not matter in a database that lives for one run of the tests.
FAST_SETTINGS = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


class ClusterError(Exception):
    """A server could not be started; the message names its log."""


def is_alive(pid: int, name: str) -> bool:
    """Will tell whether the process runs and is the expected program, not a later namesake."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return False
    program, state = stat[stat.index("(") + 1 : stat.rindex(")")], stat.split(") ")[-1][0]
    return program.startswith(name) and state not in "ZX"


def answers(path: Path) -> bool:
    """Will tell whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        return client.connect_ex(str(path)) == 0


def postgres_programs(version: str) -> Path:
    """Will find the folder of the PostgreSQL programs; version "" means the newest."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"{version or '*'}/bin/postgres"),
        key=lambda path: int(path.parent.parent.name),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise ClusterError(f"PostgreSQL {version} is not installed")
    return Path(on_path).parent


class Cluster:
    """The two servers of one data folder. ``start`` and ``stop`` may be repeated at will."""

    def __init__(
        self,
        data: Path,
        *,
        fast: bool = False,
        postgres: bool = True,
        redis: bool = True,
        logs: Path | None = None,
        dies_with_us: bool = False,
        archive: bool = False,
    ) -> None:
        self.data = data.resolve()
        self.fast = fast
        self.with_postgres = postgres
        self.with_redis = redis
        self.logs = logs or self.data / "log"
        self.dies_with_us = dies_with_us
        self.archive = archive and postgres
        self.pg = self.data / "pg"
        self.run = self.data / "run"
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:10]
        self.sockets = SOCKETS / f"cb-{digest}"
        self.redis_socket = self.sockets / "redis.sock"
        self.redis_pid_file = self.run / "redis.pid"
        self._children: list[subprocess.Popen[bytes]] = []
        self._users: IO[str] | None = None
        self._prefix: list[str] = []
        self._owner: pwd.struct_passwd | None = self._choose_owner()

    # --- addresses -------------------------------------------------------------------

    def environment(self, user: str = USER) -> dict[str, str]:
        """Will give DATABASE_URL and REDIS_URL of the servers this cluster keeps."""
        found = {}
        if self.with_postgres:
            found["DATABASE_URL"] = f"postgis://{user}@/{USER}?host={self.sockets}"
        if self.with_redis:
            found["REDIS_URL"] = f"unix://{self.redis_socket}"
        if self.archive:
            self._reach(self.pg)
            found["CITYBRAIN_BACKUP_PGDATA"] = str(self.pg)
            found["CITYBRAIN_BACKUP_RUN_AS"] = shlex.join(self._prefix)
            found["CITYBRAIN_BACKUP_CONFIGURATION"] = str(self.backup_configuration)
            found["CITYBRAIN_BACKUP_URL"] = f"postgis://{USER}@/{USER}?host={self.sockets}"
        return found

    @property
    def backup_configuration(self) -> Path:
        """The file the archive command names; the backup process writes it."""
        return self.data / "pgbackrest" / "pgbackrest.conf"

    def archive_settings(self) -> dict[str, str]:
        """Will give what hands every full piece of the log to the backup tool, once a minute."""
        command = ["pgbackrest", f"--config={self.backup_configuration}", "--stanza=citybrain"]
        return {
            "wal_level": "replica",
            "max_wal_senders": "4",  # two standbys, each made while it runs
            "archive_mode": "on",
            "archive_timeout": "60",
            "archive_command": shlex.join([*command, "archive-push"]).replace("%", "%%") + " %p",
        }

    # --- life ------------------------------------------------------------------------

    def start(self) -> None:
        """Will start what does not run yet and hold it until ``leave``.

        Raises: ClusterError (a server does not come up; the message names its log).
        """
        for folder in (self.data, self.run, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._users = (self.run / "cluster.users").open("w")
        with self._turn():
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._make_folder(self.sockets)
            self.keep_up()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Will let one command at a time start or stop the servers."""
        with (self.run / "cluster.turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def keep_up(self) -> list[str]:
        """Will start again what has died and give the names of what it started."""
        self._children = [child for child in self._children if child.poll() is None]
        started = []
        if self.with_postgres and not self._postgres_runs():
            self._start_postgres()
            started.append("PostgreSQL")
        if self.with_redis and not self._redis_runs():
            self._start_redis()
            started.append("Redis")
        return started

    def prefix_in(self, folder: Path) -> list[str]:
        """Will make a folder of the servers' account, and give what a command there begins with.

        Empty unless we are root.
        """
        self._make_folder(folder)
        self._reach(folder)
        return self._prefix

    def leave(self) -> bool:
        """Will let go of the servers; the last user stops them. True if they were stopped."""
        if self._users is None:
            return False
        with self._turn():
            self._users.close()
            self._users = None
            return self.stop_if_unused()

    def stop_if_unused(self) -> bool:
        """Will stop the servers unless a command holds them. True if they are stopped."""
        with (self.run / "cluster.users").open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self.stop()
            return True

    def stop(self) -> None:
        """Will stop both servers, whoever started them."""
        pid = self._postgres_pid()
        if self.with_postgres and pid and is_alive(pid, "postgres"):
            self._end(pid, "postgres", signal.SIGINT)
        pid = self._redis_pid()
        if self.with_redis and pid and is_alive(pid, "redis-server"):
            self._end(pid, "redis-server", signal.SIGTERM)
        self.redis_pid_file.unlink(missing_ok=True)
        for child in self._children:
            child.wait(timeout=STOP_LIMIT_S)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _end(self, pid: int, name: str, gently: signal.Signals) -> None:
        for how in (gently, signal.SIGQUIT, signal.SIGKILL):
            os.kill(pid, how)
            deadline = time.monotonic() + STOP_LIMIT_S
            while time.monotonic() < deadline:
                for child in self._children:
                    child.poll()
                if not is_alive(pid, name):
                    return
                time.sleep(0.05)

    # --- PostgreSQL ------------------------------------------------------------------

    def _postgres_pid(self) -> int:
        try:
            return int((self.pg / "postmaster.pid").read_text("utf-8").split("\n")[0])
        except (OSError, ValueError):
            return 0

    def _postgres_runs(self) -> bool:
        pid = self._postgres_pid()
        return bool(pid) and is_alive(pid, "postgres") and answers(self.sockets / ".s.PGSQL.5432")

    def _start_postgres(self) -> None:
        for left_over in self.data.glob("pg.new-*"):
            shutil.rmtree(left_over)
        if not (self.pg / "PG_VERSION").exists():
            self._init_postgres()
        programs = postgres_programs((self.pg / "PG_VERSION").read_text("utf-8").strip())
        pid = self._postgres_pid()
        if pid and is_alive(pid, "postgres"):  # its socket folder was cleaned away
            self._end(pid, "postgres", signal.SIGINT)
        elif pid:  # a reboot: another program may have the number now
            (self.pg / "postmaster.pid").unlink()
        settings = {**POSTGRES_SETTINGS, **(FAST_SETTINGS if self.fast else {})}
        if self.archive:
            settings |= self.archive_settings()
        settings["unix_socket_directories"] = str(self.sockets)
        arguments = [str(programs / "postgres"), "-D", str(self.pg)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        self._spawn("postgres", arguments, self._postgres_is_ready)
        self._make_database(programs)

    def _init_postgres(self) -> None:
        """Will make the data folder elsewhere and move it in place when it is complete."""
        fresh = self.data / f"pg.new-{os.getpid()}"
        self._make_folder(fresh)
        self._reach(fresh)
        arguments = [str(postgres_programs("") / "initdb"), "-D", str(fresh), "-U", USER]
        # C.UTF-8 is on every Debian; under plain C trigrams of Chinese text are empty.
        arguments += ["-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
        arguments += ["--no-sync"] if self.fast else []
        with (self.logs / "postgres.log").open("ab") as log:
            done = subprocess.run(
                [*self._prefix, *arguments],
                cwd="/",
                env=self._server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise ClusterError(f"initdb failed; see {self.logs / 'postgres.log'}")
        if self.pg.exists():  # from before a kill in the middle of an older set-up
            shutil.rmtree(self.pg)
        fresh.rename(self.pg)

    def _postgres_is_ready(self) -> bool:
        try:
            lines = (self.pg / "postmaster.pid").read_text("utf-8").split("\n")
        except OSError:
            return False
        # A standby that answers reads says so in place of "ready".
        return len(lines) > 7 and lines[7].startswith(("ready", "standby"))

    def _make_database(self, programs: Path) -> None:
        psql = [str(programs / "psql"), "-h", str(self.sockets), "-U", USER, "-XAtq"]
        psql += ["-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c"]
        exists = f"select 1 from pg_database where datname = '{USER}'"  # noqa: S608  a constant
        environment = self._server_environment()
        found = subprocess.run(
            [*psql, exists], env=environment, capture_output=True, text=True, check=True
        )
        if not found.stdout.strip():
            subprocess.run([*psql, f"create database {USER}"], env=environment, check=True)

    # --- Redis -----------------------------------------------------------------------

    def _redis_pid(self) -> int:
        try:
            return int(self.redis_pid_file.read_text("utf-8"))
        except (OSError, ValueError):
            return 0

    def _redis_runs(self) -> bool:
        return answers(self.redis_socket)

    def _start_redis(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise ClusterError("redis-server is not installed")
        self.redis_socket.unlink(missing_ok=True)
        # Nothing is saved: every duty is a row, Redis only wakes its worker sooner.
        arguments = [program, "--port", "0", "--unixsocket", str(self.redis_socket)]
        arguments += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
        arguments += ["--dir", str(self.sockets), "--daemonize", "no"]
        child = self._spawn("redis", arguments, self._redis_runs)
        self.redis_pid_file.write_text(str(child.pid), "utf-8")

    # --- processes and folders -------------------------------------------------------

    def _spawn(self, name: str, arguments: list[str], ready) -> subprocess.Popen[bytes]:  # type: ignore[no-untyped-def]
        log_file = self.logs / f"{name}.log"
        if self._owner and name == "postgres":
            self._reach(self.pg)
        dies = ["--pdeathsig", "QUIT" if name == "postgres" else "KILL"]
        prefix = self._prefix
        if self.dies_with_us:
            prefix = [*prefix, *dies] if prefix else ["setpriv", *dies]
        with log_file.open("ab") as log:
            child = subprocess.Popen(
                [*prefix, *arguments],
                cwd="/",
                env=self._server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._children.append(child)
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and child.poll() is None:
            if ready():
                return child
            time.sleep(0.05)
        raise ClusterError(f"{name} does not start; see {log_file}")

    def _choose_owner(self) -> pwd.struct_passwd | None:
        """Will name the account that runs the servers when we are root, else None."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "redis", "nobody"):
            try:
                account = pwd.getpwnam(name)
            except KeyError:
                continue
            self._prefix = self._drop_to(account, "--inh-caps=-all")
            return account
        raise ClusterError("no account to run the servers as")

    @staticmethod
    def _drop_to(account: pwd.struct_passwd, *capabilities: str) -> list[str]:
        identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--init-groups"]
        return ["setpriv", *identity, *capabilities]

    def _reach(self, folder: Path) -> None:
        """Will give the servers' account the one capability it needs to walk to the folder.

        A checkout below root's mode-700 home is unreachable for it. ``ls`` is the probe
        because access(2), behind ``test -x``, does not see capabilities.
        """
        if self._owner is None:
            return
        plain = self._drop_to(self._owner, "--inh-caps=-all")
        walking = self._drop_to(
            self._owner, "--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"
        )
        for prefix in (plain, walking):
            probe = [*prefix, "ls", "-A", str(folder)]
            if subprocess.run(probe, cwd="/", capture_output=True, check=False).returncode == 0:
                self._prefix = prefix
                return
        raise ClusterError(
            f"the account {self._owner.pw_name} cannot reach {folder}: "
            "set CITYBRAIN_DATA to a folder it can, for example /var/lib/citybrain"
        )

    def _make_folder(self, folder: Path) -> None:
        """Will make a mode-700 folder of the servers' account, and trust no other one."""
        folder.mkdir(mode=0o700, exist_ok=True)
        uid = self._owner.pw_uid if self._owner else os.geteuid()
        if folder.is_symlink() or folder.stat().st_uid not in {uid, os.geteuid()}:
            raise ClusterError(f"{folder} belongs to somebody else; remove it")
        os.chown(folder, uid, self._owner.pw_gid if self._owner else -1)
        folder.chmod(0o700)

    @staticmethod
    def _server_environment() -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}


# --- Throw-away clusters -------------------------------------------------------------------

THROW_AWAY = "cb-once-"


def sweep() -> None:
    """Will remove the throw-away folders whose owner was killed."""
    for folder in SOCKETS.glob(f"{THROW_AWAY}*"):
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            with (folder / "alive.lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Cluster(folder).stop()
                shutil.rmtree(folder, ignore_errors=True)
        except (FileNotFoundError, BlockingIOError):
            continue


@contextmanager
def throw_away(*, fast: bool) -> Iterator[Cluster]:
    """Will give running servers in a new folder of /tmp and remove all of it in the end."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=THROW_AWAY, dir=SOCKETS))
    folder.chmod(0o711)  # the servers' account walks through, nobody else reads
    with (folder / "alive.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cluster = Cluster(folder, fast=fast, dies_with_us=True)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def of_checkout(data: Path) -> Iterator[Cluster]:
    """Will give the servers of a checkout, started if need be, except those given by URL."""
    cluster = Cluster(
        data,
        postgres="DATABASE_URL" not in os.environ,
        redis="REDIS_URL" not in os.environ,
        archive=wants_backup(),
    )
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.leave()


def wants_backup() -> bool:
    """Will tell whether backups are made here; without them nothing is archived."""
    return os.environ.get("CITYBRAIN_BACKUP", "0").lower() in {"1", "true", "yes", "on"}


def secret_key(data: Path) -> str:
    """Will give the key of this checkout, made once and readable by its owner only."""
    file = data / "secret_key"
    if not file.exists():
        with tempfile.NamedTemporaryFile("w", dir=data, prefix=".key-", delete=False) as fresh:
            fresh.write(os.urandom(48).hex())  # NamedTemporaryFile is mode 600
        with suppress(FileExistsError):
            os.link(fresh.name, file)  # the first of two at once wins
        os.unlink(fresh.name)
    return file.read_text("utf-8").strip()


def run_in(cluster: Cluster, command: list[str], extra: dict[str, str]) -> int:
    """Will run a command to its end, handing it our TERM; Ctrl-C reaches it by itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(
        command,
        env={**os.environ, **cluster.environment(), **extra},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    return child.wait()


def run_near(folder: Path, command: list[str]) -> int:
    """Will run a command that lays a database down in a folder, with the account to do it as.

    It gets a configuration of the backup tool beside the database: that of a running city, which
    its archive command names, stays as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    near = Cluster(folder.resolve(), redis=False)
    own = {
        "CITYBRAIN_BACKUP_RUN_AS": shlex.join(near.prefix_in(near.pg)),
        "CITYBRAIN_BACKUP_CONFIGURATION": str(near.backup_configuration),
    }
    return subprocess.run(command, env={**os.environ, **own}, check=False).returncode


def main(arguments: list[str]) -> int:
    try:
        if arguments[0] == "--throw-away":
            with throw_away(fast=True) as cluster:
                media = {"CITYBRAIN_MEDIA_ROOT": str(cluster.data / "media")}
                return run_in(cluster, arguments[1:], media)
        if arguments[0] == "--reach":
            return run_near(Path(arguments[1]), arguments[2:])
        data = Path(os.environ["CITYBRAIN_DATA"])
        key = os.environ.get("CITYBRAIN_SECRET_KEY") or secret_key(data)
        with of_checkout(data) as cluster:
            return run_in(cluster, arguments, {"CITYBRAIN_SECRET_KEY": key})
    except ClusterError as error:
        print(f"{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.exit(code if code >= 0 else 128 - code)
