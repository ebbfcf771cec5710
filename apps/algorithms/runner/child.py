"""The program that runs one model: reads pictures from the pipe, writes what the model says.

Started by ``sessions`` with the limits on its command line; lives in its own process group and
knows nothing of the project. One thread, the CPU provider alone, no custom operators, no files
besides the model. What goes wrong is told with a code; whoever started it finds the words.
"""

import os
import resource
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

HERE = Path(__file__).resolve().parent
RUNTIME_ROOM_MB = 700  # address space of the interpreter and the libraries themselves


def bound(memory_mb: int, cpu_s: int) -> None:
    """Will make this process small before anything of the model is touched."""
    room = (memory_mb + RUNTIME_ROOM_MB) << 20
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


class Refusal(Exception):
    """The model is not run. code: why, for ``sessions``; more: the figures."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def open_model(content: bytes) -> tuple[Any, dict[str, Any]]:
    """Will give a session and what the model says of itself. Raises: Refusal."""
    import wire

    try:
        facts = wire.facts_of(content)
    except wire.Unreadable as error:
        raise Refusal("unreadable", text=str(error)) from error
    foreign = sorted((facts.domains | set(facts.opsets)) - wire.STANDARD)
    if foreign:
        raise Refusal("custom_ops", domains=foreign[:10])
    if facts.outside:
        raise Refusal("outside_data", paths=facts.outside[:5])
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise Refusal("not_loadable", text=str(error)[:300]) from error
    if session.get_providers() != ["CPUExecutionProvider"]:
        raise Refusal("provider")
    return session, {
        "opset": facts.opsets.get("", facts.opsets.get("ai.onnx", 0)),
        "nodes": facts.nodes,
        "inputs": [described(one) for one in session.get_inputs()],
        "outputs": [described(one) for one in session.get_outputs()],
    }


def described(one: Any) -> dict[str, Any]:
    """Will tell name, shape (null where free) and type of an input or output."""
    shape = [size if isinstance(size, int) else None for size in one.shape]
    return {"name": one.name, "shape": shape, "type": one.type}


def prepared(picture: Any, told: dict[str, Any]) -> Any:
    """Will make the tensor of the manifest out of a picture of RGB bytes."""
    import cv2
    import numpy as np

    sized = cv2.resize(picture, (told["width"], told["height"]), interpolation=cv2.INTER_AREA)
    if told["colour"] == "bgr":
        sized = sized[:, :, ::-1]
    if told["dtype"] == "uint8":
        tensor = sized
    else:
        mean = np.asarray(told["mean"], np.float32)
        spread = np.asarray(told["std"], np.float32)
        tensor = (sized.astype(np.float32) * np.float32(told["scale"]) - mean) / spread
    if told["layout"] == "nchw":
        tensor = tensor.transpose(2, 0, 1)
    return np.ascontiguousarray(tensor[None])


def run(session: Any, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Will run one picture and give the first output as numbers. Raises: Refusal."""
    import numpy as np

    shape = (int(head["height"]), int(head["width"]), 3)
    picture = np.frombuffer(body, np.uint8).reshape(shape)
    feed = {session.get_inputs()[0].name: prepared(picture, head["input"])}
    begun = time.perf_counter()
    try:
        found = session.run(None, feed)
    except Exception as error:
        raise Refusal("run_failed", text=str(error)[:300]) from error
    took = (time.perf_counter() - begun) * 1000
    first = np.asarray(found[0])
    if first.dtype.kind not in "fiub":
        raise Refusal("output_type", text=str(first.dtype))
    if first.size > 4_000_000:
        raise Refusal("output_size", shape=list(first.shape))
    numbers = np.ascontiguousarray(first, np.float32)
    if not np.isfinite(numbers).all():
        raise Refusal("not_finite")
    return {"ok": True, "shape": list(numbers.shape), "ms": took}, numbers.tobytes()


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Will answer until the pipe ends: first the model, then picture after picture."""
    import framing

    session: Any = None
    while (message := framing.read(source)) is not None:
        head, body = message
        try:
            if head["say"] == "model":
                session, facts = open_model(body)
                framing.write(target, {"ok": True} | facts)
            else:
                framing.write(target, *run(session, head, body))
        except Refusal as refusal:
            framing.write(target, {"ok": False, "code": refusal.code} | refusal.more)
        except MemoryError:
            framing.write(target, {"ok": False, "code": "memory"})


def main() -> None:
    memory_mb, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    sys.path.insert(0, str(HERE))
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the messages
    bound(memory_mb, cpu_s)
    serve(source, target)


if __name__ == "__main__":
    main()
