"""Find, run and judge benchmarks. The contract is in README.md."""

import importlib
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))

from _cluster import Cluster, throw_away  # noqa: E402  the commands' own module

PYTHON = str(ROOT / ".venv" / "bin" / "python")
START_LIMIT_S = 60


@dataclass(frozen=True)
class Figure:
    """One measured number; target_op is "<=" or ">=", None if it is only reported."""

    name: str
    value: float
    unit: str
    target_op: str | None = None
    target: float | None = None

    @property
    def holds(self) -> bool:
        if self.target_op is None or self.target is None:
            return True
        return self.value <= self.target if self.target_op == "<=" else self.value >= self.target

    @property
    def wanted(self) -> str:
        return "" if self.target is None else f"{self.target_op} {self.target:g} {self.unit}"


@dataclass
class Process:
    """A program the benchmark started."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def signal(self, number: int) -> None:
        """Will send a signal to the program and all it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> None:
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=15)
        self.kill()


class Bench:
    """What a benchmark gets: servers, an environment, and programs that are always ended."""

    def __init__(self, cluster: Cluster, env: dict[str, str]) -> None:
        self.data = cluster.data
        self.env = env
        self._cluster = cluster
        self.database_url = env.get("DATABASE_URL", "")
        self.redis_url = env.get("REDIS_URL", "")
        self._processes: list[Process] = []
        self._began = time.monotonic()

    def progress(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began:6.1f} s] {text}", flush=True)

    def manage(self, *arguments: str) -> str:
        """Will run one command of manage.py and give what it printed."""
        done = subprocess.run(
            [PYTHON, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def setup_django(self) -> None:
        """Will make the models usable in this process."""
        os.environ.update(self.env)
        import django

        django.setup()

    def start(self, name: str, *command: str, environment: dict[str, str] | None = None) -> Process:
        log = self.data / f"{name}-{len(self._processes)}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                cwd=ROOT,
                env={**self.env, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process = Process(popen, log)
        self._processes.append(process)
        return process

    def start_web(
        self,
        workers: int = 4,
        *,
        environment: dict[str, str] | None = None,
        port: int | None = None,
    ) -> str:
        """Will start gunicorn as in production and give its base address.

        environment: what differs from the benchmark's own; port: a free one by default.
        """
        port = port or free_port()
        command = ["gunicorn", "citybrain.wsgi", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(workers), "--worker-class", "gthread", "--threads", "4"]
        command += ["--preload", "--no-control-socket"]
        process = self.start("web", PYTHON, "-m", *command, environment=environment)
        return self._wait_for_http(process, port)

    def stop_redis(self) -> None:
        """Will end Redis at once; what it held is gone."""
        os.kill(int(self._cluster.redis_pid_file.read_text("utf-8")), signal.SIGKILL)

    def start_redis(self) -> None:
        """Will start an empty Redis at the same address."""
        self._cluster.keep_up()

    def database_pid(self) -> int:
        """Will give the process all others of PostgreSQL come from."""
        return int((self._cluster.pg / "postmaster.pid").read_text("utf-8").split()[0])

    def newest(self) -> Process:
        """Will give the process started last."""
        return self._processes[-1]

    def start_ws(self) -> str:
        """Will start the WebSocket server and give its base address (http form)."""
        port = free_port()
        command = ["uvicorn", "citybrain.asgi:application", "--port", str(port)]
        command += ["--lifespan", "off", "--log-level", "warning"]
        return self._wait_for_http(self.start("ws", PYTHON, "-m", *command), port)

    def start_worker(self, processes: int = 2) -> Process:
        """Will start Celery's worker behind the pages, as in production."""
        command = ["celery", "-A", "citybrain", "worker", "--concurrency", str(processes)]
        command += ["--without-gossip", "--without-mingle"]
        return self.start("worker", "nice", "-n", "5", PYTHON, "-m", *command)

    def start_beat(self) -> Process:
        schedule = str(self.data / "beat-schedule")
        command = ["celery", "-A", "citybrain", "beat", "--pidfile=", "--schedule", schedule]
        return self.start("beat", PYTHON, "-m", *command)

    def stop_all(self) -> None:
        for process in reversed(self._processes):
            process.stop()

    def _wait_for_http(self, process: Process, port: int) -> str:
        base = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and process.popen.poll() is None:
            try:
                build_opener(ProxyHandler({})).open(base + "/", timeout=5)
            except HTTPError:
                return base
            except OSError:
                time.sleep(0.1)
            else:
                return base
        raise RuntimeError(f"no answer at {base}:\n{process.log.read_text('utf-8')[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def released_environment(cluster: Cluster) -> dict[str, str]:
    """Will give the environment of a release: own servers, static files with a manifest."""
    for shared in ("frontend", "static"):
        (cluster.data / shared).symlink_to(ROOT / "var" / shared)
    return {
        **os.environ,
        **cluster.environment(),
        "CITYBRAIN_DATA": str(cluster.data),
        "CITYBRAIN_SECRET_KEY": os.urandom(32).hex(),
        "CITYBRAIN_DEMO": "1",
        "CITYBRAIN_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "citybrain.settings.local",
        "C_FORCE_ROOT": "1",
    }


@contextmanager
def bench_for(module: ModuleType) -> Iterator[Bench]:
    with ExitStack() as stack:
        cluster = stack.enter_context(throw_away(fast=False))
        bench = Bench(cluster, released_environment(cluster))
        stack.callback(bench.stop_all)
        if getattr(module, "NEEDS_DATABASE", True):
            bench.progress("migrating an empty database")
            bench.manage("migrate", "--verbosity", "0")
        yield bench


def names() -> list[str]:
    """Will give the benchmarks: the modules beside this one; packages hold their parts."""
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(m.name for m in modules if not m.ispkg and m.name != "runner")


def report(figures: list[Figure]) -> bool:
    """Will print the table and the last line; True if every target holds."""
    width = max(len(figure.name) for figure in figures)
    print()
    for figure in figures:
        verdict = "" if figure.target is None else ("ok" if figure.holds else "MISSED")
        print(f"{figure.name:<{width}}  {figure.value:>12,.2f} {figure.unit:<8} "
              f"{figure.wanted:<16} {verdict}")  # fmt: skip
    parts = (
        f"{f.name} {f.value:.2f} {f.unit}" + (f" (target {f.wanted})" if f.wanted else "")
        for f in figures
    )
    holds = all(figure.holds for figure in figures)
    print(f"\n{'OK' if holds else 'MISSED'}: " + "; ".join(parts))
    return holds


def terminated(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt  # so that every "finally" runs


def main(arguments: list[str]) -> int:
    if not arguments:
        for name in names():
            module = importlib.import_module(f"benchmarks.{name}")
            print(f"{name:<12} {module.DESCRIPTION}")
        return 0
    arguments = [arguments[0].replace("-", "_"), *arguments[1:]]
    if arguments[0] not in names():
        print(f"no benchmark {arguments[0]}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"benchmarks.{arguments[0]}")
    signal.signal(signal.SIGTERM, terminated)
    with bench_for(module) as bench:
        figures = module.run(bench)
    return 0 if report(figures) else 1


if __name__ == "__main__":
    # The module other benchmarks import is this one, not a second copy called __main__.
    from benchmarks.runner import main as run_main

    sys.exit(run_main(sys.argv[1:]))
