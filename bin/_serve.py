"""Start the processes of this checkout, watch them, start them again when they die.

Usage: _serve.py [--detach | --watch | --stop]
bin/run and bin/stop call it with the environment ready. ``--watch`` is the background half
of ``--detach``. A process that dies is started again after 1, 2, 4 ... 30 seconds. Only the
standard library, so that bin/stop works without the virtual environment.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from _cluster import APP_USER, Cluster, ClusterError, secret_key, wants_backup

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ["CITYBRAIN_DATA"])
LOGS = DATA / "log"
STATE = DATA / "run" / "state.json"
READY_LIMIT_S = 120
STOP_LIMIT_S = 20
LONGEST_PAUSE_S = 30
BEHIND_PAGES = ["nice", "-n", "5"]  # somebody waits for a page, nobody for a second of the work
STEADY_AFTER_S = 60  # a process that lived this long begins its pauses anew
LOG_LIMIT_BYTES = 20_000_000


def say(text: str) -> None:
    print(text, flush=True)


# --- One child -------------------------------------------------------------------------------


@dataclass
class Child:
    """A process that ought to be running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 1.0
    due: float = 0.0
    deaths: int = field(default=0)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                # A killed watcher takes its children with it instead of leaving orphans.
                ["setpriv", "--pdeathsig", "TERM", *self.command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def look_after(self) -> bool:
        """Will notice a death, say it, and start again when due. True if anything changed."""
        now = time.monotonic()
        if self.process is None:
            if now < self.due:
                return False
            self.start()
            return True
        code = self.process.poll()
        if code is None:
            return False
        self.signal(signal.SIGKILL)  # what a killed parent left behind in its group
        if now - self.started > STEADY_AFTER_S:
            self.pause = 1.0
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        say(f"{self.name} {how}; starting it again in {self.pause:.0f} s; its log: {self.log}")
        self.process, self.due = None, now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE_S)
        self.deaths += 1
        return True

    def signal(self, number: int) -> None:
        """Will send a signal to the process and all it has started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def last_lines(file: Path, count: int = 15) -> str:
    lines = file.read_text("utf-8", errors="replace").splitlines() if file.exists() else []
    return "\n".join(f"    {line}" for line in lines[-count:])


# --- Ports and environment ---------------------------------------------------------------


def is_free(bind: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
    return True


def choose_port(bind: str) -> int:
    """Will give CITYBRAIN_PORT, or the first free port from 8000 on if it is not set.

    Raises: SystemExit (the port asked for is taken).
    """
    wanted = os.environ.get("CITYBRAIN_PORT")
    if wanted:
        if not is_free(bind, int(wanted)):
            sys.exit(f"port {wanted} of {bind} is taken; set CITYBRAIN_PORT to another one")
        return int(wanted)
    return next(port for port in range(8000, 8200) if is_free(bind, port))


def choose_ws_port(bind: str) -> int:
    wanted = os.environ.get("CITYBRAIN_WS_PORT")
    if wanted and wanted != "0":
        return int(wanted)
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.bind((bind, 0))
        return int(probe.getsockname()[1])


def choose_mqtt_ports(bind: str, environment: dict[str, str]) -> dict[str, str]:
    """Will give the ports of the private broker: those asked for, or free ones.

    Raises: SystemExit (a port asked for is taken).
    """
    wanted = {
        "CITYBRAIN_MQTT_INNER_PORT": ("127.0.0.1", 1883),
        "CITYBRAIN_MQTT_PORT": (environment.get("CITYBRAIN_MQTT_BIND", bind), 8883),
        "CITYBRAIN_MQTT_SECOND_PORT": (environment.get("CITYBRAIN_MQTT_BIND", bind), 8884),
    }
    found: dict[str, str] = {}
    for name, (host, first) in wanted.items():
        if asked := environment.get(name):
            if not is_free(host, int(asked)):
                sys.exit(f"port {asked} of {host} is taken; set {name} to another one")
            found[name] = asked
            continue
        ports = (port for port in range(first, first + 200) if str(port) not in found.values())
        found[name] = str(next(port for port in ports if is_free(host, port)))
    return found


def choose_syslog_port(environment: Mapping[str, str]) -> dict[str, str]:
    """Will give the port on which syslog is heard: the one asked for, or the first free one.

    Raises: SystemExit (the port asked for is taken, or is no port).
    """
    bind = environment["CITYBRAIN_SYSLOG_BIND"]
    if asked := environment.get("CITYBRAIN_SYSLOG_PORT"):
        if not asked.isdecimal() or not 0 < int(asked) < 65536:
            sys.exit(f"CITYBRAIN_SYSLOG_PORT is no port: {asked}")
        if not is_free(bind, int(asked)):
            sys.exit(f"port {asked} of {bind} is taken; set CITYBRAIN_SYSLOG_PORT to another one")
        return {"CITYBRAIN_SYSLOG_PORT": asked}
    port = next(port for port in range(5514, 5714) if is_free(bind, port))
    return {"CITYBRAIN_SYSLOG_PORT": str(port)}


def compose_environment(cluster: Cluster, bind: str) -> dict[str, str]:
    """Will give the environment of every process: the caller's, completed."""
    found = {**os.environ, **cluster.environment()}
    found.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")
    found.setdefault("CITYBRAIN_DEMO", "1")
    found.setdefault("CITYBRAIN_MQTT_BIND", bind)
    found.setdefault("CITYBRAIN_SYSLOG_BIND", bind)
    found["CITYBRAIN_SECRET_KEY"] = os.environ.get("CITYBRAIN_SECRET_KEY") or secret_key(DATA)
    found["PYTHONUNBUFFERED"] = "1"
    found["PATH"] = f"{ROOT / '.venv' / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    if bind not in {"127.0.0.1", "::1", "localhost"}:
        hosts = ["localhost", "127.0.0.1", "[::1]", socket.gethostname(), socket.getfqdn(), bind]
        found.setdefault("CITYBRAIN_ALLOWED_HOSTS", ",".join(dict.fromkeys(hosts)))
    return found


def children_of(environment: dict[str, str], bind: str, port: int, ws_port: int) -> list[Child]:
    """Will name a city's processes: pages, sockets, work, the clock; others if wanted."""
    environment = {**environment, "CITYBRAIN_PORT": str(port), "CITYBRAIN_WS_PORT": str(ws_port)}
    host = f"[{bind}]" if ":" in bind else bind
    web_workers = environment.get("CITYBRAIN_WEB_PROCESSES", "4")
    web = ["gunicorn", "citybrain.wsgi", "--bind", f"{host}:{port}", "--workers", web_workers]
    web += ["--worker-class", "gthread", "--threads", "4", "--preload"]
    web += ["--timeout", "60", "--no-control-socket"]
    ws = ["uvicorn", "citybrain.asgi:application", "--host", bind, "--port", str(ws_port)]
    ws += ["--lifespan", "off", "--log-level", "warning"]
    worker = ["celery", "-A", "citybrain", "worker", "--loglevel", "INFO"]
    worker += ["--concurrency", environment.get("CITYBRAIN_WORKER_PROCESSES", "2")]
    worker += ["--without-gossip", "--without-mingle"]
    beat = ["celery", "-A", "citybrain", "beat", "--loglevel", "WARNING", "--pidfile="]
    beat += ["--schedule", str(DATA / "run" / "beat-schedule")]
    python = str(ROOT / ".venv" / "bin" / "python")
    commands = {"web": web, "ws": ws, "worker": worker, "beat": beat}
    if environment.get("CITYBRAIN_DEMO_STATIONS", "0").lower() in {"1", "true", "yes", "on"}:
        commands["stations"] = ["manage", "field_stations"]
        commands["room"] = ["manage", "equipment_room"]
        commands["platforms"] = ["manage", "message_platforms"]
        commands["assistants"] = ["manage", "assistants"]
    if environment.get("CITYBRAIN_DEMO_CAMERAS_PORT", "0") not in {"", "0"}:
        commands["cameras"] = ["manage", "camera_street"]
    children = [
        Child(
            name,
            [*(BEHIND_PAGES if name == "worker" else ()), python, "-m", *command],
            {**environment, "C_FORCE_ROOT": "1"},
        )
        for name, command in commands.items()
    ]
    if wants_mqtt(environment):
        children.append(Child("mqtt", [python, "manage.py", "mqtt"], environment))
    if wants_backup():
        children.append(Child("backup", [python, "manage.py", "backup", "--watch"], environment))
    if wants_syslog(environment):
        heard = environment["CITYBRAIN_SYSLOG_PORT"]
        listener = [python, "manage.py", "log_listener", "--udp", heard, "--tcp", heard]
        listener += ["--bind", environment["CITYBRAIN_SYSLOG_BIND"]]
        children.append(Child("syslog", listener, environment))
    return children


def wants_syslog(environment: Mapping[str, str]) -> bool:
    """Will tell whether other machines send their logs here."""
    return environment.get("CITYBRAIN_SYSLOG", "0") == "1"


def wants_mqtt(environment: Mapping[str, str]) -> bool:
    """Will tell whether devices come in by MQTT."""
    return environment.get("CITYBRAIN_MQTT", "0") == "1"


def wants_broker(environment: Mapping[str, str]) -> bool:
    """Will tell whether the broker is ours."""
    return wants_mqtt(environment) and not environment.get("CITYBRAIN_MQTT_URL")


def broker_of(cluster: Cluster, environment: dict[str, str]) -> Child:
    """Will write the broker's configuration and name its process.

    Raises: SystemExit (Mosquitto is not installed, or its configuration cannot be written).
    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None:
        sys.exit("mosquitto is not installed: apt-get install mosquitto, or set CITYBRAIN_MQTT=0")
    folder = Path(environment.get("CITYBRAIN_MQTT_FOLDER") or DATA / "mqtt")
    prefix = cluster.prefix_in(folder)
    python = str(ROOT / ".venv" / "bin" / "python")
    made = subprocess.run(
        [python, "manage.py", "mqtt", "--set-up-broker"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if made.returncode:
        sys.exit("the broker could not be set up; see the message above")
    # The change of account takes away the wish to die with us; it is said once more after it.
    command = [*prefix, "--pdeathsig", "TERM"] if prefix else []
    return Child("broker", [*command, program, "-c", str(folder / "mosquitto.conf")], environment)


@contextlib.contextmanager
def front_end() -> Iterator[None]:
    """Will bring the static files up to date while the block runs, and wait for them after it.

    Raises: SystemExit (they could not be made).
    """
    log_file = LOGS / "front-end.log"
    with log_file.open("wb") as log:
        made = subprocess.Popen(
            ["bash", str(ROOT / "bin" / "_front_end.sh")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield
        if made.wait():
            sys.exit(f"the static files could not be made:\n{last_lines(log_file)}")
    finally:
        if made.poll() is None:
            made.terminate()
            made.wait()


# --- The whole -------------------------------------------------------------------------------


class Watch:
    """Holds the servers and the children of one checkout from start to stop."""

    def __init__(self) -> None:
        self.bind = os.environ.get("CITYBRAIN_BIND") or "127.0.0.1"
        self.cluster = Cluster(
            DATA,
            postgres="DATABASE_URL" not in os.environ,
            redis="REDIS_URL" not in os.environ,
            archive=wants_backup(),
        )
        self.children: list[Child] = []
        self.lock: IO[str] | None = None
        self.url = ""
        self.stopping = False

    def take_lock(self) -> bool:
        self.lock = (DATA / "run" / "run.lock").open("w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release_lock()
            return False
        return True

    def release_lock(self) -> None:
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def prepare(self) -> None:
        """Will start the private servers and bring database and static files up to date."""
        with front_end():
            self.prepare_database()

    def prepare_database(self) -> None:
        say("  database and Redis ...")
        self.cluster.start()
        environment = compose_environment(self.cluster, self.bind)
        if self.cluster.with_postgres:
            environment["CITYBRAIN_APP_ROLE"] = APP_USER
        python = str(ROOT / ".venv" / "bin" / "python")
        say("  migrations ...")
        done = subprocess.run([python, "bin/_prepare.py"], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            sys.exit("the database could not be prepared; see the message above")

    def start_children(self) -> None:
        """Will start the processes and wait until the pages answer.

        Raises: SystemExit (one of them dies again and again, or the pages stay silent).
        """
        port = choose_port(self.bind)
        environment = compose_environment(self.cluster, self.bind)
        environment |= self.cluster.environment(APP_USER)
        if wants_broker(environment):
            environment |= choose_mqtt_ports(self.bind, environment)
        if wants_syslog(environment):
            environment |= choose_syslog_port(environment)
        self.children = children_of(environment, self.bind, port, choose_ws_port(self.bind))
        if wants_broker(environment):
            self.children.append(broker_of(self.cluster, environment))
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.bind, self.bind)  # noqa: S104
        self.url = f"http://{host}:{port}/"
        for child in self.children:
            child.start()
        deadline = time.monotonic() + READY_LIMIT_S
        while not self.stopping and not answers_http(self.url):
            for child in self.children:
                child.look_after()
                if child.deaths >= 3:
                    sys.exit(f"{child.name} does not start; {child.log}:\n{last_lines(child.log)}")
            if time.monotonic() > deadline:
                log = self.children[0].log
                sys.exit(f"{self.url} does not answer; {log}:\n{last_lines(log)}")
            time.sleep(0.2)
        self.write_state()

    def write_state(self) -> None:
        """Will tell other commands who runs: address, watcher, pid of each child."""
        pids = {child.name: child.process.pid for child in self.children if child.process}
        fresh = STATE.with_suffix(".new")
        fresh.write_text(json.dumps({"url": self.url, "watch": os.getpid(), "pids": pids}))
        fresh.replace(STATE)

    def watch(self) -> None:
        """Will look after servers and children until a signal says stop."""
        checked = time.monotonic()
        while not self.stopping:
            changed = [child.look_after() for child in self.children]  # all of them, no short cut
            if any(changed):
                self.write_state()
            if time.monotonic() - checked > 2:
                checked = time.monotonic()
                self.keep_cluster_up()
            time.sleep(0.3)

    def keep_cluster_up(self) -> None:
        try:
            for name in self.cluster.keep_up():
                say(f"{name} had stopped and was started again; its log is in {LOGS}")
        except (ClusterError, OSError, subprocess.SubprocessError) as error:
            say(f"a private server is down: {error}; trying again")

    def end(self) -> None:
        """Will stop the children first, then the servers if nobody else uses them."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_LIMIT_S
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"{child.name} does not stop by itself and is killed")
            child.signal(signal.SIGKILL)
            child.process.wait()
        self.cluster.leave()
        STATE.unlink(missing_ok=True)
        self.release_lock()

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def answers_http(url: str) -> bool:
    try:
        # Proxies of the environment are for the outside, not for this machine.
        build_opener(ProxyHandler({})).open(url, timeout=5)
    except HTTPError:
        return True  # it answers; what it says is for the tests
    except (URLError, OSError):
        return False
    return True


def read_state() -> dict[str, object]:
    try:
        return json.loads(STATE.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def announce(watch: Watch, url: str, how_to_stop: str) -> None:
    say(f"\nCityBrain 城市云脑  {url}\n")
    environment = compose_environment(watch.cluster, watch.bind)
    has_demo = environment["CITYBRAIN_DEMO"].lower() in {"1", "true", "yes", "on"}
    if has_demo and (ROOT / "apps/demo/management/commands/demo_accounts.py").exists():
        python = str(ROOT / ".venv" / "bin" / "python")
        subprocess.run([python, "manage.py", "demo_accounts"], env=environment, check=False)
    say(f"Logs: {LOGS}    {how_to_stop}")


# --- Commands --------------------------------------------------------------------------------


def run_here(watch: Watch) -> int:
    """Will serve in the foreground until Ctrl-C."""
    if not watch.take_lock():
        say(f"already running: {read_state().get('url', '')}  bin/stop stops it")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, watch.on_signal)
    try:
        watch.prepare()
        watch.start_children()
        if not watch.stopping:
            announce(watch, watch.url, "Ctrl-C stops everything.")
        watch.watch()
    finally:
        say("\nstopping ...")
        watch.end()
        say("stopped")
    return 0


def run_detached(watch: Watch) -> int:
    """Will prepare here, where progress can be seen, and leave the watching to a child."""
    if not watch.take_lock():
        say(f"already running: {read_state().get('url', '')}  bin/stop stops it")
        return 0
    STATE.unlink(missing_ok=True)
    log_file = LOGS / "run.log"
    try:
        watch.prepare()
        watch.release_lock()
        say("  web, sockets, worker, beat ...")
        with log_file.open("wb") as log:
            background = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve()), "--watch"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while background.poll() is None and "url" not in read_state():
            time.sleep(0.2)
        if background.poll() is not None:
            say(log_file.read_text("utf-8"))
            return 1
        announce(watch, str(read_state()["url"]), "bin/stop stops everything.")
    finally:
        watch.cluster.leave()
    return 0


def watch_in_background(watch: Watch) -> int:
    if not watch.take_lock():
        say("another bin/run was quicker")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, watch.on_signal)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        watch.cluster.start()
        watch.start_children()
        watch.watch()
    finally:
        watch.end()
    return 0


def stop(watch: Watch) -> int:
    """Will end the watcher; if it was killed, stop the servers it could not."""
    pid = read_state().get("watch")
    asked = False
    deadline = time.monotonic() + STOP_LIMIT_S + 40
    while not watch.take_lock():
        pid = read_state().get("watch", pid)
        if isinstance(pid, int) and not asked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            asked = True
        if time.monotonic() > deadline:
            say(f"the watcher (process {pid}) does not stop")
            return 1
        time.sleep(0.2)
    STATE.unlink(missing_ok=True)
    unused = watch.cluster.stop_if_unused()
    say("stopped" if unused else "stopped; a command still uses the database and stops it after")
    return 0


def main(arguments: list[str]) -> int:
    if shutil.which("setpriv") is None:
        sys.exit("setpriv (Debian package util-linux) is missing")
    commands = {"--detach": run_detached, "--watch": watch_in_background, "--stop": stop}
    command = commands[arguments[0]] if arguments else run_here
    try:
        return command(Watch())
    except ClusterError as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
