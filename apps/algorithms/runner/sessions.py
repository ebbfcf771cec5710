"""Our side of the pipe to a model's process: bounded in time, never hurt by what happens there."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from apps.algorithms.contract import Pixels
from apps.algorithms.errors import ModelFailed
from apps.algorithms.runner import framing

CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Limits:
    """What one model may take. start_s: for loading; call_s: for one picture."""

    memory_mb: int = 1024
    cpu_s: int = 600
    start_s: float = 20.0
    call_s: float = 5.0


def _words(code: str, head: dict[str, Any]) -> str:
    said = {
        "unreadable": _("文件不是可读的 ONNX 模型"),
        "custom_ops": _("模型使用了非标准算子：%(text)s"),
        "outside_data": _("模型引用了文件之外的数据，不予接收"),
        "not_loadable": _("运行库无法载入模型：%(text)s"),
        "provider": _("运行库没有使用 CPU"),
        "run_failed": _("模型运行出错：%(text)s"),
        "output_type": _("模型输出的类型不是数值：%(text)s"),
        "output_size": _("模型输出过大"),
        "not_finite": _("模型输出含有非数或无穷大"),
        "memory": _("模型所需内存超出上限"),
        "timeout": _("模型没有在规定时间内应答，已终止"),
        "crashed": _("模型进程异常退出，已隔离"),
    }
    text = str(head.get("text") or "、".join(head.get("domains", ())))
    return (said.get(code) or _("模型无法运行：%(text)s")) % {"text": text or code}


class ModelSession:
    """One model in one process; a context manager. Not for several threads."""

    def __init__(self, content: bytes, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.facts: dict[str, Any] = {}
        self._content = content
        self._child: subprocess.Popen[bytes] | None = None
        self._is_late = False

    def __enter__(self) -> "ModelSession":
        """Will start the process and load the model. Raises: ModelFailed."""
        quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        self._child = subprocess.Popen(  # noqa: S603  our own program, numbers as arguments
            [
                sys.executable,
                "-I",
                str(CHILD),
                str(self.limits.memory_mb),
                str(self.limits.cpu_s),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=quiet,
            start_new_session=True,
        )
        try:
            self.facts, _body = self._ask({"say": "model"}, self._content, self.limits.start_s)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, pixels: Pixels, spec: dict[str, Any]) -> tuple[NDArray[np.float32], float]:
        """Will run one picture (height x width x 3, RGB) and give numbers and milliseconds.

        spec: the input of the manifest. Raises: ModelFailed.
        """
        height, width = pixels.shape[:2]
        head = {"say": "picture", "height": height, "width": width, "input": spec}
        told, body = self._ask(head, np.ascontiguousarray(pixels).tobytes(), self.limits.call_s)
        numbers = np.frombuffer(body, np.float32).reshape(told["shape"])
        return numbers, float(told["ms"])

    def _ask(
        self, head: dict[str, Any], body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        child = self._child
        assert child is not None
        source, target = cast("BinaryIO", child.stdout), cast("BinaryIO", child.stdin)
        with self._deadline(seconds):
            try:
                framing.write(target, head, body)
                answer = framing.read(source)
            except (OSError, ValueError):
                answer = None
        if answer is None:
            code = "timeout" if self._is_late else "crashed"
            raise ModelFailed(code, _words(code, {}))
        told, numbers = answer
        if not told.get("ok"):
            code = str(told.get("code", ""))
            raise ModelFailed(code, _words(code, told))
        return told, numbers

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._kill_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _kill_late(self) -> None:
        self._is_late = True
        self._kill()

    def _kill(self) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def _end(self) -> None:
        child = self._child
        if child is None:
            return
        self._kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def look_into(content: bytes, limits: Limits | None = None) -> dict[str, Any]:
    """Will load a model once and give what it says of itself. Raises: ModelFailed."""
    with ModelSession(content, limits) as session:
        return session.facts
