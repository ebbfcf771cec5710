"""Programs that read what strangers made run beside us, with bounds, and may die there.

Processor time, memory, written bytes and wall time are limited by ``prlimit`` (util-linux), so
that a file built to hang or to swell costs some seconds and nothing else.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings

MEMORY_BYTES = 1536 * 1024 * 1024
WRITTEN_BYTES = 64 * 1024 * 1024
CPU_S = 20
WALL_S = 30


class ChildFailed(Exception):
    """The program ended badly, was stopped, or took too long; ``told`` is what it said."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


def run(
    command: Sequence[str], *, given: bytes = b"", wall_s: int = WALL_S, cpu_s: int = 0,
    memory_bytes: int = 0, home: str = "/nonexistent",
) -> bytes:  # fmt: skip
    """Will run a program within bounds and give what it wrote; all it started ends with it.

    cpu_s, memory_bytes: 0 for those of this module. Raises: ChildFailed.
    """
    bounded = [
        "prlimit", f"--as={memory_bytes or MEMORY_BYTES}", f"--cpu={cpu_s or CPU_S}",
        f"--fsize={WRITTEN_BYTES}", "--core=0", "--", *command,
    ]  # fmt: skip
    told = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(settings.BASE_DIR),
        "LC_ALL": "C.UTF-8",
        "HOME": home,
    }
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(  # noqa: S603  our own programs, arguments as a list
            bounded, stdin=pipe, stdout=pipe, stderr=pipe, cwd=settings.BASE_DIR, env=told,
            start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ChildFailed(error.__class__.__name__) from error
    with child:
        try:
            said, complained = child.communicate(given, timeout=wall_s)
        except subprocess.TimeoutExpired as error:
            raise ChildFailed(error.__class__.__name__) from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    if child.returncode != 0:
        raise ChildFailed(complained[-500:].decode("utf-8", "replace"))
    return said


def run_python(module: str, *, given: bytes, wall_s: int = WALL_S) -> bytes:
    """Will run one of our modules as a program of its own. Raises: ChildFailed."""
    return run([sys.executable, "-m", module], given=given, wall_s=wall_s)
