"""How the two sides of the pipe speak: a JSON head and raw bytes, both with their length first.

Standard library only: the child runs this file too.
"""

import json
import struct
from typing import Any, BinaryIO

HEAD_MOST = 1 << 20
BODY_MOST = 256 << 20
_LENGTHS = struct.Struct("!IQ")


def write(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Will send one message."""
    said = json.dumps(head, ensure_ascii=False, allow_nan=False).encode()
    stream.write(_LENGTHS.pack(len(said), len(body)))
    stream.write(said)
    stream.write(body)
    stream.flush()


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Will give the next message, None at the end. Raises: ValueError (not a message of ours)."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_length, body_length = _LENGTHS.unpack(lengths)
    if head_length > HEAD_MOST or body_length > BODY_MOST:
        raise ValueError("message too long")
    said, body = stream.read(head_length), stream.read(body_length)
    if len(said) < head_length or len(body) < body_length:
        return None
    head = json.loads(said)
    if not isinstance(head, dict):
        raise ValueError("message without a head")
    return head, body
