"""The attack tools, each in a virtual environment of its own beside the project's data.

They pull in old versions of what the project uses, and nothing of theirs may reach the product.
"""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("CITYBRAIN_DATA", ROOT / "var")) / "security"
PINNED = {"schemathesis": "schemathesis==4.32.1", "wapiti": "wapiti3==3.2.3"}


def tool(name: str) -> str:
    """Will give the path of a tool, installed the first time it is asked for."""
    home = FOLDER / name
    program = home / "bin" / name
    if not program.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        uv = str(ROOT / ".venv" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", str(home)], check=True)
        python = str(home / "bin" / "python")
        subprocess.run([uv, "pip", "install", "-q", "-p", python, PINNED[name]], check=True)
    return str(program)
