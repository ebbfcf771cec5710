"""The commands of bin/ and what they promise."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SHELL = [
    file
    for file in [*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run"]
    if file.is_file() and (file.suffix == ".sh" or "bash" in file.open("rb").readline().decode())
]


@pytest.mark.parametrize("file", SHELL, ids=lambda file: file.name)
def test_shell_scripts_parse(file: Path) -> None:
    assert subprocess.run(["bash", "-n", file], check=False).returncode == 0


@pytest.mark.parametrize(
    "name", ["run", "stop", "test", "check", "manage", "bench", "backup", "restore"]
)
def test_commands_can_be_called(name: str) -> None:
    assert (ROOT / "bin" / name).stat().st_mode & stat.S_IXUSR


def test_every_variable_is_explained() -> None:
    read = set()
    for file in (ROOT / "citybrain" / "settings").glob("*.py"):
        read |= set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", file.read_text("utf-8")))
    explained = set(
        re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    )
    assert read - explained == set()


def test_bench_lists_what_there_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.runner"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "startup" in done.stdout


def test_the_environment_wins_over_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CITYBRAIN_PORT=1\nCITYBRAIN_BIND='::1'\n# X=1\n", "utf-8")
    script = '. "$0/bin/_lib.sh"; cd "$1"; load_dotenv; echo "$CITYBRAIN_PORT $CITYBRAIN_BIND"'
    done = subprocess.run(
        ["bash", "-c", script, ROOT, tmp_path],
        env={"PATH": os.environ["PATH"], "CITYBRAIN_PORT": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["2", "::1"]


def test_secret_key_is_made_once_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    from _cluster import secret_key

    key = secret_key(tmp_path)

    assert len(key) >= 50
    assert secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_restore_leaves_the_configuration_of_a_running_city_alone(tmp_path: Path) -> None:
    """OP-23: the archive command of the city names its own file."""
    show = "import os; print(os.environ['CITYBRAIN_BACKUP_CONFIGURATION'])"
    done = subprocess.run(
        [sys.executable, ROOT / "bin/_cluster.py", "--reach", tmp_path / "again",
         sys.executable, "-c", show],
        env={"PATH": os.environ["PATH"], "CITYBRAIN_BACKUP_CONFIGURATION": "/of/the/city"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path / "again" / "pgbackrest" / "pgbackrest.conf")
    assert (tmp_path / "again" / "pg").stat().st_mode & 0o077 == 0
