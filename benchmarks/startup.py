"""How long a newcomer waits: bin/run in a fresh clone, and again in the same one."""

import subprocess
import time
from pathlib import Path

from benchmarks.runner import ROOT, Bench, Figure

DESCRIPTION = "bin/run --detach in a fresh clone (packages present), and once more"
NEEDS_DATABASE = False
COLD_TARGET_S = 180.0
WARM_TARGET_S = 20.0


def run(bench: Bench) -> list[Figure]:
    clone = bench.data / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {
        name: value
        for name, value in bench.env.items()
        if not name.startswith("CITYBRAIN_")
        and name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    }
    try:
        bench.progress("first start")
        cold = timed(clone, environment)
        subprocess.run(["bin/stop"], cwd=clone, env=environment, check=True)
        bench.progress("second start")
        warm = timed(clone, environment)
    finally:
        subprocess.run(["bin/stop"], cwd=clone, env=environment, check=False)
    return [
        Figure("cold start", cold, "s", "<=", COLD_TARGET_S),
        Figure("warm start", warm, "s", "<=", WARM_TARGET_S),
    ]


def timed(clone: Path, environment: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run(["bin/run", "--detach"], cwd=clone, env=environment, check=True)
    return time.monotonic() - began
