"""RTSP: whether a camera answers DESCRIBE to these credentials. The stream itself is decoded
elsewhere, in a process of its own. Source: RFC 2326 sections 10.2, 14; RFC 7826.
"""

import re
import socket
import time

from apps.common.challenge import answer_to
from apps.video.adapters.base import TIMEOUT_S, Adapter, Stream, Way, with_credentials
from apps.video.errors import NoPicture
from apps.video.networks import Place

_MOST_HEAD = 16 * 1024
_STATUS = re.compile(rb"RTSP/\d\.\d (\d{3})")


def _check(way: Way) -> None:
    place = way.there()
    status, challenge = _describe(place, "")
    if status == 401 and way.username:
        proof = answer_to(
            challenge,
            method="DESCRIBE",
            uri=place.url,
            username=way.username,
            password=way.password,
        )
        if proof:
            status, challenge = _describe(place, proof)
    if status in (401, 403):
        raise NoPicture("wrong_password")
    if 300 <= status < 400:
        raise NoPicture("redirected")
    if status == 404:
        raise NoPicture("not_found")
    if status != 200:
        raise NoPicture("bad_answer", f"RTSP {status}")


def _describe(place: Place, proof: str) -> tuple[int, str]:
    """One DESCRIBE: the status and the challenges, Digest before Basic."""
    lines = [f"DESCRIBE {place.url} RTSP/1.0", "CSeq: 1", "Accept: application/sdp"]
    if proof:
        lines.append(f"Authorization: {proof}")
    asked = "\r\n".join([*lines, "", ""]).encode()
    until = time.monotonic() + 2 * TIMEOUT_S
    try:
        with socket.create_connection((place.host, place.port), TIMEOUT_S) as line:
            line.sendall(asked)
            head = _read_head(line, until)
    except TimeoutError as error:
        raise NoPicture("timeout") from error
    except OSError as error:
        raise NoPicture("unreachable") from error
    found = _STATUS.match(head)
    if found is None:
        raise NoPicture("bad_answer")
    said = re.findall(rb"(?im)^WWW-Authenticate:\s*(.+?)\r?$", head)
    return int(found.group(1)), "\n".join(one.decode("latin-1") for one in said)


def _read_head(line: socket.socket, until: float) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(min(left, TIMEOUT_S))
        piece = line.recv(4096)
        if not piece or len(head) > _MOST_HEAD:
            break
        head += piece
    return head


def _stream(way: Way) -> Stream:
    return with_credentials(way.there(), way)


ADAPTER = Adapter(check=_check, stream=_stream)
