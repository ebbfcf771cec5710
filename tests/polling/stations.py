"""Stations that misbehave on purpose; good ones stand in ``apps.demo.simulators``."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def serve(talk: Talk) -> int:
    """Will let whoever connects be talked to like this, and give the port."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    return int(server.sockets[0].getsockname()[1])


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts and never says a word."""
    await asyncio.sleep(60)


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hears the question and hangs up."""
    await reader.read(1)
    writer.close()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers rubbish without end."""
    await reader.read(1)
    for _turn in range(400):
        writer.write(bytes(range(256)) * 16)
        await writer.drain()
        await asyncio.sleep(0.01)


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers a head that promises much, then a byte now and then."""
    question = await reader.read(12)
    start = question[:4] + b"\x00\xff" + question[6:8] + b"\x03\xf0"
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" if question[:3] == b"GET" else start
    )
    for _turn in range(200):
        writer.write(b"\x00")
        await writer.drain()
        await asyncio.sleep(0.2)


async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends whoever asks somewhere else."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()
