"""Programs of others to be measured against, each in a virtual environment of its own.

Nothing of theirs may reach the product: they lie under ``var/benchmarks``, installed once.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.runner import PYTHON, ROOT, Bench


def environment_of(bench: Bench, name: str, packages: Sequence[str]) -> Path:
    """Will give the folder of programs of an environment with these packages."""
    home = ROOT / "var" / "benchmarks" / name
    mark = home / ".installed"
    wanted = "\n".join(packages)
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        bench.progress(f"installing {name}")
        uv = str(ROOT / ".venv" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "-p", PYTHON, str(home)], check=True)
        python = str(home / "bin" / "python")
        subprocess.run([uv, "pip", "install", "-q", "-p", python, *packages], check=True)
        mark.write_text(wanted, "utf-8")
    return home / "bin"
