"""Clips, streams and cameras for the tests of decoding: made here, nothing recorded."""

import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import av
import numpy as np
from PIL import Image


def picture(number: int = 0, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """A picture with a bright square whose place tells its number."""
    width, height = size
    found = np.full((height, width, 3), 90, np.uint8)
    left = 10 * number % (width - 40)
    found[40:80, left : left + 40] = (230, 200, 40)
    return found


def clip(seconds: float = 2.0, size: tuple[int, int] = (320, 180), form: str = "mpegts") -> bytes:
    """A clip of 10 pictures a second."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        for number in range(int(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file.getvalue()


def jpeg(number: int = 0, size: tuple[int, int] = (320, 180)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture(number, size)).save(file, "JPEG")
    return file.getvalue()


@contextmanager
def camera(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Answers each caller on a port of this machine the way ``talk`` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_talk, args=(talk, near), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.close()


def _talk(talk: Callable[[socket.socket], None], near: socket.socket) -> None:
    try:
        with near:
            talk(near)
    except OSError:
        return


def http_answer(body: bytes, kind: str, status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def answering(said: bytes) -> Callable[[socket.socket], None]:
    def talk(near: socket.socket) -> None:
        near.recv(65536)
        near.sendall(said)

    return talk


def pushing(count: int, every_s: float) -> Callable[[socket.socket], None]:
    """Pushes pictures one after the other, as cameras with MJPEG do."""

    def talk(near: socket.socket) -> None:
        near.recv(65536)
        kind = "multipart/x-mixed-replace; boundary=frame"
        near.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
        for number in range(count):
            body = jpeg(number)
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
            near.sendall(head.encode() + body + b"\r\n")
            time.sleep(every_s)

    return talk


def dripping(near: socket.socket) -> None:
    """Sends one byte after the other and never a picture."""
    near.recv(65536)
    near.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
    while True:
        near.sendall(b"G")
        time.sleep(0.05)


def rtsp_camera(near: socket.socket, *, moved_to: str = "") -> None:
    """A small RTSP server: one MPEG transport stream over the same connection."""
    words = b""
    while found := near.recv(65536):
        words += found
        while b"\r\n\r\n" in words:
            asked, words = words.split(b"\r\n\r\n", 1)
            lines = asked.decode().split("\r\n")
            number = next(line for line in lines if line.lower().startswith("cseq"))
            method = asked.split(b" ")[0].decode()
            if moved_to:
                near.sendall(
                    f"RTSP/1.0 302 Moved\r\n{number}\r\nLocation: {moved_to}\r\n\r\n".encode()
                )
                return
            near.sendall(_rtsp_answer(method, number))
            if method == "PLAY":
                _send_rtp(near, clip())
                return


def _rtsp_answer(method: str, number: str) -> bytes:
    more, body = "", ""
    if method == "OPTIONS":
        more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
    elif method == "DESCRIBE":
        body = (
            "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=camera\r\nt=0 0\r\n"
            "m=video 0 RTP/AVP 33\r\na=control:track1\r\n"
        )
        more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
    elif method == "SETUP":
        more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
    elif method == "PLAY":
        more = "Session: 1\r\nRange: npt=0.000-\r\n"
    return f"RTSP/1.0 200 OK\r\n{number}\r\n{more}\r\n{body}".encode()


def _send_rtp(near: socket.socket, data: bytes) -> None:
    for number, begin in enumerate(range(0, len(data), 7 * 188)):
        payload = data[begin : begin + 7 * 188]
        packet = struct.pack("!BBHII", 0x80, 33, number & 0xFFFF, number * 900, 7) + payload
        near.sendall(b"$\x00" + struct.pack("!H", len(packet)) + packet)
